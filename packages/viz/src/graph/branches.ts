import { ancestors, isLoop, type Loop, type Node, type Tensor } from "@org/core";

/** Whether a node is one of the two branches of `cond`: a loop of a step that runs or does not. */
export function isBranch(node: Node): boolean {
  if (!isLoop(node)) return false;
  const { counted, length } = node.attributes as Loop;
  return counted && length === 1;
}

/**
 * A branch is drawn where it stands, as what it computes: what its body reads becomes what the branch was given. Returns
 * the nodes of the body, in their order.
 */
export function openBranch<Value>(node: Node, values: Map<Tensor, Value>): Node[] {
  const { body } = node.attributes as Loop;
  body.inputs.forEach((inside, i) => {
    values.set(inside, values.get(node.inputs[i]!)!);
  });
  return ancestors(body.outputs).filter((each) => !values.has(each.result()));
}

/** What a branch gives is what its body gives. */
export function closeBranch<Value>(node: Node, values: Map<Tensor, Value>): void {
  (node.attributes as Loop).body.outputs.forEach((output, i) => {
    values.set(node.result(i), values.get(output)!);
  });
}
