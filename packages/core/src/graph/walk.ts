import { sameShape } from "../shape.ts";
import { relocate } from "./provenance.ts";
import { beginWalk, Node, type Tensor } from "./tensor.ts";

/**
 * Every node that the tensors depend on, in topological order. `enter` may keep the walk from going below a node.
 * No recursion: a chain of any length is fine.
 */
export function ancestors(tensors: readonly Tensor[], enter?: (node: Node) => boolean): Node[] {
  const walk = beginWalk();
  const found: Node[] = [];
  for (const { node } of tensors) if (node.enters(walk)) found.push(node);
  // `found` holds what was seen; those before `next` have been looked below.
  for (let next = 0; next < found.length; next++) {
    const node = found[next]!;
    if (enter && !enter(node)) continue;
    const { inputs } = node;
    for (let i = 0; i < inputs.length; i++) {
      const below = inputs[i]!.node;
      if (below.enters(walk)) found.push(below);
    }
  }
  return byId(found);
}

/** Up to as many nodes, an id and a place fit into one double. */
const PLACES = 2 ** 21;

/** Nodes by ascending id. Numbers alone are sorted by the engine itself: no function of ours runs for each pair. */
function byId(nodes: Node[]): Node[] {
  const { length } = nodes;
  if (length > PLACES) return nodes.sort((a, b) => a.id - b.id);
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) keys[i] = nodes[i]!.id * PLACES + i;
  keys.sort();
  const sorted = new Array<Node>(length);
  for (let i = 0; i < length; i++) sorted[i] = nodes[keys[i]! % PLACES]!;
  return sorted;
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
  if (replacements.size === 0) return [...tensors];
  const made = new Map<Node, Node>();
  const current = (tensor: Tensor): Tensor => {
    const replaced = replacements.get(tensor);
    if (replaced) return replaced;
    const node = made.get(tensor.node);
    return node ? node.result(tensor.index) : tensor;
  };
  for (const node of ancestors(tensors)) {
    const inputs = rewritten(node.inputs, current);
    if (inputs !== node.inputs) made.set(node, rebuild(node, inputs));
  }
  return tensors.map(current);
}

/** The tensors that stand for the given ones: the very list where all stand for themselves. */
export function rewritten(
  tensors: readonly Tensor[],
  current: (tensor: Tensor) => Tensor,
): readonly Tensor[] {
  for (let i = 0; i < tensors.length; i++) {
    if (current(tensors[i]!) !== tensors[i]) return tensors.map(current);
  }
  return tensors;
}

function rebuild(node: Node, inputs: readonly Tensor[]): Node {
  const sameTypes = inputs.every((input, i) => {
    const old = node.inputs[i]!;
    return input.dtype === old.dtype && sameShape(input.shape, old.shape);
  });
  const results = sameTypes ? node.results : node.op.infer(inputs, node.attributes);
  return new Node(node.op, inputs, node.attributes, results, node.name, relocate(node.origin));
}
