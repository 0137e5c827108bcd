import { sameShape } from "../shape.ts";
import { relocate } from "./provenance.ts";
import { Node, type Tensor } from "./tensor.ts";

/**
 * Every node that the tensors depend on, in topological order. `enter` may keep the walk from going below a node.
 * No recursion: a chain of any length is fine.
 */
export function ancestors(tensors: readonly Tensor[], enter: (node: Node) => boolean = () => true): Node[] {
  const seen = new Set<Node>();
  const pending: Node[] = [];
  const visit = ({ node }: Tensor): void => {
    if (seen.has(node)) return;
    seen.add(node);
    pending.push(node);
  };
  tensors.forEach(visit);
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (enter(node)) node.inputs.forEach(visit);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Which of the nodes, given in topological order, depend on one of the tensors. */
export function descendants(nodes: readonly Node[], of: Iterable<Tensor>): Set<Node> {
  const roots = new Set(of);
  const dependent = new Set<Node>();
  for (const node of nodes) {
    if (node.inputs.some((input) => roots.has(input) || dependent.has(input.node))) dependent.add(node);
  }
  return dependent;
}

/**
 * The same tensors with some of their ancestors replaced. Nodes that depend on no replaced tensor are shared;
 * others are made again, with their types inferred again where an operand's type changed.
 */
export function substitute(tensors: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  const made = new Map<Node, Node>();
  const current = (tensor: Tensor): Tensor => {
    const replaced = replacements.get(tensor);
    if (replaced) return replaced;
    const node = made.get(tensor.node);
    return node ? node.result(tensor.index) : tensor;
  };
  for (const node of ancestors(tensors)) {
    const inputs = node.inputs.map(current);
    if (inputs.some((input, i) => input !== node.inputs[i])) made.set(node, rebuild(node, inputs));
  }
  return tensors.map(current);
}

function rebuild(node: Node, inputs: readonly Tensor[]): Node {
  const sameTypes = inputs.every((input, i) => {
    const old = node.inputs[i]!;
    return input.dtype === old.dtype && sameShape(input.shape, old.shape);
  });
  const results = sameTypes ? node.results : node.op.infer(inputs, node.attributes);
  return new Node(node.op, inputs, node.attributes, results, node.name, relocate(node.origin));
}
