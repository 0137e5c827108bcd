import { Node, type Tensor } from "@org/core";

/** The node with the copies of its operands; the node itself where they are the same. */
export function copyNode(node: Node, copies: Map<Tensor, Tensor>): void {
  const inputs = node.inputs.map((input) => copies.get(input)!);
  const same = inputs.every((input, i) => input === node.inputs[i]);
  const { op, attributes, results, name, origin } = node;
  const copy = same ? node : new Node(op, inputs, attributes, results, name, origin);
  results.forEach((_, i) => {
    copies.set(node.result(i), copy.result(i));
  });
}
