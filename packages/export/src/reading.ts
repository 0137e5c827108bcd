/** How formats read a graph: what is needed of it, and which operands a node really has. */
import type { DType, Node, Scope, Shape, Tensor } from "@org/core";
import { ops } from "@org/core/ops";

/**
 * What a node reads. Formats broadcast where they combine elements, so a tensor that is repeated for that alone is read
 * as it is; of a user's gradient rule only the value is left.
 */
export function effectiveOperands(node: Node): readonly Tensor[] {
  const { op, inputs } = node;
  if (op === ops.customGradient) return inputs.slice(0, 1);
  if (op.kernel.kind !== "map" || inputs.length < 2) return inputs;
  const narrow = inputs.map((tensor) => (tensor.op === ops.broadcastTo ? tensor.inputs[0]! : tensor));
  const { shape } = node.results[0]!;
  for (const whole of [-1, ...inputs.keys()]) {
    const operands = narrow.map((tensor, i) => (i === whole ? inputs[i]! : tensor));
    if (same(together(operands.map((tensor) => tensor.shape)), shape)) return operands;
  }
  return inputs;
}

const same = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

/** The shape of tensors that broadcast together. */
function together(shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return lengths.find((length) => length !== 1) ?? 1;
  });
}

/** What a node reads where formats don't broadcast: of a user's gradient rule only the value is left. */
export const operandsOf = ({ op, inputs }: Node): readonly Tensor[] =>
  op === ops.customGradient ? inputs.slice(0, 1) : inputs;

/** The nodes that the outputs need and that are not given, operands first. */
export function reachable(
  outputs: readonly Tensor[],
  given: { has(tensor: Tensor): boolean },
  operands: (node: Node) => readonly Tensor[] = effectiveOperands,
): Node[] {
  const seen = new Set<Node>();
  const pending: Tensor[] = [...outputs];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    const { node } = tensor;
    if (given.has(tensor) || seen.has(node)) continue;
    seen.add(node);
    pending.push(...operands(node));
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Every dtype that is computed in, in bodies too. */
export function dtypesOf(outputs: readonly Tensor[]): Set<DType> {
  const found = new Set<DType>();
  for (const node of reachable(outputs, new Set())) {
    for (const { dtype } of node.results) found.add(dtype);
    for (const body of node.op.bodies?.(node.attributes) ?? [])
      for (const dtype of dtypesOf(body.outputs)) found.add(dtype);
  }
  return found;
}

/** The regions around a node, outermost first. */
export function regionsOf({ origin }: Node): string[] {
  const labels: string[] = [];
  for (let at: Scope | undefined = origin.scope; at; at = at.parent) labels.unshift(at.label);
  return labels;
}
