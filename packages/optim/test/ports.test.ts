/** Algorithms as plain loops over numbers, written from their papers, beside the graphs. */
import { compile, parameter } from "@org/core";
import {
  adam,
  adamax,
  averageWeights,
  chain,
  lion,
  lookahead,
  minimize,
  nadam,
  radam,
  rmsprop,
  sgd,
  type Transform,
} from "@org/optim";
import { expect, test } from "vitest";
import { bowl, distance, slope, trajectory } from "./problems.ts";

/** Runs a rule for one number, made anew for each, on every number of the bowl. */
function loop(make: () => (p: number, g: number, t: number) => number, steps = 25): number[][] {
  let w = [1, -2, 0.5];
  const rules = w.map(make);
  return Array.from({ length: steps }, (_, i) => {
    const g = slope(w);
    w = w.map((p, k) => rules[k]!(p, g[k]!, i + 1));
    return w;
  });
}

const agree = (transform: Transform, make: () => (p: number, g: number, t: number) => number): void => {
  expect(distance(trajectory(transform), loop(make))).toBeLessThan(1e-10);
};

test("lion is algorithm 2 of Chen et al. 2023", () => {
  const [eta, beta1, beta2, lambda] = [0.03, 0.9, 0.99, 0.1];
  agree(lion({ learningRate: eta, weightDecay: lambda }), () => {
    let m = 0;
    return (p, g) => {
      const c = beta1 * m + (1 - beta1) * g;
      m = beta2 * m + (1 - beta2) * g;
      return p - eta * (Math.sign(c) + lambda * p);
    };
  });
});

test("adam is algorithm 1 of Kingma & Ba 2015", () => {
  agree(adam({ learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }), () => {
    let [m, v] = [0, 0];
    return (p, g, t) => {
      m = 0.8 * m + 0.2 * g;
      v = 0.95 * v + 0.05 * g * g;
      const [mHat, vHat] = [m / (1 - 0.8 ** t), v / (1 - 0.95 ** t)];
      return p - (0.1 * mHat) / (Math.sqrt(vHat) + 1e-3);
    };
  });
});

test("adamax is algorithm 2 of Kingma & Ba 2015, without ε", () => {
  agree(adamax({ learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 0 }), () => {
    let [m, u] = [0, 0];
    return (p, g, t) => {
      m = 0.8 * m + 0.2 * g;
      u = Math.max(0.95 * u, Math.abs(g));
      return p - (0.1 / (1 - 0.8 ** t)) * (m / u);
    };
  });
});

test("nadam with a momentum that is at its end from the start", () => {
  // 0.96^(ψ t) vanishes for a large ψ; then μ = β₁, and Dozat's bias corrections are powers of it.
  const [mu, beta2] = [0.7, 0.9];
  agree(nadam({ learningRate: 0.1, beta1: mu, beta2, momentumDecay: 1e5 }), () => {
    let [m, v] = [0, 0];
    return (p, g, t) => {
      m = mu * m + (1 - mu) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const nesterov = (mu * m) / (1 - mu ** (t + 1)) + ((1 - mu) * g) / (1 - mu ** t);
      return p - (0.1 * nesterov) / (Math.sqrt(v / (1 - beta2 ** t)) + 1e-8);
    };
  });
});

test("radam is algorithm 2 of Liu et al. 2020", () => {
  const [eta, beta1, beta2] = [0.05, 0.9, 0.95];
  const longest = 2 / (1 - beta2) - 1;
  agree(radam({ learningRate: eta, beta1, beta2, epsilon: 0 }), () => {
    let [m, v] = [0, 0];
    return (p, g, t) => {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const mHat = m / (1 - beta1 ** t);
      const length = longest - (2 * t * beta2 ** t) / (1 - beta2 ** t);
      if (length <= 5) return p - eta * mHat;
      const l = Math.sqrt((1 - beta2 ** t) / v);
      const r = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
      return p - eta * mHat * Math.sqrt(r) * l;
    };
  });
});

test("radam whose second moment is short never rectifies", () => {
  agree(radam({ learningRate: 0.05, beta1: 0.5, beta2: 0.3 }), () => {
    let m = 0;
    return (p, g, t) => {
      m = 0.5 * m + 0.5 * g;
      return p - (0.05 * m) / (1 - 0.5 ** t);
    };
  });
});

test("centred rmsprop of a constant gradient stays finite, where v - a² is all rounding", () => {
  const flat = trajectory(rmsprop({ learningRate: 1e-6, decay: 0.5, centered: true }), { target: [9, 9, 9] });
  expect(flat.flat().every(Number.isFinite)).toBe(true);
});

test("lookahead is algorithm 1 of Zhang et al. 2019", () => {
  const [k, alpha, eta] = [4, 0.3, 0.1];
  agree(lookahead(sgd({ learningRate: eta, momentum: 0.5 }), { period: k, slowStep: alpha }), () => {
    let [v, slow] = [0, Number.NaN];
    return (p, g, t) => {
      if (t === 1) slow = p;
      v = 0.5 * v + g;
      const fast = p - eta * v;
      if (t % k > 0) return fast;
      slow += alpha * (fast - slow);
      return slow;
    };
  });
});

test("lookahead with α = 1 is the transform itself, with α = 0 it stays every k steps", () => {
  const inner = adam({ learningRate: 0.1 });
  expect(distance(trajectory(lookahead(inner, { slowStep: 1 })), trajectory(inner))).toBeLessThan(1e-14);
  const held = trajectory(lookahead(inner, { slowStep: 0, period: 3 }), { steps: 6 });
  expect(
    distance(
      [held[2]!, held[5]!],
      [
        [1, -2, 0.5],
        [1, -2, 0.5],
      ],
    ),
  ).toBeLessThan(1e-15);
});

test("lookahead begins at the weights that it meets, not at those it was made with", () => {
  const w = parameter("w", [100], "f64");
  const transform = lookahead(sgd({ learningRate: 0.25 }), { period: 1, slowStep: 0.5 });
  const step = compile({ updates: minimize(bowl(w), { w }, transform) });
  w.value = [8];
  step();
  expect(w.value.toNested()).toEqual([6]); // half of the way from 8 to 4
});

test.each([false, true])("averageWeights is the sum of decayed weights, with warm-up %s", (warmup) => {
  const w = parameter("w", [1, -2, 0.5], "f64");
  const transform = chain(sgd({ learningRate: 0.1 }), averageWeights(0.9, { warmup }));
  const updates = minimize(bowl(w), { w }, transform);
  const step = compile({ updates });
  let average: number[] = [];
  for (let t = 0; t < 25; t++) {
    step();
    const now = Array.from(w.value.data);
    const decay = t === 0 ? 0 : warmup ? Math.min(0.9, (1 + t) / (10 + t)) : 0.9;
    average = now.map((p, i) => decay * (average[i] ?? 0) + (1 - decay) * p);
    expect(distance([updates.state["1.average.w"]!.value.data], [average])).toBeLessThan(1e-14);
  }
  expect(
    distance([w.value.data], [trajectory(sgd({ learningRate: 0.1 }), { target: [0, 0, 0] }).at(-1)!]),
  ).toBe(0);
});
