import { placeholder } from "../graph/leaves.ts";
import type { Tensor } from "../graph/tensor.ts";
import { substitute } from "../graph/walk.ts";
import type { Operand } from "../ops/operand.ts";
import { fill } from "../ops/promotion.ts";
import type { Structure } from "../structure.ts";
import { checkLoss, type Gradients, grad, leavesOf, match, rebuild, type Tensors, vjp } from "./gradient.ts";
import { pullback } from "./reverse.ts";

/**
 * Jacobian–vector product: `∂outputs/∂wrt · tangents`, the change of the outputs when `wrt` moves along `tangents`.
 *
 * Derived, not a second set of rules: `u ↦ uᵀ J` is linear, so its own transpose, applied to the tangents, is `J t`.
 * Shapes:   `tangents` as `wrt`, the result as `outputs`
 * @throws ShapeError, DTypeError, GraphError where structures or shapes don't match
 * @example
 * const x = parameter("x", [1, 2]);
 * evaluate(jvp(square(x), x, [10, 100])); // → [20, 400]
 */
export function jvp<const S extends Tensors>(
  outputs: S,
  wrt: Tensors,
  tangents: Structure<Operand>,
): Gradients<S> {
  const ys = leavesOf("jvp", outputs, "outputs");
  const xs = leavesOf("jvp", wrt, "wrt");
  const ts = match("jvp", "tangents", tangents, wrt);
  const us = ys.map((y) => placeholder(y));
  const transposed = pullback(ys, us, xs);
  const reached = xs.map((_, i) => i).filter((i) => transposed[i] !== undefined);
  const results = pullback(
    reached.map((i) => transposed[i]!),
    reached.map((i) => ts[i]!),
    us,
  );
  const zeros = new Map(us.map((u) => [u, fill(0, u)]));
  const tensors = substitute(
    ys.map((y, i) => results[i] ?? fill(0, y)),
    zeros,
  );
  return rebuild(outputs, tensors);
}

/**
 * Hessian–vector product: `∂²loss/∂wrt² · vectors`, at the cost of a few gradients and without the Hessian
 * (forward over reverse; Pearlmutter 1994, "Fast exact multiplication by the Hessian").
 * Shapes:   `vectors` and the result as `wrt`
 * @throws ShapeError for a loss that is not a scalar; DTypeError, GraphError
 * @example
 * const x = parameter("x", [1, 2]);
 * evaluate(hvp(sum(pow(x, 3)), x, [1, 1])); // → [6, 12]
 */
export function hvp<const S extends Tensors>(
  loss: Tensor,
  wrt: S,
  vectors: Structure<Operand>,
): Gradients<S> {
  checkLoss("hvp", loss);
  leavesOf("hvp", wrt, "wrt");
  match("hvp", "vectors", vectors, wrt);
  const gradient: Tensors = grad<Tensors>(loss, wrt);
  return jvp<Tensors>(gradient, wrt, vectors) as unknown as Gradients<S>;
}

/**
 * Product with the generalized Gauss–Newton matrix: `G · vectors`, where `G = Jᵀ H J`, `J = ∂outputs/∂wrt`, and H is the
 * Hessian of the loss by the outputs. G is the Hessian of the loss without the curvature of the network in between; where
 * the loss is convex in its outputs (squared errors; cross-entropy of logits) it has no negative eigenvalue, and can be
 * inverted by conjugate gradients (`conjugateGradients` of `@org/optim`). At the cost of a few gradients, without J or H.
 *
 * The loss counts as a function of the outputs alone: what reaches it from `wrt` on another way, such as a penalty on
 * weights, is left out. Outputs do not depend on each other.
 * Shapes:   `outputs` any, or a structure of tensors; `vectors` and the result as `wrt`
 * @throws ShapeError for a loss that is not a scalar; DTypeError, GraphError
 * Source: Schraudolph 2002, "Fast curvature matrix-vector products for second-order gradient descent"
 * @example
 * const w = parameter("w", [1, 2]);
 * const y = square(w); // J = diag(2, 4)
 * const loss = sum(square(y)); // H = 2
 * evaluate(gaussNewtonProduct(loss, y, w, [1, 1])); // → [8, 32]
 * evaluate(hvp(loss, w, [1, 1])); // → [12, 48]
 */
export function gaussNewtonProduct<const S extends Tensors>(
  loss: Tensor,
  outputs: Tensors,
  wrt: S,
  vectors: Structure<Operand>,
): Gradients<S> {
  leavesOf("gaussNewtonProduct", outputs, "outputs");
  checkLoss("gaussNewtonProduct", loss);
  leavesOf("gaussNewtonProduct", wrt, "wrt");
  match("gaussNewtonProduct", "vectors", vectors, wrt);
  const moved: Structure<Operand> = jvp<Tensors>(outputs, wrt, vectors);
  return vjp(outputs, wrt, hvp<Tensors>(loss, outputs, moved)) as unknown as Gradients<S>;
}
