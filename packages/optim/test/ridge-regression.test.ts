/** CHECKLIST A22: the read-out of an echo state network in closed form. */
import {
  add,
  array,
  constant,
  evaluate,
  grad,
  matmul,
  mul,
  type NDArray,
  parameter,
  square,
  sub,
  sum,
} from "@org/core";
import { ridgeRegression } from "@org/optim";
import { describe, expect, test } from "vitest";

/** Numbers of a plain congruential generator, on ±1. */
function draws(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const X = array(draws(60, 1), { shape: [20, 3] });
const Y = array(draws(40, 2), { shape: [20, 2] });

describe.each([true, false])("intercept: %s", (intercept) => {
  test.each([0, 0.1, 10])("penalty %d: the gradient of what is made smallest is zero", (penalty) => {
    const found = ridgeRegression(X, Y, { penalty, intercept });
    const [W, b] = [parameter("W", found.W), parameter("b", found.b)];
    const error = sub(add(matmul(constant(X), W), b), constant(Y));
    const loss = add(sum(square(error)), mul(penalty, sum(square(W))));
    const gradients = evaluate(grad(loss, { W, b }));
    const largest = ({ data }: NDArray): number => Math.max(...Array.from(data, Math.abs));
    expect(largest(gradients.W)).toBeLessThan(1e-12);
    if (intercept) expect(largest(gradients.b)).toBeLessThan(1e-12);
    else expect(largest(found.b)).toBe(0);
  });
});

test("a map that is affine is found", () => {
  const W = [
    [1, -2],
    [0.5, 3],
    [0, 7],
  ];
  const numbers = X.toNested() as number[][];
  const targets = numbers.map((row) => [0, 1].map((k) => row.reduce((y, x, i) => y + x * W[i]![k]!, 10 * k)));
  const found = ridgeRegression(X, targets, { penalty: 0 });
  (found.W.toNested() as number[][]).forEach((row, i) => {
    row.forEach((w, k) => {
      expect(w).toBeCloseTo(W[i]![k]!, 12);
    });
  });
  expect(found.b.data[0]).toBeCloseTo(0, 12);
  expect(found.b.data[1]).toBeCloseTo(10, 12);
});

test("rows of all leading axes count alike; weights shrink as the penalty grows", () => {
  const shaped = (value: NDArray): NDArray => array(value.data, { shape: [4, 5, value.shape[1]!] });
  expect(ridgeRegression(shaped(X), shaped(Y))).toEqual(ridgeRegression(X, Y));
  const size = (penalty: number): number => Math.hypot(...ridgeRegression(X, Y, { penalty }).W.data);
  expect(size(0)).toBeGreaterThan(size(1));
  expect(size(1)).toBeGreaterThan(size(100));
  expect(size(1e9)).toBeLessThan(1e-7);
});

test("more features than rows need a penalty", () => {
  const [wide, few] = [array(draws(12, 3), { shape: [2, 6] }), array(draws(2, 4), { shape: [2, 1] })];
  expect(ridgeRegression(wide, few, { penalty: 1e-3 }).W.shape).toEqual([6, 1]);
  expect(() => ridgeRegression(wide, few, { penalty: 0 })).toThrow(/a larger penalty tells them apart/);
});

test("what does not fit", () => {
  expect(() => ridgeRegression([[1], [2]], [[1]])).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: ridgeRegression: X and Y have different rows
      X: [2, 1]
      Y: [1, 1]
      rule: X [...s, features], Y [...s, outputs]]
  `);
  expect(() => ridgeRegression([1, 2], [[1]])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: ridgeRegression: expected rows and columns, received [2]]`,
  );
  expect(() => ridgeRegression([[1]], [[Number.NaN]])).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: ridgeRegression: expected finite numbers, received NaN or an infinity]`,
  );
  expect(() => ridgeRegression([[1]], [[1]], { penalty: -1 })).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: ridgeRegression: penalty is a finite number from 0, received -1]`,
  );
});
