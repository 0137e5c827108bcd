import { withScope } from "../graph/provenance.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, sub } from "../ops/arithmetic.ts";
import { matmul } from "../ops/matmul.ts";
import type { Operand } from "../ops/operand.ts";
import { concat, sliceAxis } from "../ops/rearrange.ts";
import { flipLast, reshape } from "../ops/reshape.ts";
import { householder } from "./householder.ts";
import { finiteOrNaN, inOneBatch, leadOf, toMatrices, triangle } from "./matrices.ts";
import { severalResults } from "./several-results.ts";
import { triangularSolve } from "./triangular.ts";

/** What `qr` gives. */
export interface QR {
  /** Orthonormal columns, `[..., m, k]`. */
  readonly Q: Tensor;
  /** Upper triangular, `[..., k, n]`. */
  readonly R: Tensor;
}

/**
 * QR factors, `a = Q R`, the reduced ones, by Householder's reflections. Signs are those of LAPACK, NumPy and JAX: an
 * element on the diagonal of R has the other sign than the one that the reflections before have left in its place, and
 * is that one itself where there are only zeros below it. A matrix with a NaN or an infinity gives NaN.
 * Shapes:   `a [..., m, n]` → `Q [..., m, k], R [..., k, n]`, k the smaller of m and n
 * Gradient: `ga = (gQ + Q sym(R gRᵀ - gQᵀ Q)) R⁻ᵀ`, where sym mirrors the lower triangle, for m ≥ n; of wider matrices
 *   it is that of their first m columns, and `R = Qᵀ a` behind them. Infinities or NaN where those are dependent.
 * @throws ShapeError for what is no matrix; DTypeError for integers and booleans
 * Source: Walter & Lehmann 2018, "Algorithmic differentiation of linear algebra functions with application in optimum
 *   experimental design", section 4.3
 * @example
 * const { Q, R } = qr([[3, 1], [4, 2]]);
 * evaluate(R); // → [[-5, -2.2], [0, 0.4]]
 * evaluate(matmul(Q, R)); // → [[3, 1], [4, 2]]
 */
export function qr(a: Operand): QR {
  const given = toMatrices("qr", a);
  return withScope("qr", () => {
    const whole = finiteOrNaN(inOneBatch(given));
    const [, m, n] = whole.shape as [number, number, number];
    const square = n > m ? sliceAxis(whole, 2, 0, m) : whole;
    const [Q, R] = factored(square) as [Tensor, Tensor];
    const all = n > m ? concat([R, matmul(flipLast(Q), sliceAxis(whole, 2, m, n))], { axis: 2 }) : R;
    const inBatches = (x: Tensor): Tensor => reshape(x, [...leadOf(given), ...x.shape.slice(1)]);
    return { Q: inBatches(Q), R: inBatches(all) };
  });
}

const factored = /* @__PURE__ */ severalResults(
  (a) => {
    const { Q, R } = householder(a);
    return [Q, R];
  },
  ([gQ, gR], [Q, R]) => {
    const inner = sub(matmul(R!, flipLast(triangle(gR!, "upper"))), matmul(flipLast(gQ!), Q!));
    const mirrored = add(triangle(inner, "lower"), flipLast(triangle(inner, "lower", -1)));
    return flipLast(triangularSolve(R!, flipLast(add(gQ!, matmul(Q!, mirrored)))));
  },
);
