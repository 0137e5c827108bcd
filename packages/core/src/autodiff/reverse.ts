import { isFloat } from "../dtype.ts";
import { differentiate } from "../graph/provenance.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors, descendants } from "../graph/walk.ts";
import { add } from "../ops/arithmetic.ts";

/**
 * The reverse pass: from cotangents of `outputs` to those of `wrt`, undefined where nothing flows.
 *
 * A node's cotangent is complete once all nodes that use it have been pulled, so nodes are pulled in descending
 * topological order; contributions meet by `add`. Only nodes between `wrt` and `outputs` are visited.
 */
export function pullback(
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | undefined)[],
  wrt: readonly Tensor[],
): (Tensor | undefined)[] {
  const nodes = ancestors(outputs);
  const active = descendants(nodes, wrt);
  const incoming = new Map<Tensor, Tensor>();
  const arrive = (tensor: Tensor, g: Tensor | undefined): void => {
    if (!g || !isFloat(tensor.dtype)) return;
    const earlier = incoming.get(tensor);
    incoming.set(tensor, earlier ? add(earlier, g) : g);
  };

  outputs.forEach((output, i) => {
    if (active.has(output.node) || wrt.includes(output)) arrive(output, cotangents[i]);
  });
  const wanted = new Set(wrt);
  const reaches = (input: Tensor): boolean =>
    isFloat(input.dtype) && (wanted.has(input) || active.has(input.node));

  for (const node of nodes.reverse()) {
    if (!active.has(node)) continue;
    const gs = node.results.map((_, i) => incoming.get(node.result(i)));
    if (gs.every((g) => g === undefined)) continue;
    differentiate(node, () => {
      const needed = node.inputs.map(reaches);
      const gradients = node.op.pull(gs, node, { pullback, needed });
      node.inputs.forEach((operand, i) => {
        if (needed[i]) arrive(operand, gradients[i]);
      });
    });
    release(node, incoming, wanted);
  }
  return wrt.map((tensor) => incoming.get(tensor));
}

/** Cotangents that have been passed on and that nobody asked for. */
function release(node: Node, incoming: Map<Tensor, Tensor>, wanted: ReadonlySet<Tensor>): void {
  node.results.forEach((_, i) => {
    const tensor = node.result(i);
    if (!wanted.has(tensor)) incoming.delete(tensor);
  });
}
