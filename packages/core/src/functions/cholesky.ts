import { withScope } from "../graph/provenance.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scan } from "../loops/scan.ts";
import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { greaterEqual, where } from "../ops/comparison.ts";
import { customGradient } from "../ops/control.ts";
import { sqrt } from "../ops/exponential.ts";
import { arange, take } from "../ops/indexing.ts";
import { matmul } from "../ops/matmul.ts";
import type { Operand } from "../ops/operand.ts";
import { sliceAxis } from "../ops/rearrange.ts";
import { flipLast, moveAxis, reshape } from "../ops/reshape.ts";
import { inOneBatch, toSquare, triangle } from "./matrices.ts";
import { triangularSolve } from "./triangular.ts";

/**
 * Cholesky factor of symmetric positive definite matrices: `a = L Lᵀ`, L lower triangular with a positive diagonal. What
 * is factored is `(a + aᵀ) / 2`, so the gradient is symmetric, as in JAX (NumPy reads the lower triangle alone). A matrix
 * that is not positive definite gives NaN in the whole triangle.
 * Shapes:   `a [..., n, n]` → `[..., n, n]`
 * Gradient: `ga = sym(L⁻ᵀ Φ(Lᵀ g) L⁻¹)`; Φ takes the lower triangle and halves the diagonal
 * @throws ShapeError for matrices that are not square; DTypeError for integers and booleans
 * Source: Murray 2016, "Differentiation of the Cholesky decomposition", equation 10
 * @example
 * evaluate(cholesky([[4, 2], [2, 10]])); // → [[2, 0], [1, 3]]
 */
export function cholesky(a: Operand): Tensor {
  const given = toSquare("cholesky", a);
  return withScope("cholesky", () => reshape(factor(symmetric(inOneBatch(given))), given.shape));
}

/** `(x + xᵀ) / 2` */
export const symmetric = (x: Tensor): Tensor => mul(0.5, add(x, flipLast(x)));

const factor = /* @__PURE__ */ customGradient(factored, (g, L) => {
  const inner = triangle(matmul(flipLast(L), triangle(g, "lower")), "lower");
  const halved = mul(0.5, add(inner, triangle(inner, "lower", -1)));
  const options = { lower: true, transposed: true };
  const left = triangularSolve(L, halved, options);
  // Of L⁻ᵀ leftᵀ, which is the transpose of left L⁻¹: sym does not see the difference.
  return [symmetric(triangularSolve(L, flipLast(left), options))];
});

/** Column j is that of what is left of `a [batch, n, n]`, over the root of its pivot; its products leave the rest. */
function factored(a: Tensor): Tensor {
  const [batch, n] = a.shape as [number, number];
  if (n === 0) return a;
  const { ys } = scan(
    (rest: Tensor, j: Tensor) => {
      const column = take(rest, j, { axis: 2 });
      const pivot = take(column, j, { axis: 1 });
      const l = where(greaterEqual(arange(n), j), div(column, reshape(sqrt(pivot), [batch, 1])), 0);
      return { carry: sub(rest, mul(reshape(l, [batch, n, 1]), reshape(l, [batch, 1, n]))), y: l };
    },
    { init: a, xs: arange(n) },
  );
  const L = moveAxis(ys, 0, 2);
  // A pivot that is not positive has left NaN in all columns behind it: the last element tells.
  const last = sliceAxis(sliceAxis(L, 1, n - 1, n), 2, n - 1, n);
  return triangle(add(L, mul(0, last)), "lower");
}
