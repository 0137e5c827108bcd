import { isFloat } from "../dtype.ts";
import { DTypeError, GraphError, ShapeError } from "../errors.ts";
import { Tensor } from "../graph/tensor.ts";
import { describeAll } from "../ops/elementwise.ts";
import { type Operand, toTensor } from "../ops/operand.ts";
import { fill, isOperand } from "../ops/promotion.ts";
import { sameShape, showShape } from "../shape.ts";
import { flatten, type Mapped, mapStructure, type Structure } from "../structure.ts";
import { pullback } from "./reverse.ts";

/** A tensor, or arrays and records of tensors to any depth. */
export type Tensors = Structure<Tensor>;

/** A structure with a tensor for each tensor. */
export type Gradients<S> = Mapped<S, Tensor, Tensor>;

export const isTensor = (value: unknown): boolean => value instanceof Tensor;

/** The leaves of `wrt`. @throws GraphError, DTypeError */
export function leavesOf(op: string, structure: Tensors, role: string): readonly Tensor[] {
  const { leaves, paths } = flatten<Tensor>(structure, isTensor);
  leaves.forEach((leaf, i) => {
    const at = `${role}${paths[i] ? ` ${paths[i]}` : ""}`;
    if (!(leaf instanceof Tensor))
      throw new GraphError({ op, problem: `${at}: expected a tensor, received ${typeof leaf}` });
    if (!isFloat(leaf.dtype)) {
      throw new DTypeError({
        op,
        problem: `${at}: ${leaf.dtype} has no derivative`,
        operands: describeAll([leaf], [role]),
        rule: "derivatives are of f32 or f64 with respect to f32 or f64",
      });
    }
  });
  return leaves;
}

/** The structure of `like`, its leaves replaced in order. */
export function rebuild<S>(like: S, leaves: readonly Tensor[]): Gradients<S> {
  let next = 0;
  return mapStructure(like as Tensors, isTensor, () => leaves[next++]!) as Gradients<S>;
}

/** One tensor per leaf, each of its leaf's shape; numbers and arrays become constants. */
export function match(op: string, role: string, given: unknown, leaves: readonly Tensor[]): Tensor[] {
  const { leaves: parts } = flatten<Operand>(given as Structure<Operand>, isOperand);
  if (parts.length !== leaves.length) {
    throw new GraphError({ op, problem: `expected ${leaves.length} ${role}, received ${parts.length}` });
  }
  return parts.map((part, i) => {
    const leaf = leaves[i]!;
    const tensor = toTensor(part, leaf.dtype);
    if (tensor.dtype === leaf.dtype && sameShape(tensor.shape, leaf.shape)) return tensor;
    throw new ShapeError({
      op,
      problem: `${role}[${i}] is ${showShape(tensor.shape)} ${tensor.dtype}, expected ${showShape(leaf.shape)} ${leaf.dtype}`,
    });
  });
}

/**
 * The gradient of a scalar: `∂loss/∂wrt`, as graphs, so that it can be evaluated, drawn, compiled or differentiated
 * again.
 * Shapes:   the structure and the shapes of `wrt`; zeros for a tensor that the loss does not depend on
 * @throws ShapeError for a loss that is not a scalar; DTypeError for integers and booleans
 * @example
 * const x = parameter("x", [1, 2, 3]);
 * evaluate(grad(sum(square(x)), x)); // → [2, 4, 6]
 * evaluate(grad(sum(grad(sum(pow(x, 3)), x)), { x }).x); // → [6, 12, 18]
 */
export function grad<const S extends Tensors>(loss: Tensor, wrt: S): Gradients<S> {
  leavesOf("grad", loss, "loss");
  if (loss.shape.length > 0) {
    throw new ShapeError({
      op: "grad",
      problem: `expected a scalar loss, received ${showShape(loss.shape)}`,
      operands: describeAll([loss], ["loss"]),
      hint: "mean(loss) or sum(loss) is a scalar; vjp and jacobian take other shapes",
    });
  }
  return pullTo("grad", [loss], [fill(1, loss)], wrt);
}

/**
 * Vector–Jacobian product: `Σ cotangentsᵀ ∂outputs/∂wrt`.
 * Shapes:   `cotangents` as `outputs`, the result as `wrt`
 * @throws ShapeError, DTypeError, GraphError where structures or shapes don't match
 * @example
 * const x = parameter("x", [1, 2]);
 * evaluate(vjp(square(x), x, [10, 100])); // → [20, 400]
 */
export function vjp<const S extends Tensors>(
  outputs: Tensors,
  wrt: S,
  cotangents: Structure<Operand>,
): Gradients<S> {
  const ys = leavesOf("vjp", outputs, "outputs");
  return pullTo("vjp", ys, match("vjp", "cotangents", cotangents, ys), wrt);
}

function pullTo<S extends Tensors>(
  op: string,
  ys: readonly Tensor[],
  gs: readonly Tensor[],
  wrt: S,
): Gradients<S> {
  const leaves = leavesOf(op, wrt, "wrt");
  const gradients = pullback(ys, gs, leaves);
  return rebuild(
    wrt,
    leaves.map((leaf, i) => gradients[i] ?? fill(0, leaf)),
  );
}
