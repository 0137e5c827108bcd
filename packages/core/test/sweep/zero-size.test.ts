/** Axes of length 0, in structural ops as in elementwise ones: values, and gradients of the operand's shape. */
import { describe, expect, test } from "vitest";
import { vjp } from "../../src/autodiff/gradient.ts";
import { evaluate } from "../../src/evaluate.ts";
import { einsum } from "../../src/functions/linear.ts";
import { oneHot } from "../../src/functions/selection.ts";
import { mean, prod, softmax, variance } from "../../src/functions/statistics.ts";
import { constant } from "../../src/graph/leaves.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { emptyArray } from "../../src/ndarray.ts";
import { mul } from "../../src/ops/arithmetic.ts";
import { broadcastTo, sum } from "../../src/ops/broadcast.ts";
import { dynamicSlice, dynamicUpdateSlice, scatterAdd, take } from "../../src/ops/indexing.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { concat, flip, pad, slice } from "../../src/ops/rearrange.ts";
import { cumsum, max } from "../../src/ops/reduction.ts";
import { reshape, transpose } from "../../src/ops/reshape.ts";
import type { Shape } from "../../src/shape.ts";
import { weights } from "./arrays.ts";

const noIds = constant(emptyArray("i32", [0]));

/** Operand shapes, the function, the shape of the result. */
const cases: Record<string, [shapes: Shape[], fn: (...xs: Tensor[]) => Tensor, result: Shape]> = {
  "sum over an empty axis": [[[2, 0]], (x) => sum(x!, { axis: 1 }), [2]],
  "sum beside an empty axis": [[[2, 0]], (x) => sum(x!, { axis: 0 }), [0]],
  "mean beside an empty axis": [[[2, 0]], (x) => mean(x!, { axis: 0 }), [0]],
  "variance beside an empty axis": [[[2, 0]], (x) => variance(x!, { axis: 0 }), [0]],
  "prod over an empty axis": [[[2, 0]], (x) => prod(x!, { axis: 1 }), [2]],
  "max beside an empty axis": [[[2, 0]], (x) => max(x!, { axis: 0 }), [0]],
  "softmax beside an empty axis": [[[0, 3]], (x) => softmax(x!), [0, 3]],
  cumsum: [[[0, 2]], (x) => cumsum(x!, { axis: 1 }), [0, 2]],
  "broadcastTo an empty shape": [[[1, 2]], (x) => broadcastTo(x!, [0, 2]), [0, 2]],
  "broadcasting against an empty axis": [
    [
      [1, 2],
      [0, 1],
    ],
    (a, b) => mul(a!, b!),
    [0, 2],
  ],
  "matmul with no rows": [
    [
      [0, 3],
      [3, 2],
    ],
    (a, b) => matmul(a!, b!),
    [0, 2],
  ],
  "matmul with nothing to add": [
    [
      [2, 0],
      [0, 3],
    ],
    (a, b) => matmul(a!, b!),
    [2, 3],
  ],
  "matmul with no batches": [
    [
      [0, 2, 3],
      [3, 1],
    ],
    (a, b) => matmul(a!, b!),
    [0, 2, 1],
  ],
  "einsum with nothing to add": [[[2, 0], [0]], (a, b) => einsum("ij,j->i", a!, b!), [2]],
  "reshape with a free axis": [[[0, 2]], (x) => reshape(x!, [-1, 2]), [0, 2]],
  transpose: [[[0, 2, 1]], (x) => transpose(x!), [1, 2, 0]],
  "slice to nothing": [[[3, 2]], (x) => slice(x!, [1, 0], [1, 2]), [0, 2]],
  "slice to nothing in steps of two": [[[3]], (x) => slice(x!, [1], [1], [2]), [0]],
  "pad from nothing": [
    [[0, 2]],
    (x) =>
      pad(x!, [
        [1, 1],
        [0, 0],
      ]),
    [2, 2],
  ],
  "concat with nothing": [
    [
      [0, 2],
      [3, 2],
    ],
    (a, b) => concat([a!, b!]),
    [3, 2],
  ],
  flip: [[[0, 2]], (x) => flip(x!), [0, 2]],
  "take nothing": [[[3, 2]], (x) => take(x!, noIds), [0, 2]],
  "take of rows without columns": [[[3, 0]], (x) => take(x!, [1, 1]), [2, 0]],
  "scatterAdd of nothing": [
    [
      [3, 2],
      [0, 2],
    ],
    (x, u) => scatterAdd(x!, noIds, u!),
    [3, 2],
  ],
  "dynamicSlice to nothing": [[[3]], (x) => dynamicSlice(x!, [1], [0]), [0]],
  "dynamicUpdateSlice of nothing": [[[3], [0]], (x, u) => dynamicUpdateSlice(x!, u!, [1]), [3]],
};

describe("zero-size axes", () => {
  for (const [name, [shapes, fn, result]] of Object.entries(cases)) {
    test(name, () => {
      const xs = shapes.map((shape) => constant(weights(shape)));
      const y = fn(...xs);
      const value = evaluate(y);
      expect([y.shape, value.shape]).toEqual([result, result]);
      expect(value.data.length).toBe(result.reduce((size, n) => size * n, 1));
      const gradients = evaluate(vjp(y, xs, constant(weights(y.shape))));
      expect((gradients as unknown as (typeof value)[]).map(({ shape }) => shape)).toEqual(shapes);
    });
  }
  test("the sum of nothing is 0, the product 1, the mean NaN", () => {
    const nothing = constant(emptyArray("f64", [0]));
    const { s, p, m } = evaluate({ s: sum(nothing), p: prod(nothing), m: mean(nothing) });
    expect([s.item(), p.item(), m.item()]).toEqual([0, 1, Number.NaN]);
  });
  test("oneHot of nothing", () => expect(evaluate(oneHot(noIds, 3)).shape).toEqual([0, 3]));
});
