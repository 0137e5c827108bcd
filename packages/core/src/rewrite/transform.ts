import { replacing } from "../graph/provenance.ts";
import { Node, type Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";

/** The results of a node that stand for the old ones, by index; those that nobody reads may be left out. */
export type Results = readonly (Tensor | undefined)[];

/**
 * Looks at a node with its operands already rewritten, and says what takes its place; undefined keeps it.
 * `wanted` are the indices of the results that anybody reads; `current` is what stands for a tensor that had its turn.
 */
export type Visit = (
  node: Node,
  inputs: readonly Tensor[],
  wanted: readonly number[],
  current: (tensor: Tensor) => Tensor,
) => Results | undefined;

/** The same tensors after each node had its turn, operands first. `nodes` may be in any such order. */
export function transform(
  roots: readonly Tensor[],
  visit: Visit,
  nodes: readonly Node[] = ancestors(roots),
): Tensor[] {
  const wanted = readResults(nodes, roots);
  const replaced = new Map<Tensor, Tensor>();
  const current = (tensor: Tensor): Tensor => replaced.get(tensor) ?? tensor;
  for (const node of nodes) {
    const inputs = node.inputs.map(current);
    const indices = wanted.get(node) ?? [];
    const results = replacing(node, () => visit(node, inputs, indices, current) ?? keep(node, inputs));
    for (const index of indices) {
      const result = results[index];
      if (result && result !== node.result(index)) replaced.set(node.result(index), result);
    }
  }
  return roots.map(current);
}

/** The node itself, or one like it on the rewritten operands. */
function keep(node: Node, inputs: readonly Tensor[]): Results {
  const same = inputs.every((input, i) => input === node.inputs[i]);
  const kept = same ? node : new Node(node.op, inputs, node.attributes, node.results, node.name, node.origin);
  return kept.results.map((_, index) => kept.result(index));
}

function readResults(nodes: readonly Node[], roots: readonly Tensor[]): Map<Node, number[]> {
  const read = new Map<Node, number[]>();
  const add = ({ node, index }: Tensor): void => {
    const indices = read.get(node) ?? [];
    if (!indices.includes(index)) read.set(node, [...indices, index]);
  };
  for (const node of nodes) node.inputs.forEach(add);
  roots.forEach(add);
  return read;
}
