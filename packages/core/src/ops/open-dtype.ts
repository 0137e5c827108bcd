import type { DType } from "../dtype.ts";
import { constant } from "../graph/leaves.ts";
import { Tensor } from "../graph/tensor.ts";
import { ancestors, descendants } from "../graph/walk.ts";
import { cast } from "./cast.ts";
import { isWeak, type Operand } from "./operand.ts";

/** What stands for plain numbers in the bodies that are being drawn, the outermost first. */
const standIns: Tensor[] = [];

/** Draws a body, in which `inside` stands for what was given: plain numbers have no dtype of their own there either. */
export function drawnOpen<T>(given: readonly Operand[], inside: readonly Tensor[], draw: () => T): T {
  const before = standIns.length;
  standIns.push(...inside.filter(({ dtype }, i) => dtype === "f32" && isOpen(given[i]!)));
  try {
    return draw();
  } finally {
    standIns.length = before;
  }
}

/** Whether an operand takes the dtype of what it meets: a plain number, or what a body that is being drawn makes of one. */
export function isOpen(x: Operand): boolean {
  if (isWeak(x)) return true;
  if (standIns.length === 0 || !(x instanceof Tensor) || x.dtype !== "f32") return false;
  const first = standIns[0]!.node.id;
  const nodes = new Set(ancestors([x], (node) => node.id >= first));
  return standIns.some(({ node }) => nodes.has(node));
}

/** An open operand in a dtype: the number itself, or a cast, which the body around does without when it is drawn again. */
export const inDType = (x: Operand, dtype: DType): Tensor =>
  x instanceof Tensor ? cast(x, dtype) : constant(x, dtype);

/**
 * The operands of a piece of graph (a step of a loop, a checkpoint) that has been drawn from `inside`, with the plain
 * numbers among them as wide as what they meet there: one that an `f64` value depends on is `f64`. Undefined where all
 * are as wide already; otherwise the graph has to be drawn again.
 */
export function widenOpen(
  given: readonly Operand[],
  operands: readonly Tensor[],
  inside: readonly Tensor[],
  outputs: readonly Tensor[],
): Tensor[] | undefined {
  const open = operands.map((tensor, i) => tensor.dtype === "f32" && isOpen(given[i]!));
  if (!open.includes(true)) return undefined;
  const first = inside.reduce((id, { node }) => Math.min(id, node.id), Infinity);
  const nodes = ancestors(outputs, (node) => node.id >= first);
  const meetsDoubles = (tensor: Tensor): boolean =>
    [...descendants(nodes, [tensor])].some(({ results }) => results.some(({ dtype }) => dtype === "f64"));
  const wide = operands.map((_, i) => open[i]! && meetsDoubles(inside[i]!));
  return wide.includes(true)
    ? operands.map((tensor, i) => (wide[i] ? inDType(given[i]!, "f64") : tensor))
    : undefined;
}
