import { withScope } from "../graph/provenance.ts";
import type { Tensor } from "../graph/tensor.ts";
import { broadcastTo } from "../ops/broadcast.ts";
import type { Operand } from "../ops/operand.ts";
import { reshape } from "../ops/reshape.ts";
import { factorsOf, solveWith } from "./factors.ts";
import { eye } from "./filled.ts";
import { inOneBatch, toSquare } from "./matrices.ts";
import { solveBatches } from "./triangular.ts";

/**
 * Solution of `a x = b`, by LU factors with partial pivoting, which the gradient uses again. A singular matrix gives
 * infinities or NaN.
 * Shapes:   `a [..., n, n], b [..., n, k]` → `[..., n, k]`, leading axes broadcast; a vector `b [n]` counts as one
 *   column → `[..., n]`
 * Gradient: `gb = a⁻ᵀ g`, `ga = −gb xᵀ`
 * @throws ShapeError for matrices that are not square or don't fit; DTypeError for integers and booleans
 * Source: Golub & Van Loan 2013, algorithm 3.4.1; the rule of Giles 2008, "Collected matrix derivative results".
 * @example
 * evaluate(solve([[0, 2], [4, 1]], [2, 9])); // → [2, 1]
 * evaluate(solve([[2, 0], [0, 4]], [[1], [1]])); // → [[0.5], [0.25]]
 */
export const solve = (a: Operand, b: Operand): Tensor =>
  withScope("solve", () =>
    solveBatches("solve", a, b, (left, right) => solveWith(left, factorsOf(left), right)),
  );

/**
 * Inverse of square matrices: `y = a⁻¹`. For `a⁻¹ b`, `solve` is faster and more exact. A singular matrix gives
 * infinities or NaN.
 * Shapes:   `a [..., n, n]` → `[..., n, n]`
 * Gradient: `ga = −yᵀ g yᵀ`
 * @throws ShapeError for matrices that are not square; DTypeError for integers and booleans
 * @example
 * evaluate(inverse([[2, 0], [1, 4]])); // → [[0.5, 0], [-0.125, 0.25]]
 */
export function inverse(a: Operand): Tensor {
  const given = toSquare("inverse", a);
  return withScope("inverse", () => {
    const batch = inOneBatch(given);
    const unit = broadcastTo(eye(batch.shape[1]!, batch.dtype), batch.shape);
    return reshape(solveWith(batch, factorsOf(batch), unit), given.shape);
  });
}
