import type { Tensors } from "../autodiff/gradient.ts";
import { DTypeError, GraphError, ShapeError } from "../errors.ts";
import { showType } from "../graph/leaves.ts";
import { MOST_ELEMENTS, Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { type Operand, strengthen, toTensor } from "../ops/operand.ts";
import { isOperand } from "../ops/promotion.ts";
import { sameShape, showShape } from "../shape.ts";
import { type Flat, flatten, type Mapped, type Structure, withLeaves } from "../structure.ts";

/** A tensor or value, or arrays and records of them. */
export type Operands = Structure<Operand>;

/** What a step sees of a structure of operands: a tensor for each. */
export type Inside<S> = Mapped<S, Operand, Tensor>;

/** The leaves as tensors; plain numbers in the dtype of the tensor of `like` at their place. */
export function flattenOperands(
  role: string,
  structure: Operands | undefined,
  like: readonly Tensor[] = [],
): Flat<Tensor> {
  if (structure === undefined) return { leaves: [], paths: [] };
  const { leaves, paths } = flatten<Operand>(structure, isOperand, "scan");
  const tensors = leaves.map((leaf, i) => {
    if (isOperand(leaf)) return like[i] ? strengthen("scan", leaf, like[i].dtype) : toTensor("scan", leaf);
    const path = paths[i] ? `${role}.${paths[i]}` : role;
    throw new GraphError({
      op: "scan",
      problem: `${path}: expected a tensor or a value, received ${leaf === null ? "null" : typeof leaf}`,
    });
  });
  return { leaves: tensors, paths };
}

/** `leaves` in the structure of `like`. */
export function inStructure(like: Operands | undefined, leaves: readonly Tensor[]): Tensors | undefined {
  return like === undefined ? undefined : withLeaves<Operand, Tensor>(like, isOperand, leaves);
}

/** @throws GraphError where `xs` disagree about the number of steps, or nothing says it */
export function loopLength({ leaves, paths }: Flat<Tensor>, given: number | undefined): number {
  const describe = (leaf: Tensor, i: number): string =>
    `xs${paths[i] && `.${paths[i]}`} ${showShape(leaf.shape)}`;
  const scalar = leaves.findIndex((leaf) => leaf.shape.length === 0);
  if (scalar >= 0) {
    throw new GraphError({
      op: "scan",
      problem: `${describe(leaves[scalar]!, scalar)} has no first axis to step along`,
    });
  }
  const lengths = new Set([...leaves.map((leaf) => leaf.shape[0]!), ...(given === undefined ? [] : [given])]);
  const [length] = lengths;
  if (lengths.size === 1 && Number.isInteger(length) && length! >= 0 && length! <= MOST_ELEMENTS)
    return length!;
  if (lengths.size === 1 && length! > MOST_ELEMENTS) {
    throw new GraphError({ op: "scan", problem: `${length} steps, at most ${MOST_ELEMENTS} can be counted` });
  }
  const said = [...leaves.map(describe), ...(given === undefined ? [] : [`length ${given}`])].join(", ");
  const problem =
    lengths.size === 0
      ? "neither xs nor length says how many steps"
      : `lengths differ or are not whole: ${said}`;
  throw new GraphError({ op: "scan", problem });
}

/** @throws ShapeError, DTypeError, GraphError for a number of steps that is none */
export function stepCount(count: Operand | undefined): Tensor | undefined {
  if (count === undefined) return undefined;
  if (typeof count === "number" && !(Number.isInteger(count) && count === (count | 0)))
    throw new GraphError({ op: "scan", problem: `count: expected a whole number, received ${count}` });
  const tensor = strengthen("scan", count, "i32");
  const { shape, dtype, name } = tensor;
  const complaint = {
    op: "scan",
    operands: [{ label: "count", shape, dtype, name }],
    rule: "count i32 []: how many steps run",
  };
  if (dtype !== "i32") throw new DTypeError({ ...complaint, problem: `count is i32, received ${dtype}` });
  if (shape.length === 0) return tensor;
  throw new ShapeError({ ...complaint, problem: `count is one number, received ${showShape(shape)}` });
}

export function segmentLength(checkpoint: "sqrt" | number | undefined, length: number): number | undefined {
  if (checkpoint === undefined) return undefined;
  if (checkpoint === "sqrt") return Math.max(1, Math.ceil(Math.sqrt(length)));
  if (Number.isInteger(checkpoint) && checkpoint > 0) return checkpoint;
  throw new GraphError({
    op: "scan",
    problem: `checkpoint: expected "sqrt" or a whole number from 1, received ${inWords(checkpoint)}`,
  });
}

export function checkTensor(leaf: unknown, path: string): void {
  if (leaf instanceof Tensor) return;
  throw new GraphError({
    op: "scan",
    problem: `${path}: expected a tensor, received ${leaf === null ? "null" : typeof leaf}`,
  });
}

/** The carry after a step, leaf by leaf as before it. */
export function checkCarry({ leaves, paths }: Flat<Tensor>, carry: Operands | undefined): Tensor[] {
  const rule = "a step returns each carry with the structure, shape and dtype that it received";
  const after = flattenOperands("carry", carry, leaves);
  if (after.paths.length !== paths.length || after.paths.some((path, i) => path !== paths[i])) {
    const list = (all: readonly string[]): string =>
      `{ ${all.map((path) => path || "(tensor)").join(", ")} }`;
    throw new GraphError({
      op: "scan",
      problem: `the carry changes structure: ${list(paths)} before a step, ${list(after.paths)} after it`,
      rule,
      ...(carry === undefined && { hint: "return { carry, y }" }),
    });
  }
  return after.leaves.map((leaf, i) => {
    const before = leaves[i]!;
    if (leaf.dtype === before.dtype && sameShape(leaf.shape, before.shape)) return leaf;
    const path = paths[i] ? `carry.${paths[i]}` : "carry";
    const problem = `${path} changes: ${showType(before)} before a step, ${showType(leaf)} after it`;
    throw new GraphError({ op: "scan", problem, rule, hint: remedy(before, leaf, paths[i]!) });
  });
}

function remedy(before: Tensor, after: Tensor, path: string): string {
  const name = path ? `init.${path}` : "init";
  if (sameShape(before.shape, after.shape)) {
    return `cast the result to ${before.dtype}, or start from ${name} of dtype ${after.dtype}`;
  }
  return `start from ${name} of shape ${showShape(after.shape)}, or reduce the result to ${showShape(before.shape)}`;
}
