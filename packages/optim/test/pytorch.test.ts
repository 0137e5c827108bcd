/** Trajectories of PyTorch's optimizers, step by step, and its gradient clipping. */
import { readFileSync } from "node:fs";
import {
  add,
  compile,
  constant,
  createRuntime,
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
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  chain,
  clipByGlobalNorm,
  clipByNorm,
  cosine,
  globalNorm,
  minimize,
  nadam,
  radam,
  rmsprop,
  rprop,
  sgd,
  step as stepwise,
  type Transform,
  weightDecay,
} from "@org/optim";
import { describe, expect, test } from "vitest";

interface Trajectory {
  readonly steps: readonly { loss: number; w: number[]; b: number[] }[];
}

interface Recorded {
  readonly A: Nested;
  readonly w0: number[];
  readonly b0: number[];
  readonly rows: Record<string, Trajectory>;
  readonly clipByGlobalNorm: readonly {
    readonly maxNorm: number;
    readonly normType: number | "inf";
    readonly grads: readonly Nested[];
    readonly totalNorm: number;
    readonly clipped: readonly Nested[];
  }[];
}

interface More {
  readonly rows: Record<string, Trajectory>;
  readonly clipByGlobalNorm: readonly Omit<Recorded["clipByGlobalNorm"][number], "grads">[];
  readonly clipByNorm: readonly { readonly maxNorm: number; readonly clipped: readonly Nested[] }[];
}

const read = <Content>(name: string): Content =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));
const recorded = read<Recorded>("optimizers");
const more = read<More>("more-optimizers");
const rows: Record<string, Trajectory> = { ...recorded.rows, ...more.rows };

/** ½ wᵀ A w + Σ sin w + Σ (b - 1)⁴ + b₀ w₁ */
function problem(): { loss: Tensor; w: Parameter; b: Parameter } {
  const w = parameter("w", recorded.w0, "f64");
  const b = parameter("b", recorded.b0, "f64");
  const bowl = math`0.5 * sum(${w} * (${constant(recorded.A, "f64")} @ ${w}))`;
  const loss = add(bowl, sum(sin(w)), sum(pow(sub(b, 1), 4)), mul(take(b, 0), take(w, 1)));
  return { loss, w, b };
}

const distance = (a: ArrayLike<number>, b: readonly number[]): number =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i]!)));

const quick = { learningRate: 0.3, beta1: 0.7, beta2: 0.9, amsgrad: true };
const transforms: Record<string, Transform> = {
  sgd: sgd({ learningRate: 0.01 }),
  "sgd-momentum0.9": sgd({ learningRate: 0.01, momentum: 0.9 }),
  "sgd-nesterov-decay": chain(weightDecay(0.05), sgd({ learningRate: 0.01, momentum: 0.8, nesterov: true })),
  adam: adam({ learningRate: 0.05 }),
  adamw: adamw({ learningRate: 0.05, weightDecay: 0.1 }),
  rmsprop: rmsprop({ learningRate: 0.01, decay: 0.95 }),
  adagrad: adagrad({ learningRate: 0.1 }),
  adadelta: adadelta({ decay: 0.9 }),
  "adam-amsgrad": adam(quick),
  "adamw-amsgrad": adamw({ ...quick, weightDecay: 0.1 }),
  nadam: nadam({ learningRate: 0.05 }),
  radam: radam({ learningRate: 0.05 }),
  "radam-short": radam({ learningRate: 0.05, beta1: 0.8, beta2: 0.9 }),
  adamax: adamax({ learningRate: 0.05 }),
  "rmsprop-centered": rmsprop({ learningRate: 0.01, decay: 0.9, centered: true }),
  "rmsprop-momentum": rmsprop({ learningRate: 0.01, momentum: 0.7 }),
  "rmsprop-both": rmsprop({ learningRate: 0.01, decay: 0.9, momentum: 0.5, centered: true, epsilon: 1e-4 }),
  "adagrad-initial": adagrad({ learningRate: 0.1, initialSquare: 0.5 }),
  "adadelta-rate": adadelta({ learningRate: 2, decay: 0.95, epsilon: 1e-4 }),
  rprop: rprop({ initialStep: 0.02 }),
  "rprop-bounds": rprop({ initialStep: 0.05, shrink: 0.4, grow: 1.5, minStep: 0.01, maxStep: 0.2 }),
  "sgd-scheduled": sgd({ learningRate: stepwise(0.02, { every: 5, factor: 0.5 }), momentum: 0.9 }),
  "adam-scheduled": adam({ learningRate: cosine(0.1, { steps: 25, end: 0.01 }) }),
};

test("every recorded row has its transform", () => {
  expect(Object.keys(transforms).sort()).toEqual(Object.keys(rows).sort());
});

for (const target of ["interpreter", "wasm"] as const) {
  test.each(Object.keys(transforms))(`%s goes where PyTorch's goes: ${target}`, (name) => {
    const { loss, w, b } = problem();
    const updates = minimize(loss, { w, b }, transforms[name]!);
    const step = compile({ outputs: { loss }, updates, runtime: createRuntime({ target }) });
    const { steps } = rows[name]!;
    expect(steps).toHaveLength(25);
    for (const expected of steps) {
      expect(Math.abs(step().loss.item() - expected.loss)).toBeLessThan(1e-10);
      expect(distance(w.value.data, expected.w)).toBeLessThan(1e-10);
      expect(distance(b.value.data, expected.b)).toBeLessThan(1e-10);
    }
  });
}

const near = (tensor: Tensor, expected: Nested): void => {
  const flat = [expected].flat(9) as number[];
  expect(distance(compile({ outputs: { tensor } })().tensor.data, flat)).toBeLessThan(1e-10);
};

const { grads } = recorded.clipByGlobalNorm[0]!;
const clippings = [...recorded.clipByGlobalNorm, ...more.clipByGlobalNorm.map((row) => ({ ...row, grads }))];

describe.each(clippings)("clipByGlobalNorm $maxNorm, norm $normType", (row) => {
  const order = row.normType === "inf" ? Number.POSITIVE_INFINITY : row.normType;
  const gradients = Object.fromEntries(row.grads.map((value, i) => [`g${i}`, constant(value, "f64")]));

  test("the norm", () => {
    expect(evaluate(globalNorm(gradients, { order })).item()).toBeCloseTo(row.totalNorm, 12);
  });

  test("the clipped gradients", () => {
    const { updates } = clipByGlobalNorm(row.maxNorm, { order }).update(gradients, {}, gradients);
    row.clipped.forEach((expected, i) => {
      near(updates[`g${i}`]!, expected);
    });
  });
});

test.each(more.clipByNorm)("clipByNorm $maxNorm", ({ maxNorm, clipped }) => {
  const gradients = Object.fromEntries(grads.map((value, i) => [`g${i}`, constant(value, "f64")]));
  const { updates } = clipByNorm(maxNorm).update(gradients, {}, gradients);
  clipped.forEach((expected, i) => {
    near(updates[`g${i}`]!, expected);
  });
});
