import type { KernelRule } from "../graph/kernel-rule.ts";
import type { Node } from "../graph/tensor.ts";
import { load } from "./expressions.ts";
import type { Expression, View } from "./kernel.ts";
import type { Scope } from "./scope.ts";
import { withLayout } from "./view.ts";

type Rule<Kind> = Extract<KernelRule<unknown>, { kind: Kind }>;

/** The operand seen in another order; where strides cannot say it, a dense copy of it is. */
export function lowerView(rule: Rule<"view">, node: Node, scope: Scope): void {
  const [x] = node.inputs;
  const type = node.results[0]!;
  const seen = scope.value(x!);
  const layout = rule.view(seen, node.attributes, type);
  if (layout) {
    scope.values.set(node.result(), withLayout(seen, layout));
    return;
  }
  const copied = scope.dense(seen, node);
  scope.values.set(node.result(), withLayout(copied, rule.view(copied, node.attributes, type)!));
}

export function lowerMap(rule: Rule<"map">, node: Node, y: View, scope: Scope): void {
  const { attributes, nodes } = { attributes: node.attributes, nodes: [node] };
  const inputs = node.inputs.map((tensor) => scope.value(tensor));
  const type = node.results[0]!;
  const operands = rule.operands
    ? rule.operands(inputs, attributes, type).map(({ input, layout }) => withLayout(inputs[input]!, layout))
    : inputs;
  const { cheap } = node.op;
  const value: Expression = { kind: "apply", rule, cheap, attributes, operands: operands.map(load), type };
  scope.kernels.push({ kind: "map", shape: type.shape, stores: [{ view: y, value }], nodes });
}

export function lowerReduce(rule: Rule<"reduce">, node: Node, y: View, scope: Scope): void {
  const x = scope.value(node.inputs[0]!);
  const axes = rule.axes(node.attributes);
  const kept = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const seen: View = {
    ...x,
    shape: order.map((axis) => x.shape[axis]!),
    strides: order.map((axis) => x.strides[axis]!),
  };
  scope.kernels.push({
    kind: "reduce",
    combine: rule.combine,
    kept: kept.map((axis) => x.shape[axis]!),
    reduced: axes.map((axis) => x.shape[axis]!),
    value: load(seen),
    store: y,
    nodes: [node],
  });
}
