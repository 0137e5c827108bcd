import type { Tensor } from "../graph/tensor.ts";
import { mul } from "../ops/arithmetic.ts";
import { matmul } from "../ops/matmul.ts";
import type { Operand } from "../ops/operand.ts";
import { promoteAll } from "../ops/promotion.ts";
import { reshape, transpose } from "../ops/reshape.ts";
import { sizeOf } from "../shape.ts";

/**
 * NumPy's `dot`: a scalar multiplies; otherwise the last axis of `a` meets the last but one of `b` (its only one, for
 * a vector), without batches.
 * Shapes:   `a [...p, k], b [...q, k, n]` → `[...p, ...q, n]`
 * @throws ShapeError where the inner dimensions differ
 * @example
 * evaluate(dot([1, 2], [3, 4])); // → 11
 */
export function dot(a: Operand, b: Operand): Tensor {
  const [left, right] = promoteAll("dot", [a, b]) as [Tensor, Tensor];
  if (left.shape.length === 0 || right.shape.length === 0) return mul(left, right);
  if (right.shape.length <= 2) return matmul(left, right);
  const rank = right.shape.length;
  const lead = right.shape.slice(0, -2);
  const order = [rank - 2, ...lead.map((_, i) => i), rank - 1];
  const count = sizeOf(lead) * right.shape[rank - 1]!;
  const columns = reshape(transpose(right, order), [right.shape[rank - 2]!, count]);
  return reshape(matmul(left, columns), [...left.shape.slice(0, -1), ...lead, right.shape[rank - 1]!]);
}

/**
 * Outer product of two tensors taken flat: `y[i, j] = a[i] b[j]`.
 * Shapes: `a [m], b [n]` → `[m, n]`
 * @example
 * evaluate(outer([1, 2], [3, 4])); // → [[3, 4], [6, 8]]
 */
export function outer(a: Operand, b: Operand): Tensor {
  const [left, right] = promoteAll("outer", [a, b]) as [Tensor, Tensor];
  return mul(reshape(left, [-1, 1]), reshape(right, [1, -1]));
}
