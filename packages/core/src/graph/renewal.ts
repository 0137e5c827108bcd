import { GraphError } from "../errors.ts";
import { inputOp, placeholderOp } from "./leaves.ts";
import type { Node, Tensor } from "./tensor.ts";
import { ancestors } from "./walk.ts";

/** Who asks for a tensor that changes from step to step, and what to do where it doesn't. */
export interface Renewal {
  /** The layer. */
  readonly op: string;
  readonly hint: string;
}

const renewals = new WeakMap<Node, Renewal>();

/**
 * Marks a tensor that has to be new in every step of training, such as what dropout draws, and returns it. `compile`
 * refuses a program with updates in which nothing changes it: neither an input nor a parameter that is updated.
 * @example
 * const [w, kept] = [parameter("w", [1, 1]), randomBernoulli(randomKey(1), 0.5, [2])];
 * const loss = sum(where(renewed(kept, { op: "half", hint: "feed a key" }), w, 0));
 * compile({ updates: [[w, sub(w, grad(loss, w))]] }); // throws GraphError
 */
export function renewed(tensor: Tensor, renewal: Renewal): Tensor {
  renewals.set(tensor.node, renewal);
  return tensor;
}

/** @throws GraphError for one among the nodes that is the same in every step, where `updated` are what steps change */
export function checkRenewed(nodes: readonly Node[], updated: ReadonlySet<Tensor>): void {
  const changes = (node: Node): boolean =>
    node.op === inputOp || node.op === placeholderOp || updated.has(node.result());
  for (const node of nodes) {
    const renewal = renewals.get(node);
    if (!renewal || ancestors([node.result()]).some(changes)) continue;
    throw new GraphError({
      op: "compile",
      problem: `${renewal.op} would draw the same in every step: nothing changes its key`,
      rule: "beside updates, a key comes from an input or from a parameter that is updated too",
      hint: renewal.hint,
    });
  }
}
