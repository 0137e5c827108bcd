import { defaultDType } from "../default-dtype.ts";
import type { DType } from "../dtype.ts";
import { requireDType } from "../given.ts";
import { Tensor } from "../graph/tensor.ts";
import type { ArrayValue } from "../ndarray.ts";
import { broadcastTo } from "../ops/broadcast.ts";
import { cast } from "../ops/cast.ts";
import { equal } from "../ops/comparison.ts";
import { arange } from "../ops/indexing.ts";
import { type Operand, toTensor } from "../ops/operand.ts";
import { reshape } from "../ops/reshape.ts";
import type { Shape } from "../shape.ts";
import { requireShape } from "../sizes.ts";

/**
 * A shape filled with one value, or with a value that broadcasts to it.
 * Shapes:   `value [...s]` → `shape`
 * Gradient: `gvalue = sum of g over the repeated axes`
 * @param dtype Default: that of `value`, `f32` for a plain number.
 * @throws ShapeError for a shape that `value` does not broadcast to, or that has sizes that are not whole
 * @example
 * evaluate(full([2, 2], 7)); // → [[7, 7], [7, 7]]
 * full([3], 1, "i32").dtype; // → "i32"
 */
export const full = (shape: Shape, value: Operand, dtype?: DType): Tensor =>
  fill("full", shape, value, dtype);

/**
 * A shape of zeros.
 * @param dtype Default `f32`, unless `withDType` says otherwise.
 * @throws ShapeError for sizes that are not whole numbers from 0 up
 * @example
 * evaluate(zeros([2])); // → [0, 0]
 */
export const zeros = (shape: Shape, dtype: DType = defaultDType()): Tensor => fill("zeros", shape, 0, dtype);

/**
 * A shape of ones.
 * @param dtype Default `f32`, unless `withDType` says otherwise.
 * @throws ShapeError for sizes that are not whole numbers from 0 up
 * @example
 * evaluate(ones([2])); // → [1, 1]
 */
export const ones = (shape: Shape, dtype: DType = defaultDType()): Tensor => fill("ones", shape, 1, dtype);

/**
 * Zeros in the shape and the dtype of `x`.
 * @param dtype Default: that of `x`.
 * @example
 * evaluate(zerosLike([1, 2])); // → [0, 0]
 */
export const zerosLike = (x: Operand, dtype?: DType): Tensor => fillLike("zerosLike", x, 0, dtype);

/**
 * Ones in the shape and the dtype of `x`.
 * @param dtype Default: that of `x`.
 * @example
 * evaluate(onesLike([1, 2])); // → [1, 1]
 */
export const onesLike = (x: Operand, dtype?: DType): Tensor => fillLike("onesLike", x, 1, dtype);

/**
 * The identity matrix `[n, n]`.
 * @param dtype Default `f32`, unless `withDType` says otherwise.
 * @throws ShapeError for a size that is not a whole number from 0 up
 * @example
 * evaluate(eye(2)); // → [[1, 0], [0, 1]]
 */
export function eye(n: number, dtype: DType = defaultDType()): Tensor {
  requireShape("eye", [n]);
  requireDType("eye", dtype);
  return cast(equal(reshape(arange(n), [n, 1]), reshape(arange(n), [1, n])), dtype);
}

function fill(op: string, shape: Shape, value: Operand, dtype: DType | undefined): Tensor {
  requireShape(op, shape);
  if (dtype !== undefined) requireDType(op, dtype);
  const tensor = value instanceof Tensor ? value : toTensor(op, value as ArrayValue, dtype);
  return broadcastTo(dtype ? cast(tensor, dtype) : tensor, shape);
}

function fillLike(op: string, x: Operand, value: number, dtype: DType | undefined): Tensor {
  const like = toTensor(op, x);
  return fill(op, like.shape, value, dtype ?? like.dtype);
}
