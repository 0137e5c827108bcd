/** Laws of transforms around and beside transforms: chain, masks, groups, micro-batches, steps that are left out. */
import { add, compile, constant, evaluate, input, mean, mul, parameter, square, sub, sum } from "@org/core";
import {
  accumulate,
  adam,
  adamw,
  averageWeights,
  chain,
  clipByGlobalNorm,
  clipByValue,
  cosine,
  freeze,
  gradientNoise,
  lion,
  lookahead,
  masked,
  minimize,
  partition,
  type Selection,
  sgd,
  skipNonFinite,
  type Transform,
  weightDecay,
} from "@org/optim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import { selected } from "../src/selection.ts";
import { bowl, distance, trajectory, values } from "./problems.ts";

/** Transforms of every kind: with state and without, with norms, noise and decay. */
const transforms = fc.constantFrom<Transform>(
  adam({ learningRate: 0.1 }),
  sgd({ learningRate: cosine(0.1, { steps: 5 }), momentum: 0.5 }),
  clipByGlobalNorm(0.5),
  clipByValue(0.3),
  weightDecay(0.1),
  gradientNoise({ seed: 3 }),
  averageWeights(0.9),
);

test("chain is associative, and chain() changes nothing", () => {
  fc.assert(
    fc.property(transforms, transforms, transforms, (a, b, c) => {
      const run = (transform: Transform): number[][] => trajectory(transform, { steps: 4 });
      const flat = run(chain(a, b, c));
      expect(run(chain(chain(a, b), c))).toEqual(flat);
      expect(run(chain(a, chain(b, c)))).toEqual(flat);
      expect(run(chain(chain(), a, chain(), b, c))).toEqual(flat);
    }),
    runs(12),
  );
});

/** Four parameters under paths, and a loss that moves them all. */
function model() {
  const all = {
    "lstm.0.W_xi": parameter("a", [[1, 2]], "f64"),
    "lstm.0.b_i": parameter("b", [3], "f64"),
    "lstm.1.b_i": parameter("c", [4, 5], "f64"),
    head: parameter("d", [6], "f64"),
  };
  const [first, ...rest] = Object.values(all).map((p) => sum(square(add(p, 1))));
  return { all, loss: rest.reduce((a, b) => add(a, b), first!) };
}

function moved(transform: Transform, steps = 3): string[] {
  const { all, loss } = model();
  const before = values(all);
  const step = compile({ updates: minimize(loss, all, transform) });
  for (let i = 0; i < steps; i++) step();
  const after = values(all);
  return Object.keys(all).filter((name) => before[name]!.some((x, i) => x !== after[name]![i]));
}

const names = Object.keys(model().all);

describe("paths", () => {
  test.each<[Selection, string[]]>([
    ["head", ["head"]],
    ["lstm", names.slice(0, 3)],
    ["lstm.0", names.slice(0, 2)],
    ["*", names],
    ["**", names],
    ["*.*.b_*", names.slice(1, 3)],
    ["**.b_i", names.slice(1, 3)],
    ["**.head", ["head"]],
    ["lstm.**", names.slice(0, 3)],
    [
      ["head", "lstm.1"],
      ["head", "lstm.1.b_i"],
    ],
    [(name) => name.endsWith("W_xi"), ["lstm.0.W_xi"]],
  ])("%s", (selection, expected) => {
    expect([...selected("test", selection, names)].sort()).toEqual([...expected].sort());
  });

  test("letters that mean something in patterns elsewhere stand for themselves", () => {
    expect([...selected("test", "a+(b)", ["a+(b)", "aab"])]).toEqual(["a+(b)"]);
    expect(() => selected("test", "lst", names)).toThrow(/selects no parameter/);
  });
});

describe("frozen parameters do not move", () => {
  const restless = [
    adamw({ learningRate: 0.1, weightDecay: 0.5 }),
    chain(gradientNoise(), sgd({ learningRate: 0.1, momentum: 0.9 })),
    lookahead(lion({ learningRate: 0.1, weightDecay: 0.1 }), { period: 2 }),
    skipNonFinite(accumulate(adam({ learningRate: 0.1 }), 2)),
  ];

  test.each(restless.map((transform, i) => [i, transform] as const))("with transform %i", (_, transform) => {
    expect(moved(transform)).toEqual(names);
    const paths = fc.subarray(names, { minLength: 1, maxLength: names.length - 1 });
    fc.assert(
      fc.property(paths, (frozen) => {
        expect(moved(freeze(transform, frozen))).toEqual(names.filter((name) => !frozen.includes(name)));
      }),
      runs(10),
    );
  });

  test("they have no state, and their gradients no part in norms", () => {
    const { all, loss } = model();
    const { state } = minimize(loss, all, freeze(adam({ learningRate: 1 }), "lstm"));
    expect(Object.keys(state)).toEqual(["count", "mean.head", "variance.head"]);
    const gradients = { a: constant([300], "f64"), b: constant([3], "f64") };
    const { updates } = freeze(clipByGlobalNorm(5), "a").update(gradients, {}, gradients);
    expect([updates.a!, updates.b!].map((u) => evaluate(u).toNested())).toEqual([[0], [3]]);
  });
});

describe("masked and partition", () => {
  test("masked hands the other gradients on", () => {
    const gradients = { a: constant([30], "f64"), b: constant([3], "f64") };
    const { updates } = masked(clipByValue(1), "b").update(gradients, {}, gradients);
    expect(updates.a).toBe(gradients.a);
    expect(evaluate(updates.b!).toNested()).toEqual([1]);
    expect(Object.keys(updates)).toEqual(["a", "b"]);
  });

  test("masked everywhere is the transform", () => {
    const transform = adam({ learningRate: 0.1 });
    expect(trajectory(masked(transform, "**"))).toEqual(trajectory(transform));
  });

  test("decay of some parameters", () => {
    const idle = chain(weightDecay(0.1, { decayed: "**.b_i" }), sgd({ learningRate: 1 }));
    const { all } = model();
    const still = Object.values(all).map((p) => mul(0, sum(p)));
    compile({
      updates: minimize(
        still.reduce((a, b) => add(a, b)),
        all,
        idle,
      ),
    })();
    expect(values(all)).toEqual({
      "lstm.0.W_xi": [1, 2],
      "lstm.0.b_i": [2.7],
      "lstm.1.b_i": [3.6, 4.5],
      head: [6],
    });
  });

  test("partition gives each group its own transform, norm and state", () => {
    const run = (transform: Transform, ...kept: string[]): Record<string, number[]> => {
      const { all, loss } = model();
      const step = compile({ updates: minimize(loss, all, transform) });
      for (let i = 0; i < 3; i++) step();
      return Object.fromEntries(Object.entries(values(all)).filter(([name]) => kept.includes(name)));
    };
    const slow = chain(clipByGlobalNorm(1), sgd({ learningRate: 0.1, momentum: 0.9 }));
    const fast = adam({ learningRate: 1 });
    const groups = partition(["lstm", slow], ["**", fast]);
    const [inside, outside] = [names.slice(0, 3), ["head"]];
    expect(run(groups, ...inside)).toEqual(run(freeze(slow, "head"), ...inside));
    expect(run(groups, ...outside)).toEqual(run(freeze(fast, "lstm"), ...outside));
    const { all, loss } = model();
    expect(Object.keys(minimize(loss, all, groups).state)).toEqual([
      "0.1.velocity.lstm.0.W_xi",
      "0.1.velocity.lstm.0.b_i",
      "0.1.velocity.lstm.1.b_i",
      "1.count",
      "1.mean.head",
      "1.variance.head",
    ]);
  });
});

describe("accumulate", () => {
  /** The weights after training on batches `[count, size]` of numbers whose mean squared distance is the loss. */
  function fitted(transform: Transform, batches: readonly number[][]): number[] {
    const x = input("x", [batches[0]!.length], "f64");
    const w = parameter("w", [0.5], "f64");
    const updates = minimize(mean(square(sub(x, w))), { w }, transform);
    const step = compile({ inputs: { x }, updates });
    for (const batch of batches) step({ x: new Float64Array(batch) });
    return Array.from(w.value.data);
  }

  test("of equal micro-batches is one large batch", () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true });
    const transform = chain(clipByGlobalNorm(1), adam({ learningRate: cosine(0.1, { steps: 4 }) }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(number, { minLength: 24, maxLength: 24 }),
        (n, data) => {
          const cut = (size: number): number[][] =>
            Array.from({ length: 24 / size }, (_, i) => data.slice(i * size, (i + 1) * size));
          const size = 12;
          const large = fitted(transform, cut(size));
          const small = fitted(accumulate(transform, n), cut(size / n));
          expect(distance([small], [large])).toBeLessThan(1e-9);
        },
      ),
    );
  });

  test("waits in between", () => {
    const w = parameter("w", [1, 2], "f64");
    const updates = minimize(bowl(w), { w }, accumulate(adam({ learningRate: 0.1 }), 3));
    const step = compile({ updates });
    const counts = Array.from({ length: 7 }, () => {
      step();
      return [updates.state.count, updates.state["inner.count"], updates.state["inner.mean.w"]].map(
        (part) => part!.value.data[0] !== 0 && part!.value.data[0],
      );
    });
    expect(counts.map(([seen, steps]) => [seen, steps])).toEqual([
      [1, false],
      [2, false],
      [false, 1],
      [1, 1],
      [2, 1],
      [false, 2],
      [1, 2],
    ]);
    expect(updates.state["sum.w"]!.value.data[0]).toBe(2 * w.value.data[0]!);
  });
});

describe("skipNonFinite", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])("leaves parameters and state at %s", (bad) => {
    const x = input("x", [], "f64");
    const [w, v] = [parameter("w", [1, -2], "f64"), parameter("v", [3], "f64")];
    const inner = chain(gradientNoise(), lion({ learningRate: cosine(0.1, { steps: 9 }) }), averageWeights());
    const updates = minimize(add(mul(x, sum(w)), sum(v)), { w, v }, skipNonFinite(inner));
    const step = compile({ inputs: { x }, updates });
    const { skipped, inARow, ...rest } = updates.state;
    const all = { w, v, ...rest };
    step({ x: 1 });
    const before = values(all);
    step({ x: bad });
    step({ x: bad });
    expect(values(all)).toEqual(before);
    expect(values({ skipped: skipped!, inARow: inARow! })).toEqual({ skipped: [2], inARow: [2] });
    step({ x: 1 });
    expect(values(all).w).not.toEqual(before.w);
    expect(values({ skipped: skipped!, inARow: inARow! })).toEqual({ skipped: [2], inARow: [0] });
  });

  test("changes nothing else", () => {
    const transform = chain(clipByGlobalNorm(1), adam({ learningRate: 0.1 }));
    expect(trajectory(skipNonFinite(transform))).toEqual(trajectory(transform));
  });

  test("drops finite gradients of a norm that overflows", () => {
    const w = parameter("w", [1, 1], "f64");
    const transform = skipNonFinite(chain(clipByGlobalNorm(1), sgd({ learningRate: 1 })));
    const updates = minimize(mul(1.5e308, sum(w)), { w }, transform);
    compile({ updates })();
    expect([w.value.toNested(), updates.state.skipped!.value.item()]).toEqual([[1, 1], 1]);
  });
});
