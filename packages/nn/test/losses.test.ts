/** Losses against PyTorch, differences, and each other. CHECKLIST B02: E = Σ Eₜ, and its mean; B21: heads for losses. */
import {
  compile,
  constant,
  type DType,
  evaluate,
  grad,
  input,
  type NDArray,
  type Nested,
  type Operand,
  softmax,
  sum,
  type Tensor,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import * as nn from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose, fixture, values } from "./values.ts";

const recorded = fixture<{
  logits: number[][];
  labels: number[];
  probabilities: number[][];
  a: number[][];
  b: number[][];
  targets01: number[][];
  rows: Record<string, { value: number; grad: Nested }>;
}>("losses");

type Loss = (prediction: Tensor, target: Operand, options?: nn.LossOptions) => Tensor;

/** PyTorch's rows by the name before the reduction: our loss, its operands. */
const losses: Record<string, { loss: Loss; prediction: Nested; target: (dtype: DType) => Operand }> = {
  "crossEntropy-labels": {
    loss: nn.crossEntropy,
    prediction: recorded.logits,
    target: () => recorded.labels,
  },
  "crossEntropy-probabilities": {
    loss: nn.crossEntropy,
    prediction: recorded.logits,
    target: (dtype) => constant(recorded.probabilities, dtype),
  },
  "crossEntropy-labelSmoothing0.1": {
    loss: (z, t, options) => nn.crossEntropy(z, t, { ...options, labelSmoothing: 0.1 }),
    prediction: recorded.logits,
    target: () => recorded.labels,
  },
  mse: { loss: nn.mse, prediction: recorded.a, target: (dtype) => constant(recorded.b, dtype) },
  l1: { loss: nn.l1, prediction: recorded.a, target: (dtype) => constant(recorded.b, dtype) },
  "huber-delta0.7": {
    loss: (y, t, options) => nn.huber(y, t, { ...options, delta: 0.7 }),
    prediction: recorded.a,
    target: (dtype) => constant(recorded.b, dtype),
  },
  binaryCrossEntropyWithLogits: {
    loss: nn.binaryCrossEntropyWithLogits,
    prediction: recorded.a,
    target: (dtype) => constant(recorded.targets01, dtype),
  },
  klDivergence: {
    loss: nn.klDivergence,
    prediction: recorded.logits,
    target: (dtype) => constant(recorded.probabilities, dtype),
  },
};

describe.each(Object.entries(recorded.rows))("PyTorch's %s", (row, { value, grad: gradient }) => {
  const [, name, reduction] = /^(.*)-(mean|sum|batchmean)$/.exec(row)!;
  const { loss, prediction, target } = losses[name!]!;
  test.each([
    ["f64", 1e-10],
    ["f32", 1e-5],
  ] as const)("%s", (dtype, tolerance) => {
    const x = constant(prediction, dtype);
    const y = loss(x, target(dtype), { reduction: reduction === "sum" ? "sum" : "mean" });
    const step = compile({ outputs: { y, gradient: grad(y, x) } });
    expect(y.dtype).toBe(dtype);
    expectClose(step().y, value, tolerance);
    expectClose(step().gradient, gradient, tolerance);
  });
});

const y = constant(values(1, 3, 2));
const z = constant(values(2, 3, 4));
const t = constant(values(3, 3, 2));
const p = constant(
  [
    [0.1, 0.2, 0.3, 0.4],
    [1, 0, 0, 0],
    [0.25, 0.25, 0.5, 0],
  ],
  "f64",
);
const elementwise: [string, Loss, Tensor, Operand][] = [
  ["mse", nn.mse, y, t],
  ["l1", nn.l1, y, t],
  ["huber", (a, b, options) => nn.huber(a, b, { ...options, delta: 0.3 }), y, t],
  [
    "binaryCrossEntropyWithLogits",
    nn.binaryCrossEntropyWithLogits,
    y,
    constant(
      [
        [1, 0],
        [0.3, 1],
        [0, 0],
      ],
      "f64",
    ),
  ],
];
const byRow: [string, Loss, Tensor, Operand][] = [
  ["crossEntropy, labels", nn.crossEntropy, z, [3, 0, 1]],
  ["crossEntropy, probabilities", nn.crossEntropy, z, p],
  [
    "crossEntropy, smoothing and class weights",
    (a, b, options) =>
      nn.crossEntropy(a, b, { ...options, labelSmoothing: 0.2, classWeights: [1, 2, 0.5, 3] }),
    z,
    [3, 0, 1],
  ],
  ["klDivergence", nn.klDivergence, z, p],
];

describe.each([...elementwise, ...byRow])("%s", (name, loss, prediction, target) => {
  const weighed = name.includes("class weights");
  const none = loss(prediction, target, { reduction: "none" });
  const each = Array.from(evaluate(none).data);
  const total = each.reduce((a, b) => a + b, 0);

  test("B02: the sum is that of all places, the mean by default divides by their number", () => {
    expectClose(loss(prediction, target, { reduction: "sum" }), total, 1e-14);
    const classWeightsOfLabels = 3 + 1 + 2;
    expectClose(loss(prediction, target), total / (weighed ? classWeightsOfLabels : each.length), 1e-14);
  });

  test("first and second derivatives equal differences, in every reduction", () => {
    for (const reduction of ["mean", "sum", "none"] as const) {
      checkGradients(loss(prediction, target, { reduction }), prediction, { order: 2 }).assert();
    }
  });

  test("weights broadcast, and the mean is weighted", () => {
    const weights = none.shape.length === 2 ? [[1], [0], [3]] : [1, 0, 3];
    const flat = none.shape.length === 2 ? [1, 1, 0, 0, 3, 3] : [1, 0, 3];
    const sum = each.reduce((all, loss, i) => all + loss * flat[i]!, 0);
    const shares = weighed ? 1 * 3 + 3 * 2 : flat.reduce((a, b) => a + b);
    expectClose(loss(prediction, target, { weights, reduction: "sum" }), sum, 1e-14);
    expectClose(loss(prediction, target, { weights }), sum / shares, 1e-14);
    expectClose(
      loss(prediction, target, { weights, reduction: "none" }),
      none.shape.length === 2
        ? [
            [each[0]!, each[1]!],
            [0, 0],
            [3 * each[4]!, 3 * each[5]!],
          ]
        : [each[0]!, 0, 3 * each[2]!],
      1e-14,
    );
  });

  test("nothing comes from where the mask is false, not even NaN", () => {
    const mask = none.shape.length === 2 ? [[true], [false], [true]] : [true, false, true];
    const broken = constant(
      (evaluate(prediction).toNested() as number[][]).map((row, i) =>
        i === 1 ? row.map(() => Number.NaN) : row,
      ),
      "f64",
    );
    const kept = none.shape.length === 2 ? [0, 1, 4, 5] : [0, 2];
    const sum = kept.reduce((all, i) => all + each[i]!, 0);
    const masked = loss(broken, target, { mask });
    expectClose(masked, sum / (weighed ? 3 + 2 : kept.length), 1e-14);
    const gradient = evaluate(grad(masked, broken)).toNested() as number[][];
    expect(gradient[1]!.every((g) => g === 0)).toBe(true);
    expect(gradient.flat().every(Number.isFinite)).toBe(true);
    checkGradients(loss(prediction, target, { mask }), prediction, { order: 2 }).assert();
  });

  test("a gradient of targets that are not labels", () => {
    if (Array.isArray(target) || name === "klDivergence") return;
    checkGradients(loss(prediction, target, { reduction: "sum" }), target as Tensor).assert();
  });
});

describe("B21: closed forms of heads and losses", () => {
  test("softmax and cross-entropy: the gradient is the prediction less the truth", () => {
    const q = [0.2, 0.3, 0.5];
    const logits = constant([q.map(Math.log)], "f64");
    expectClose(grad(nn.crossEntropy(logits, [1]), logits), [[0.2, -0.7, 0.5]], 1e-15);
    expectClose(
      grad(nn.klDivergence(logits, constant([[0.5, 0.25, 0.25]], "f64")), logits),
      [[-0.3, 0.05, 0.25]],
      1e-15,
    );
  });

  test("sigmoid and binary cross-entropy equal softmax over [0, z]", () => {
    const numbers = evaluate(z).toNested() as number[][];
    const pairs = numbers.map((row) => row.map((logit) => [0, logit]));
    const labels = [
      [1, 0, 0, 1],
      [0, 0, 1, 1],
      [1, 1, 0, 0],
    ];
    expectClose(
      nn.binaryCrossEntropyWithLogits(z, constant(labels, "f64")),
      nn.crossEntropy(constant(pairs, "f64"), labels),
      1e-15,
    );
  });

  test("cross-entropy is entropy and divergence", () => {
    const row = [0.1, 0.2, 0.3, 0.4];
    const entropy = -row.reduce((sum, x) => sum + x * Math.log(x), 0);
    const truth = constant([row], "f64");
    const logits = constant(values(4, 1, 4));
    const divergence = evaluate(nn.klDivergence(logits, truth)).item();
    expectClose(nn.crossEntropy(logits, truth), entropy + divergence, 1e-15);
  });
});

describe("what is ignored has no effect, in values and in gradients, whatever stands there", () => {
  const odd = fc.constantFrom(Number.NaN, Infinity, -Infinity, 3e38, -3e38);
  const [rows, classes] = [4, 3];
  const elementwise = new Set(["mse", "l1", "huber-delta0.7", "binaryCrossEntropyWithLogits"]);
  const cases = fc.record({
    ignored: fc.array(fc.boolean(), { minLength: rows, maxLength: rows }),
    spoil: fc.array(odd, { minLength: classes, maxLength: classes }),
    label: fc.constantFrom(-100, 7, -4),
    reduction: fc.constantFrom("mean" as const, "sum" as const, "none" as const),
    weighted: fc.boolean(),
  });

  test.each(Object.keys(losses))("%s", (name) => {
    const { loss } = losses[name]!;
    const byLabel = name.startsWith("crossEntropy-") && !name.endsWith("probabilities");
    fc.assert(
      fc.property(cases, ({ ignored, spoil, label, reduction, weighted }) => {
        const spoiled = (value: NDArray): Tensor => {
          const { data } = value;
          ignored.forEach((flag, row) => {
            if (flag) for (let i = 0; i < classes; i++) data[row * classes + i] = spoil[i]!;
          });
          return constant(value);
        };
        const probabilities = (): NDArray => evaluate(softmax(constant(values(12, rows, classes))));
        const weightShape = elementwise.has(name) ? [rows, classes] : [rows];
        const place = (flags: readonly boolean[]): boolean[] | boolean[][] =>
          weightShape.length === 1 ? [...flags] : flags.map((flag) => new Array<boolean>(classes).fill(flag));
        const results = [false, true].map((dirty) => {
          const z = dirty ? spoiled(values(11, rows, classes)) : constant(values(11, rows, classes));
          const p = dirty ? spoiled(probabilities()) : constant(probabilities());
          const weights = values(13, ...weightShape);
          if (dirty && weighted) {
            const width = weights.data.length / rows;
            ignored.forEach((flag, row) => {
              if (flag) weights.data.fill(spoil[0]!, row * width, (row + 1) * width);
            });
          }
          const w = constant(weights);
          const labels = constant(
            ignored.map((flag, row) => (flag && dirty ? label : row % classes)),
            "i32",
          );
          const total = loss(z, byLabel ? labels : p, {
            reduction,
            mask: place(ignored.map((flag) => !flag)),
            ...(weighted && { weights: w }),
          });
          const wrt = { z, ...(!byLabel && { p }), ...(weighted && { w }) };
          return evaluate({ total, gradients: grad(sum(total), wrt) });
        });
        expect(results[1]).toEqual(results[0]);
      }),
      { numRuns: 25 },
    );
  });

  test("labels that are ignored by their value", () => {
    const z = values(11, rows, classes);
    const clean = constant(values(11, rows, classes));
    z.data.fill(Number.NaN, 3, 6);
    const dirty = constant(z);
    const [a, b] = [clean, dirty].map((logits) => {
      const loss = nn.crossEntropy(logits, [0, -100, 2, 1], { classWeights: [1, 2, 3], labelSmoothing: 0.1 });
      return evaluate({ loss, g: grad(loss, logits) });
    });
    expect(b).toEqual(a);
  });
});

test("labels and their one-hot rows are the same, with smoothing and class weights", () => {
  const options = { labelSmoothing: 0.3, classWeights: [1, 2, 0.5, 3], reduction: "none" } as const;
  const rows = [
    [0, 0, 0, 1],
    [1, 0, 0, 0],
    [0, 1, 0, 0],
  ];
  expectClose(nn.crossEntropy(z, rows, options), nn.crossEntropy(z, [3, 0, 1], options), 1e-15);
});

test("positiveWeight multiplies the loss of ones", () => {
  const logits = constant([0.3, 0.3], "f64");
  const [one, zero] = evaluate(
    nn.binaryCrossEntropyWithLogits(logits, [1, 0], { reduction: "none", positiveWeight: 3 }),
  ).data;
  expect(one).toBeCloseTo(3 * Math.log1p(Math.exp(-0.3)), 14);
  expect(zero).toBeCloseTo(Math.log1p(Math.exp(0.3)), 14);
});

test("extremes stay finite", () => {
  expect(evaluate(nn.binaryCrossEntropyWithLogits([1e30, -1e30], [1, 0])).item()).toBe(0);
  expect(evaluate(nn.huber([1e30], [0])).item()).toBe(Math.fround(1e30));
  // A certain answer that is right costs nothing, and one that is wrong everything.
  const certain = constant([Infinity, -Infinity, Infinity, -Infinity], "f64");
  const each = nn.binaryCrossEntropyWithLogits(certain, [1, 0, 0, 1], { reduction: "none" });
  expect([...evaluate(each).data]).toEqual([0, 0, Infinity, Infinity]);
  expect([...evaluate(grad(sum(each), certain)).data]).toEqual([0, 0, 1, -1]);
  const impossible = [[0, Number.NEGATIVE_INFINITY]];
  expect(evaluate(nn.crossEntropy(impossible, [[1, 0]])).item()).toBe(0);
  expect(evaluate(nn.klDivergence(impossible, [[1, 0]])).item()).toBe(0);
});

test("options and shapes that don't fit", () => {
  expect(() => nn.mse(input("y", [32, 1]), input("t", [32]))).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: mse: shapes differ
      prediction: [32, 1]  f32  "y"
      target: [32]  f32  "t"
      rule: [...s], [...s] → scalar]
  `);
  expect(() => nn.huber([1], [1], { delta: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: huber: delta is a number above 0, received 0]`,
  );
  expect(() => nn.crossEntropy(z, [0, 0, 0], { labelSmoothing: 2 })).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: crossEntropy: labelSmoothing is a number from 0 to 1, received 2]`,
  );
  expect(() => nn.crossEntropy(z, [0, 0, 0], { classWeights: [1, 2] })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: crossEntropy: expected class weights [4], received [2]]`,
  );
  expect(() => nn.mse([1], [1], { reduction: "batchmean" as "mean" })).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: mse: reduction is one of "mean", "sum", "none", received "batchmean"]`,
  );
  expect(() => nn.mse([1], [1], { mask: [[true], [false]] })).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: broadcastTo: [2, 1] does not broadcast to [1]
      x: [2, 1]  bool
      rule: [...s] → [...t], axes of s aligned from the right and either equal or 1]
  `);
});
