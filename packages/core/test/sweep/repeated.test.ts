/** One tensor in several places: contributions add up. */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/gradient.ts";
import { takeAlong } from "../../src/functions/selection.ts";
import { constant } from "../../src/graph/leaves.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import type { Nested } from "../../src/ndarray.ts";
import { add, div, mul, sub } from "../../src/ops/arithmetic.ts";
import { sum } from "../../src/ops/broadcast.ts";
import { where } from "../../src/ops/comparison.ts";
import { pow } from "../../src/ops/exponential.ts";
import { scatterAdd, take } from "../../src/ops/indexing.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { concat } from "../../src/ops/rearrange.ts";
import { filled, integers, nested, vector } from "../samples/arrays.ts";
import { checkFunction } from "./check-orders.ts";
import { interpreter, webAssembly } from "./target.ts";
import { assertValue, valueOf } from "./values.ts";

const f64 = (value: Nested): Tensor => constant(value, "f64");

describe("repeated operands", () => {
  const functions: Record<string, (x: Tensor) => Tensor> = {
    "x + x": (x) => add(x, x),
    "x + x + x": (x) => add(x, x, x),
    "x - x": (x) => sub(x, x),
    "x x": (x) => mul(x, x),
    "x x x": (x) => mul(x, x, x),
    "x / x": (x) => div(x, x),
    "x @ x": (x) => matmul(x, x),
    "concat x, x": (x) =>
      mul(
        concat([x, x]),
        nested([
          [1, 2],
          [3, 4],
          [5, 6],
          [7, 8],
        ]),
      ),
    "where x, x": (x) =>
      where(
        [
          [true, false],
          [false, true],
        ],
        x,
        x,
      ),
    "x row + x column": (x) => add(take(x, 0), take(x, 1)),
  };
  for (const target of [interpreter, webAssembly]) {
    for (const [name, fn] of Object.entries(functions))
      test(`${name}, ${target.name}`, () => checkFunction(fn, [filled([2, 2])], target));
    test(`x ^ x, ${target.name}`, () => checkFunction((x) => pow(x, x), [vector(0.5, 1.5)], target));
  }
  test("the values of x x and x @ x", () => {
    const x = f64([
      [1, 2],
      [3, 4],
    ]);
    assertValue(grad(sum(mul(x, x)), x), [
      [2, 4],
      [6, 8],
    ]);
    assertValue(grad(sum(matmul(x, x)), x), [
      [7, 11],
      [9, 13],
    ]);
  });
});

describe("repeated indices", () => {
  test("take adds up what is taken again", () => {
    const x = f64([1, 2, 3]);
    assertValue(grad(sum(mul(take(x, [1, 1, -1, 1]), [1, 10, 100, 1000])), x), [0, 1011, 100]);
  });
  test("takeAlong too", () => {
    const x = f64([[1, 2, 3]]);
    assertValue(grad(sum(mul(takeAlong(x, [[2, 2, -3]]), [[1, 10, 100]])), x), [[100, 0, 11]]);
  });
  test("scatterAdd gives each update its row", () => {
    const [x, updates] = [f64([0, 0]), f64([1, 2, 3])];
    const y = scatterAdd(x, [1, 1, 0], updates);
    expect(valueOf(y)).toEqual([3, 3]);
    assertValue(grad(sum(mul(y, [5, 7])), updates), [7, 7, 5]);
    assertValue(grad(sum(mul(y, [5, 7])), x), [5, 7]);
  });
  test.each([interpreter, webAssembly])("orders 1 and 2, $name", (target) => {
    const cube = (x: Tensor): Tensor => mul(x, x, x);
    checkFunction(
      (x, ids) => cube(take(x, ids!)),
      [
        filled([3, 2]),
        integers([
          [2, 2],
          [0, 2],
        ]),
      ],
      target,
    );
    checkFunction(
      (x, ids, u) => cube(scatterAdd(x, ids!, u!)),
      [filled([3]), integers([1, 1, -1]), vector(0.2, 0.5, 0.3)],
      target,
    );
    checkFunction((x) => scatterAdd(x, [0, 0], mul(x, x)), [filled([2])], target);
  });
});
