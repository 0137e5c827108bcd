/** Trajectories of PyTorch's optimizers, step by step, and its gradient clipping. */
import { readFileSync } from "node:fs";
import {
  add,
  compile,
  constant,
  evaluate,
  math,
  mul,
  type Nested,
  type Parameter,
  parameter,
  pow,
  sin,
  sub,
  sum,
  type Tensor,
  take,
} from "@org/core";
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  globalNorm,
  minimize,
  sgd,
  type Transform,
  weightDecay,
} from "@org/optim";
import { describe, expect, test } from "vitest";

interface Recorded {
  readonly A: Nested;
  readonly w0: number[];
  readonly b0: number[];
  readonly rows: Record<string, { readonly steps: readonly { loss: number; w: number[]; b: number[] }[] }>;
  readonly clipByGlobalNorm: readonly {
    readonly maxNorm: number;
    readonly normType: number | "inf";
    readonly grads: readonly Nested[];
    readonly totalNorm: number;
    readonly clipped: readonly Nested[];
  }[];
}

const recorded: Recorded = JSON.parse(
  readFileSync(new URL("fixtures/optimizers.json", import.meta.url), "utf8"),
);

/** ½ wᵀ A w + Σ sin w + Σ (b - 1)⁴ + b₀ w₁ */
function problem(): { loss: Tensor; w: Parameter; b: Parameter } {
  const w = parameter("w", recorded.w0, "f64");
  const b = parameter("b", recorded.b0, "f64");
  const bowl = math`0.5 * sum(${w} * (${constant(recorded.A, "f64")} @ ${w}))`;
  const loss = add(bowl, sum(sin(w)), sum(pow(sub(b, 1), 4)), mul(take(b, 0), take(w, 1)));
  return { loss, w, b };
}

const distance = (a: ArrayLike<number>, b: readonly number[]): number =>
  Math.max(...b.map((value, i) => Math.abs(a[i]! - value)));

const transforms: Record<string, Transform> = {
  sgd: sgd({ learningRate: 0.01 }),
  "sgd-momentum0.9": sgd({ learningRate: 0.01, momentum: 0.9 }),
  "sgd-nesterov-decay": chain(weightDecay(0.05), sgd({ learningRate: 0.01, momentum: 0.8, nesterov: true })),
  adam: adam({ learningRate: 0.05 }),
  adamw: adamw({ learningRate: 0.05, weightDecay: 0.1 }),
};

test.each(Object.keys(transforms))("%s goes where PyTorch's goes", (name) => {
  const { loss, w, b } = problem();
  const step = compile({ outputs: { loss }, updates: minimize(loss, { w, b }, transforms[name]!) });
  for (const expected of recorded.rows[name]!.steps) {
    expect(Math.abs(step().loss.item() - expected.loss)).toBeLessThan(1e-10);
    expect(distance(w.value.data, expected.w)).toBeLessThan(1e-10);
    expect(distance(b.value.data, expected.b)).toBeLessThan(1e-10);
  }
});

describe.each(recorded.clipByGlobalNorm)("clipByGlobalNorm $maxNorm, norm $normType", (row) => {
  const order = row.normType === "inf" ? Number.POSITIVE_INFINITY : (row.normType as 1 | 2);
  const gradients = Object.fromEntries(row.grads.map((value, i) => [`g${i}`, constant(value, "f64")]));

  test("the norm", () => {
    expect(evaluate(globalNorm(gradients, { order })).item()).toBeCloseTo(row.totalNorm, 12);
  });

  test("the clipped gradients", () => {
    const { updates } = clipByGlobalNorm(row.maxNorm, { order }).update(gradients, {}, gradients);
    row.clipped.forEach((expected, i) => {
      const flat = [expected].flat(9) as number[];
      expect(distance(evaluate(updates[`g${i}`]!).data, flat)).toBeLessThan(1e-10);
    });
  });
});
