import { type BatchContext, isBatched } from "../graph/op.ts";
import { replacingEach } from "../graph/provenance.ts";
import { Node, type Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { broadcastTo } from "../ops/broadcast.ts";

/** `[...s]` → `[size, ...s]`, the same for every example. */
export const spread = (x: Tensor, size: number): Tensor => broadcastTo(x, [size, ...x.shape]);

/**
 * A piece of graph for all examples at once: its outputs where some placeholders are replaced, by tensors with an axis of
 * `size` examples in front, or by ones of the same shape. What depends on none of them is shared, what depends on none
 * with the axis is made again as it was, and for the rest each node answers by its own rule.
 */
export function batchGraph(
  outputs: readonly Tensor[],
  replaced: ReadonlyMap<Tensor, Tensor>,
  size: number,
): Tensor[] {
  const current = new Map(replaced);
  const now = (tensor: Tensor): Tensor => current.get(tensor) ?? tensor;
  const first = [...replaced.keys()].reduce((id, { node }) => Math.min(id, node.id), Infinity);
  replacingEach(
    ancestors(outputs, ({ id }) => id > first),
    (node) => {
      const inputs = node.inputs.map(now);
      if (inputs.every((input, i) => input === node.inputs[i])) return;
      const batched = inputs.map((input, i) => isBatched(input, node.inputs[i]!));
      const results = batched.includes(true)
        ? node.op.batch(inputs, node, contextOf(size, batched))
        : again(node, inputs);
      results.forEach((result, i) => {
        current.set(node.result(i), result);
      });
    },
  );
  return outputs.map(now);
}

const contextOf = (size: number, batched: readonly boolean[]): BatchContext => ({
  size,
  batched,
  spread: (x) => spread(x, size),
  batch: (outputs, replaced) => batchGraph(outputs, replaced, size),
});

/** The results of a node with other operands of the same types. */
function again({ op, attributes, results, name, origin }: Node, inputs: readonly Tensor[]): Tensor[] {
  const node = new Node(op, inputs, attributes, results, name, origin);
  return results.map((_, i) => node.result(i));
}
