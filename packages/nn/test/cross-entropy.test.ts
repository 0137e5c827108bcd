import { compile, constant, evaluate, grad, input, type Nested } from "@org/core";
import { checkGradients } from "@org/core/testing";
import { crossEntropy } from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, fixture, values } from "./values.ts";

const recorded = fixture<{
  logits: Nested;
  labels: Nested;
  rows: Record<string, { value: number; grad: Nested }>;
}>("losses");

describe.each(["mean", "sum"] as const)("PyTorch's cross-entropy, %s", (reduction) => {
  const logits = constant(recorded.logits, "f64");
  const loss = crossEntropy(logits, recorded.labels, { reduction });
  const row = recorded.rows[`crossEntropy-labels-${reduction}`]!;
  test("value", () => expectClose(loss, row.value));
  test("gradient", () => expectClose(grad(loss, logits), row.grad));
});

test("first and second derivatives equal differences", () => {
  const logits = constant(values(1, 2, 3, 4));
  const labels = [
    [0, 3, -100],
    [1, 1, 2],
  ];
  for (const reduction of ["mean", "sum", "none"] as const) {
    checkGradients(crossEntropy(logits, labels, { reduction }), logits, { order: 2 }).assert();
  }
});

test("a loss for each label, in any number of axes", () => {
  const logits = [
    [
      [0, 0],
      [0, Math.log(3)],
    ],
    [
      [1, 1],
      [7, 7],
    ],
  ];
  const labels = [
    [0, 1],
    [-100, 0],
  ];
  expectClose(
    crossEntropy(constant(logits, "f64"), labels, { reduction: "none" }),
    [
      [Math.LN2, Math.log(4 / 3)],
      [0, Math.LN2],
    ],
    1e-15,
  );
});

test("ignored labels add nothing, not even where logits are not finite", () => {
  const logits = constant([
    [0, 0],
    [Number.NaN, Number.POSITIVE_INFINITY],
  ]);
  const loss = crossEntropy(logits, [1, 7], { ignoredLabel: 7 });
  expect(evaluate(loss).item()).toBeCloseTo(Math.LN2, 6);
});

test("the mean of no labels is NaN", () => {
  expect(evaluate(crossEntropy([[0, 0]], [-100])).item()).toBeNaN();
});

test("extreme logits give finite losses and gradients", () => {
  const logits = constant([
    [1e30, -1e30],
    [0, Number.NEGATIVE_INFINITY],
  ]);
  const loss = crossEntropy(logits, [0, 0]);
  expect(evaluate({ loss, gradient: grad(loss, logits) })).toMatchObject({
    loss: { data: Float32Array.of(0) },
    gradient: { data: Float32Array.of(0, 0, 0, 0) },
  });
});

describe("labels that are not among the classes", () => {
  const labels = input("labels", [1], "i32");
  const logits = constant([[1, 2, 3]]);
  const step = compile({ inputs: { labels }, outputs: crossEntropy(logits, labels) });
  test.each([3, 100, -1, -3, -4])("%i", (label) => {
    expect(() => step({ labels: [label] })).toThrow(
      `crossEntropy: label ${label} is out of range for 3 classes`,
    );
  });
});

test("shapes and dtypes that don't fit", () => {
  expect(() =>
    crossEntropy(input("logits", [2, 3]), input("labels", [3], "i32")),
  ).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: crossEntropy: labels have the shape of logits without the last axis
      logits: [2, 3]  f32  "logits"
      labels: [3]  i32  "labels"
      rule: [...s, classes], i32 [...s] → scalar]
  `);
  expect(() =>
    crossEntropy(input("logits", [2, 3]), input("labels", [2])),
  ).toThrowErrorMatchingInlineSnapshot(`
    [DTypeError: crossEntropy: labels are i32, received f32
      logits: [2, 3]  f32  "logits"
      labels: [2]  f32  "labels"
      rule: [...s, classes], i32 [...s] → scalar
      hint: cast(labels, "i32")]
  `);
});
