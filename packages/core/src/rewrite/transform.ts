import type { Op } from "../graph/op.ts";
import { replacingEach } from "../graph/provenance.ts";
import { Node, type Tensor } from "../graph/tensor.ts";
import { ancestors, rewritten } from "../graph/walk.ts";

/** The results of a node that stand for the old ones, by index; those that nobody reads may be left out. */
export type Results = readonly (Tensor | undefined)[];

/**
 * Looks at a node with its operands already rewritten, and says what takes its place; undefined keeps it.
 * `inputs` is the list `node.inputs` itself where no operand changed; `wanted` are the indices of the results that
 * anybody reads; `current` is what stands for a tensor that had its turn.
 */
export type Visit = (
  node: Node,
  inputs: readonly Tensor[],
  wanted: readonly number[],
  current: (tensor: Tensor) => Tensor,
) => Results | undefined;

/**
 * The same tensors after each node had its turn, operands first. `nodes` may be in any such order; `ops` are those that
 * are visited, all by default.
 */
export function transform(
  roots: readonly Tensor[],
  visit: Visit,
  { nodes = ancestors(roots), ops }: { readonly nodes?: readonly Node[]; readonly ops?: readonly Op[] } = {},
): Tensor[] {
  const wanted = readResults(nodes, roots);
  const replaced = new Map<Tensor, Tensor>();
  const current = (tensor: Tensor): Tensor => replaced.get(tensor) ?? tensor;
  replacingEach(nodes, (node) => {
    const inputs = replaced.size > 0 ? rewritten(node.inputs, current) : node.inputs;
    const isVisited = ops === undefined || ops.includes(node.op);
    if (!isVisited && inputs === node.inputs) return;
    const indices = node.results.length === 1 ? FIRST : (wanted.get(node) ?? []);
    const results = isVisited ? visit(node, inputs, indices, current) : undefined;
    if (!results && inputs === node.inputs) return;
    const kept = results ? undefined : onOperands(node, inputs);
    for (const index of indices) {
      const result = kept ? kept.result(index) : results![index];
      if (result && result !== node.result(index)) replaced.set(node.result(index), result);
    }
  });
  return roots.map(current);
}

const FIRST: readonly number[] = [0];

/** The node itself, or one like it on rewritten operands. */
export const onOperands = (node: Node, inputs: readonly Tensor[]): Node =>
  inputs === node.inputs
    ? node
    : new Node(node.op, inputs, node.attributes, node.results, node.name, node.origin);

/** Which results of nodes with several are read. */
function readResults(nodes: readonly Node[], roots: readonly Tensor[]): Map<Node, number[]> {
  const read = new Map<Node, number[]>();
  if (nodes.every((node) => node.results.length === 1)) return read;
  const add = ({ node, index }: Tensor): void => {
    if (node.results.length === 1) return;
    const indices = read.get(node);
    if (!indices) read.set(node, [index]);
    else if (!indices.includes(index)) indices.push(index);
  };
  for (const node of nodes) node.inputs.forEach(add);
  roots.forEach(add);
  return read;
}
