import {
  type Gradients,
  grad,
  isTensor,
  leavesOf,
  rebuild,
  type Tensors,
  vjp,
} from "../autodiff/gradient.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scan } from "../loops/scan.ts";
import { cast } from "../ops/cast.ts";
import { reshape } from "../ops/reshape.ts";
import { sizeOf } from "../shape.ts";
import { type Mapped, withLeaves } from "../structure.ts";
import { eye } from "./filled.ts";

/**
 * All first derivatives: `J[…i, …j] = ∂output[…i] / ∂wrt[…j]`. One loop over the elements of `output`, each a row by
 * the reverse pass.
 * Shapes:   `output [...i]`, `wrt [...j]` → `[...i, ...j]`, in the structure of `wrt`
 * @throws DTypeError for integers and booleans
 * @example
 * const x = parameter("x", [1, 2]);
 * evaluate(jacobian(square(x), x)); // → [[2, 0], [0, 4]]
 */
export function jacobian<const S extends Tensors>(output: Tensor, wrt: S): Gradients<S> {
  leavesOf("jacobian", output, "output");
  const leaves = leavesOf("jacobian", wrt, "wrt");
  const size = sizeOf(output.shape);
  const basis = reshape(cast(eye(size), output.dtype), [size, ...output.shape]);
  const { ys } = scan(
    (_carry, cotangent: Tensor) => ({ carry: {}, y: vjp(output, leaves, cotangent) as Tensors }),
    {
      init: {},
      xs: basis,
    },
  );
  const rows = ys as readonly Tensor[];
  return rebuild(
    wrt,
    leaves.map((leaf, i) => reshape(rows[i]!, [...output.shape, ...leaf.shape])),
  );
}

/**
 * All second derivatives: `H[…i, …j] = ∂²loss / ∂wrt[…i] ∂wrt[…j]`.
 * Shapes:   `wrt [...s]` → `[...s, ...s]`; for a structure, one block per pair in the structure twice over
 * @throws ShapeError for a loss that is not a scalar; DTypeError
 * @example
 * const x = parameter("x", [1, 2]);
 * evaluate(hessian(sum(pow(x, 3)), x)); // → [[6, 0], [0, 12]]
 */
export function hessian<const S extends Tensors>(loss: Tensor, wrt: S): Mapped<S, Tensor, Gradients<S>> {
  const leaves = leavesOf("hessian", wrt, "wrt");
  const gradients = grad(loss, leaves) as readonly Tensor[];
  const rows = gradients.map((gradient) => jacobian<Tensors>(gradient, wrt));
  return withLeaves(wrt as Tensors, isTensor, rows) as never;
}
