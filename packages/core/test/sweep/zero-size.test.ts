/** Axes of length 0, in structural ops as in elementwise ones: values, and gradients of the operand's shape. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { vjp } from "../../src/autodiff/gradient.ts";
import { evaluate } from "../../src/evaluate.ts";
import { stack } from "../../src/functions/arrangement.ts";
import { avgPool2d, conv2d, maxPool2d } from "../../src/functions/convolution.ts";
import { einsum } from "../../src/functions/einsum.ts";
import { dot, outer } from "../../src/functions/linear.ts";
import { oneHot, takeAlong } from "../../src/functions/selection.ts";
import {
  logSoftmax,
  logSumExp,
  mean,
  norm,
  prod,
  softmax,
  variance,
} from "../../src/functions/statistics.ts";
import { constant } from "../../src/graph/leaves.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { scan } from "../../src/loops/scan.ts";
import { emptyArray } from "../../src/ndarray.ts";
import { mul } from "../../src/ops/arithmetic.ts";
import { broadcastTo, sum } from "../../src/ops/broadcast.ts";
import { dynamicSlice, dynamicUpdateSlice } from "../../src/ops/dynamic-slice.ts";
import { scatterAdd, take } from "../../src/ops/indexing.ts";
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

/** Functions of operands with axes of any length; the shape of the result. */
type Shaped = [
  shapes: (n: number[]) => Shape[],
  fn: (...xs: Tensor[]) => Tensor,
  result: (n: number[]) => Shape,
];
const anyLength: Record<string, Shaped> = {
  "dot of matrices": [
    ([a, b, c]) => [
      [a!, b!],
      [b!, c!],
    ],
    (x, y) => dot(x!, y!),
    ([a, , c]) => [a!, c!],
  ],
  "dot of stacks": [
    ([a, b, c, d]) => [
      [a!, b!],
      [c!, b!, d!],
    ],
    (x, y) => dot(x!, y!),
    ([a, , c, d]) => [a!, c!, d!],
  ],
  outer: [([a, b]) => [[a!], [b!]], (x, y) => outer(x!, y!), ([a, b]) => [a!, b!]],
  "matmul of stacks": [
    ([a, b, c, d]) => [
      [a!, b!, c!],
      [a!, c!, d!],
    ],
    (x, y) => matmul(x!, y!),
    ([a, b, , d]) => [a!, b!, d!],
  ],
  "a vector times a matrix": [([a, b]) => [[a!], [a!, b!]], (x, y) => matmul(x!, y!), ([, b]) => [b!]],
  einsum: [
    ([a, b, c, d]) => [[a!, b!, c!], [c!, d!], [b!]],
    (x, y, z) => einsum("abc,cd,b->da", x!, y!, z!),
    ([a, , , d]) => [d!, a!],
  ],
  "the diagonal": [([a, b]) => [[a!, b!, a!]], (x) => einsum("iji->ij", x!), ([a, b]) => [a!, b!]],
  softmax: [([a, b]) => [[a!, b!]], (x) => softmax(x!), ([a, b]) => [a!, b!]],
  "logSoftmax along the first axis": [
    ([a, b]) => [[a!, b!]],
    (x) => logSoftmax(x!, { axis: 0 }),
    ([a, b]) => [a!, b!],
  ],
  logSumExp: [([a, b]) => [[a!, b!]], (x) => logSumExp(x!, { axis: 1 }), ([a]) => [a!]],
  "norm of order 3": [([a, b]) => [[a!, b!]], (x) => norm(x!, { axis: 0, order: 3 }), ([, b]) => [b!]],
  variance: [([a, b]) => [[a!, b!]], (x) => variance(x!, { axis: 0 }), ([, b]) => [b!]],
  takeAlong: [
    ([a, b]) => [[a!, 3, b!]],
    (x) => takeAlong(x!, broadcastTo(constant(1, "i32"), [x!.shape[0]!, 2, x!.shape[2]!]), { axis: 1 }),
    ([a, b]) => [a!, 2, b!],
  ],
  conv2d: [
    ([a, b, c]) => [
      [a!, b!, 5, 4],
      [c!, b!, 2, 3],
    ],
    (x, y) => conv2d(x!, y!, { padding: 1 }),
    ([a, , c]) => [a!, c!, 6, 4],
  ],
  maxPool2d: [([a, b]) => [[a!, b!, 5, 4]], (x) => maxPool2d(x!, [2, 3]), ([a, b]) => [a!, b!, 2, 1]],
  avgPool2d: [([a, b]) => [[a!, b!, 5, 4]], (x) => avgPool2d(x!, 2), ([a, b]) => [a!, b!, 2, 2]],
  stack: [
    ([a, b]) => [
      [a!, b!],
      [a!, b!],
    ],
    (x, y) => stack([x!, y!], { axis: 1 }),
    ([a, b]) => [a!, 2, b!],
  ],
  scan: [
    ([a, b, c]) => [
      [a!, b!],
      [c!, a!, b!],
    ],
    (h, xs) =>
      scan((state: Tensor, x: Tensor) => ({ carry: mul(state, x), y: mul(state, x) }), { init: h!, xs: xs! })
        .ys,
    ([a, b, c]) => [c!, a!, b!],
  ],
};

function expectShapes(shapes: Shape[], fn: (...xs: Tensor[]) => Tensor, result: Shape): void {
  const xs = shapes.map((shape) => constant(weights(shape)));
  const y = fn(...xs);
  const value = evaluate(y);
  expect([y.shape, value.shape]).toEqual([result, result]);
  expect(value.data.length).toBe(result.reduce((size, n) => size * n, 1));
  const gradients = evaluate(vjp(y, xs, constant(weights(y.shape))));
  expect((gradients as unknown as (typeof value)[]).map(({ shape }) => shape)).toEqual(shapes);
}

describe("zero-size axes", () => {
  for (const [name, [shapes, fn, result]] of Object.entries(cases))
    test(name, () => expectShapes(shapes, fn, result));
  const lengths = fc
    .array(fc.constantFrom(0, 0, 1, 2, 3), { minLength: 4, maxLength: 4 })
    .filter((all) => all.includes(0));
  for (const [name, [shapes, fn, result]] of Object.entries(anyLength))
    test(`${name}, any axis of no length`, () => {
      fc.assert(
        fc.property(lengths, (n) => expectShapes(shapes(n), fn, result(n))),
        runs(8),
      );
    });
  test("dot of nothing is NumPy's: zeros", () => {
    const y = evaluate(dot(constant(emptyArray("f32", [2, 0])), constant(emptyArray("f32", [3, 0, 4]))));
    expect(y).toEqual(emptyArray("f32", [2, 3, 4]));
  });
  test("logSumExp of nothing is PyTorch's: -∞", () => {
    const y = evaluate(logSumExp(constant(emptyArray("f64", [2, 0])), { axis: 1 }));
    expect(y.toNested()).toEqual([-Infinity, -Infinity]);
  });
  test("the sum of nothing is 0, the product 1, the mean NaN", () => {
    const nothing = constant(emptyArray("f64", [0]));
    const { s, p, m } = evaluate({ s: sum(nothing), p: prod(nothing), m: mean(nothing) });
    expect([s.item(), p.item(), m.item()]).toEqual([0, 1, Number.NaN]);
  });
  test("oneHot of nothing", () => expect(evaluate(oneHot(noIds, 3)).shape).toEqual([0, 3]));
});
