import type { Tensor } from "../graph/tensor.ts";
import { ancestors, descendants } from "../graph/walk.ts";
import { isWeak, type Operand, toTensor } from "./operand.ts";

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
  const open = operands.map((tensor, i) => tensor.dtype === "f32" && isWeak(given[i]!));
  if (!open.includes(true)) return undefined;
  const first = inside.reduce((id, { node }) => Math.min(id, node.id), Infinity);
  const nodes = ancestors(outputs, (node) => node.id >= first);
  const meetsDoubles = (tensor: Tensor): boolean =>
    [...descendants(nodes, [tensor])].some(({ results }) => results.some(({ dtype }) => dtype === "f64"));
  const wide = operands.map((_, i) => open[i]! && meetsDoubles(inside[i]!));
  return wide.includes(true)
    ? operands.map((tensor, i) => (wide[i] ? toTensor(given[i]!, "f64") : tensor))
    : undefined;
}
