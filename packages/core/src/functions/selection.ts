import { defaultDType } from "../default-dtype.ts";
import type { DType } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { requireDType } from "../given.ts";
import { axisCheck } from "../graph/index-check.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { broadcastTo } from "../ops/broadcast.ts";
import { cast } from "../ops/cast.ts";
import { equal } from "../ops/comparison.ts";
import { arange, take } from "../ops/indexing.ts";
import { type Operand, resolveAxis, strengthen, toTensor } from "../ops/operand.ts";
import { reshape } from "../ops/reshape.ts";
import { checkOptionNames } from "../option-names.ts";
import { showShape, stridesOf } from "../shape.ts";
import { requireWhole } from "../sizes.ts";
import { expandDims } from "./arrangement.ts";

/**
 * One element per place along an axis, the last by default: `y[…, i, …] = x[…, indices[…, i, …], …]`. Negative
 * indices count from the end.
 * Shapes:   `x [...s], indices [...i]`, equal but for `axis` → `[...i]`
 * Gradient: elements that are taken repeatedly add up
 * @throws ShapeError where shapes differ and, when evaluated, for an index that is out of range; DTypeError
 * @example
 * evaluate(takeAlong([[1, 2, 3], [4, 5, 6]], [[2], [0]])); // → [[3], [4]]
 */
export function takeAlong(x: Operand, indices: Operand, options: { readonly axis?: number } = {}): Tensor {
  const { axis = -1 } = checkOptionNames("takeAlong", options, "axis");
  const a = toTensor("takeAlong", x);
  const at = strengthen("takeAlong", indices, "i32");
  const along = resolveAxis("takeAlong", a, axis);
  const fits =
    at.shape.length === a.shape.length && at.shape.every((length, i) => i === along || length === a.shape[i]);
  if (!fits) {
    const problem = `indices ${showShape(at.shape)} and x ${showShape(a.shape)} differ on an axis other than ${along}`;
    throw new ShapeError({ op: "takeAlong", problem });
  }
  if (at.dtype !== "i32")
    throw new DTypeError({ op: "takeAlong", problem: `indices are i32, received ${at.dtype}` });
  const length = a.shape[along]!;
  const strides = stridesOf(a.shape);
  // Checked here: among the elements of all rows, an index outside of its row would find a neighbour's.
  const place = take(arange(length), at, { check: axisCheck("takeAlong", along, length) });
  const flat = at.shape.reduce(
    (total, size, i) => {
      if (i === along) return total;
      const places = mul(arange(size), strides[i]!);
      const column = at.shape.map((_, j) => (j === i ? size : 1));
      return add(total, broadcastTo(reshape(places, column), at.shape));
    },
    mul(place, strides[along]!),
  );
  return take(reshape(a, [-1]), flat);
}

/**
 * Rows of zeros with a one at each index; an index outside 0 … count - 1 gives a row of zeros.
 * Shapes: `indices [...i]` → `[...i, count]`
 * The `dtype` is `f32` by default.
 * @throws ShapeError for a count that is not whole from 0; DTypeError for indices that are not `i32`
 * @example
 * evaluate(oneHot([1, 0], 2)); // → [[0, 1], [1, 0]]
 */
export function oneHot(indices: Operand, count: number, options: { readonly dtype?: DType } = {}): Tensor {
  const { dtype = defaultDType() } = checkOptionNames("oneHot", options, "dtype");
  requireWhole("oneHot", "count", count);
  requireDType("oneHot", dtype);
  const ids = strengthen("oneHot", indices, "i32");
  if (ids.dtype !== "i32")
    throw new DTypeError({ op: "oneHot", problem: `indices are i32, received ${ids.dtype}` });
  return cast(equal(expandDims(ids, -1), arange(count)), dtype);
}
