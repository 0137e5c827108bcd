/** Samples of any shape, for ops that compute all examples in one way or another by the shapes they are given. */
import fc from "fast-check";
import { axisCheck } from "../../src/graph/index-check.ts";
import type { Op } from "../../src/graph/op.ts";
import { array, type NDArray } from "../../src/ndarray.ts";
import { dynamicSliceOp, dynamicUpdateSliceOp } from "../../src/ops/dynamic-slice.ts";
import { scatterAddOp, takeOp } from "../../src/ops/indexing.ts";
import { matmulOp } from "../../src/ops/matmul.ts";
import { type Shape, sizeOf } from "../../src/shape.ts";
import { filled, plain, type Sample, sample } from "../samples/arrays.ts";

const length = fc.integer({ min: 1, max: 3 });
const lengths = (maxLength: number, minLength = 0): fc.Arbitrary<number[]> =>
  fc.array(length, { minLength, maxLength });

/** Whole numbers of a range in a shape. */
const indices = (shape: Shape, min: number, max: number): fc.Arbitrary<NDArray> => {
  const size = sizeOf(shape);
  return fc
    .array(fc.integer({ min, max }), { minLength: size, maxLength: size })
    .map((values) => array(Int32Array.from(values), { shape, dtype: "i32" }));
};

const product = fc
  .tuple(lengths(2), length, length, length)
  .map(([lead, m, k, n]): Sample => plain(filled([...lead, m, k]), filled([...lead, k, n], 1)));

/** Rows, and which of them are asked for, from the end too. */
const rows = fc
  .tuple(length, lengths(2), lengths(2))
  .chain(([n, row, asked]) => indices(asked, -n, n - 1).map((chosen) => ({ n, row, asked, chosen })));

const taken = rows.map(
  ({ n, row, chosen }): Sample => sample([filled([n, ...row]), chosen], { check: axisCheck("take", 0, n) }),
);

const added = rows.map(
  ({ n, row, asked, chosen }): Sample =>
    sample([filled([n, ...row]), chosen, filled([...asked, ...row], 1)], {
      check: axisCheck("scatterAdd", 0, n),
    }),
);

/** A box, and where it starts: outside as well. */
const boxes = fc
  .array(
    length.chain((n) => fc.tuple(fc.constant(n), fc.oneof(fc.nat({ max: n }), fc.constant(n)))),
    { maxLength: 3 },
  )
  .chain((axes) => {
    const shape = axes.map(([n]) => n);
    const sizes = axes.map(([, size]) => size);
    return indices([shape.length], -1, 3).map((starts) => ({ shape, sizes, starts }));
  });

const sliced = boxes.map(({ shape, sizes, starts }): Sample => sample([filled(shape), starts], { sizes }));
const updated = boxes.map(
  ({ shape, sizes, starts }): Sample => plain(filled(shape), filled(sizes, 1), starts),
);

export const drawnSamples: ReadonlyMap<Op, fc.Arbitrary<Sample>> = new Map([
  [matmulOp, product],
  [takeOp, taken],
  [scatterAddOp, added],
  [dynamicSliceOp, sliced],
  [dynamicUpdateSliceOp, updated],
]);
