import { isFloat } from "../dtype.ts";
import { DTypeError, GraphError, ShapeError } from "../errors.ts";
import { showType } from "../graph/leaves.ts";
import { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { describeAll } from "../ops/elementwise.ts";
import { type Operand, toTensor } from "../ops/operand.ts";
import { fill, isOperand } from "../ops/promotion.ts";
import { sameShape, showShape } from "../shape.ts";
import { eachPair, flatten, type Mapped, type Structure, withLeaves } from "../structure.ts";
import { pullback } from "./reverse.ts";

/** A tensor, or arrays and records of tensors to any depth. */
export type Tensors = Structure<Tensor>;

/** A structure with a tensor for each tensor. */
export type Gradients<S> = Mapped<S, Tensor, Tensor>;

export const isTensor = (value: unknown): boolean => value instanceof Tensor;

/** The leaves of `wrt`. @throws GraphError, DTypeError */
export function leavesOf(op: string, structure: Tensors, role: string): readonly Tensor[] {
  const { leaves, paths } = flatten<Tensor>(structure, isTensor, op);
  if (structure === undefined)
    throw new GraphError({ op, problem: `${role}: expected a tensor, received undefined` });
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
  return withLeaves(like as Tensors, isTensor, leaves) as Gradients<S>;
}

/**
 * One tensor for each leaf of `like`, found at the same place in `given` and of the leaf's shape; numbers and arrays
 * become constants.
 * @throws GraphError, ShapeError
 */
export function match(op: string, role: string, given: Structure<Operand>, like: Tensors): Tensor[] {
  const found: Tensor[] = [];
  eachPair<Tensor>(like, isTensor, given, (leaf, part, path) => {
    if (!isOperand(part)) {
      const at = path ? ` at ${path}` : "";
      throw new GraphError({
        op,
        problem: `${role}${at}: expected a tensor or a value, received ${kindOf(part)}`,
      });
    }
    const tensor = toTensor(op, part as Operand, leaf.dtype);
    if (tensor.dtype !== leaf.dtype || !sameShape(tensor.shape, leaf.shape)) {
      const problem = `${role}${path && ` ${path}`}: expected ${showType(leaf)}, received ${showType(tensor)}`;
      throw new ShapeError({ op, problem });
    }
    found.push(tensor);
  });
  return found;
}

const kindOf = (value: unknown): string =>
  value === undefined
    ? "nothing"
    : Array.isArray(value)
      ? "an array"
      : typeof value === "object"
        ? "a record"
        : typeof value;

/**
 * The gradient of a scalar: `∂loss/∂wrt`, as graphs, so that it can be evaluated, drawn, compiled or differentiated
 * again. Every use of `wrt` in the loss counts, also one that a function captured; `gradOf(f)(x)` counts what goes
 * through the argument of `f` alone.
 * Shapes:   the structure and the shapes of `wrt`; zeros for a tensor that the loss does not depend on
 * @throws ShapeError for a loss that is not a scalar; DTypeError for integers and booleans
 * @example
 * const x = parameter("x", [1, 2, 3]);
 * evaluate(grad(sum(square(x)), x)); // → [2, 4, 6]
 * evaluate(grad(sum(grad(sum(pow(x, 3)), x)), { x }).x); // → [6, 12, 18]
 */
export function grad<const S extends Tensors>(loss: Tensor, wrt: S): Gradients<S> {
  checkLoss("grad", loss);
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
  return pullTo("vjp", ys, match("vjp", "cotangents", cotangents, outputs), wrt);
}

/** @throws ShapeError for a loss that is not a scalar; DTypeError, GraphError for one that is no tensor of floats */
export function checkLoss(op: string, loss: Tensor): void {
  if (!(loss instanceof Tensor)) {
    const problem = `loss: expected one scalar tensor, received ${inWords(loss)}`;
    throw new GraphError({ op, problem });
  }
  leavesOf(op, loss, "loss");
  if (loss.shape.length === 0) return;
  throw new ShapeError({
    op,
    problem: `expected a scalar loss, received ${showShape(loss.shape)}`,
    operands: describeAll([loss], ["loss"]),
    hint: "mean(loss) or sum(loss) is a scalar; vjp and jacobian take other shapes",
  });
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
