import { placeholder } from "../graph/leaves.ts";
import type { Body } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors, descendants, substitute } from "../graph/walk.ts";

/** A body whose outer tensors have become inputs of their own, in front of the others. */
export interface ClosedBody extends Body {
  readonly outputs: Tensor[];
  /** The outer tensors, in the order of their placeholders. */
  readonly captured: readonly Tensor[];
}

/**
 * Closes a piece of graph over its placeholders. Everything that does not depend on them is taken in from outside,
 * as late as possible, so work that is the same in every step is done once, outside. Literals that were made inside,
 * and cheap expressions of them, stay inside: those made before the placeholders are tensors that somebody may ask
 * for the gradient of. `own` nodes count as made inside.
 */
export function closeBody(
  placeholders: readonly Tensor[],
  outputs: readonly Tensor[],
  own: ReadonlySet<Node> = new Set(),
): ClosedBody {
  const nodes = ancestors(outputs);
  const inside = descendants(nodes, placeholders);
  for (const { node } of placeholders) inside.add(node);
  const first = placeholders.reduce((id, { node }) => Math.min(id, node.id), Infinity);
  const literal = literals(nodes.filter((node) => node.id > first || own.has(node)));
  const captured = new Map<Tensor, Tensor>();
  const capture = (tensor: Tensor): void => {
    if (inside.has(tensor.node) || literal.has(tensor.node) || captured.has(tensor)) return;
    captured.set(tensor, placeholder(tensor, tensor.name));
  };
  for (const node of nodes) if (inside.has(node)) node.inputs.forEach(capture);
  outputs.forEach(capture);
  return {
    captured: [...captured.keys()],
    inputs: [...captured.values(), ...placeholders],
    outputs: substitute(outputs, captured),
  };
}

/** Literals, and cheap expressions of literals: not worth carrying into a body from outside. */
function literals(nodes: readonly Node[]): Set<Node> {
  const found = new Set<Node>();
  for (const node of nodes) {
    if (node.op.cheap && node.inputs.every((input) => found.has(input.node))) found.add(node);
  }
  return found;
}
