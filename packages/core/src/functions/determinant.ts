import { withScope } from "../graph/provenance.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import { broadcastTo, sum } from "../ops/broadcast.ts";
import { cast } from "../ops/cast.ts";
import { customGradient } from "../ops/control.ts";
import { log } from "../ops/exponential.ts";
import { take } from "../ops/indexing.ts";
import type { Operand } from "../ops/operand.ts";
import { abs } from "../ops/piecewise.ts";
import { reshape } from "../ops/reshape.ts";
import { type Factors, factorsOf, solveWith } from "./factors.ts";
import { eye } from "./filled.ts";
import { diagonal, inOneBatch, leadOf, toSquare } from "./matrices.ts";
import { prod } from "./statistics.ts";

/**
 * Determinant of square matrices, `det a`: written out up to 3 × 3, by LU factors from there.
 * Shapes:   `a [..., n, n]` → `[...]`; 1 for n = 0
 * Gradient: `ga = g det(a) a⁻ᵀ`: of singular matrices from 4 × 4 on NaN
 * @throws ShapeError for matrices that are not square; DTypeError for integers and booleans
 * @example
 * evaluate(det([[1, 2], [3, 4]])); // → -2
 */
export function det(a: Operand): Tensor {
  const given = toSquare("det", a);
  return withScope("det", () => {
    const batch = inOneBatch(given);
    return reshape(batch.shape[1]! <= 3 ? writtenOut(batch) : byFactors(batch), leadOf(given));
  });
}

/** Expansion along the first row. */
function writtenOut(a: Tensor): Tensor {
  const n = a.shape[1]!;
  const at = (i: number, j: number): Tensor => take(take(a, i, { axis: 1 }), j, { axis: 1 });
  const minor = (j: number, k: number): Tensor =>
    sub(mul(at(n - 2, j), at(n - 1, k)), mul(at(n - 2, k), at(n - 1, j)));
  if (n === 0) return prod(a, { axis: [1, 2] });
  if (n === 1) return at(0, 0);
  if (n === 2) return minor(0, 1);
  return add(mul(at(0, 0), minor(1, 2)), mul(at(0, 1), minor(2, 0)), mul(at(0, 2), minor(0, 1)));
}

function byFactors(a: Tensor): Tensor {
  const factors = factorsOf(a);
  const differentiable = customGradient(
    (_: Tensor, lu: Tensor, _rows: Tensor, sign: Tensor) =>
      mul(cast(sign, lu.dtype), prod(diagonal(lu), { axis: 1 })),
    (g, y, [a, lu, rows]) => [scaled(mul(g, y), a, { lu, rows }), null, null, null],
  );
  return differentiable(a, factors.lu, factors.rows, factors.sign);
}

/** `g a⁻ᵀ`, with a number g for each matrix. */
const scaled = (g: Tensor, a: Tensor, factors: Pick<Factors, "lu" | "rows">): Tensor =>
  mul(reshape(g, [-1, 1, 1]), solveWith(a, factors, broadcastTo(eye(a.shape[1]!, a.dtype), a.shape), true));

/**
 * Logarithm of the size of the determinant, `log |det a|`, where the determinant itself may be too large or too small
 * for its dtype: the second result of NumPy's `slogdet`. A singular matrix gives −∞.
 * Shapes:   `a [..., n, n]` → `[...]`; 0 for n = 0
 * Gradient: `ga = g a⁻ᵀ`
 * @throws ShapeError for matrices that are not square; DTypeError for integers and booleans
 * @example
 * evaluate(logDet([[1, 0], [3, -1]])); // → 0
 */
export function logDet(a: Operand): Tensor {
  const given = toSquare("logDet", a);
  return withScope("logDet", () => {
    const batch = inOneBatch(given);
    const factors = factorsOf(batch);
    const differentiable = customGradient(
      (_: Tensor, lu: Tensor, _rows: Tensor, _sign: Tensor) => sum(log(abs(diagonal(lu))), { axis: 1 }),
      (g, _, [a, lu, rows]) => [scaled(g, a, { lu, rows }), null, null, null],
    );
    return reshape(differentiable(batch, factors.lu, factors.rows, factors.sign), leadOf(given));
  });
}
