import type { KernelRule } from "../graph/kernel-rule.ts";
import type { Node } from "../graph/tensor.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { View } from "./kernel.ts";
import { labelOf, type Scope } from "./scope.ts";
import { smallProducts } from "./small-products.ts";
import { reshapedView, sameView, withLayout } from "./view.ts";

type Rule<Kind> = Extract<KernelRule<unknown>, { kind: Kind }>;

/** Kinds whose kernels write into whatever strided place they are given. */
const writers: ReadonlySet<string> = new Set(["map", "reduce", "product"]);

/**
 * Lets operands that are put together be computed in their place: the places of parts are wanted before the parts
 * are made. From the last node to the first, so that parts of parts find their place too.
 */
export function reserveParts(nodes: readonly Node[], scope: Scope): void {
  if (scope.program.watch) return;
  const own = new Set(nodes);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const { kernel } = node.op;
    if (kernel.kind !== "assemble" || kernel.fill || sizeOf(node.results[0]!.shape) === 0) continue;
    const result = node.result();
    if (!scope.wanted.has(result)) scope.want(result, scope.fresh(result, labelOf(node)));
    const y = scope.wanted.get(result)![0]!;
    const places = kernel.places(y, node.inputs, node.attributes);
    node.inputs.forEach((part, at) => {
      const makes = part.node.op.kernel;
      const computed = writers.has(makes.kind) || (makes.kind === "assemble" && !makes.fill);
      if (own.has(part.node) && computed && !scope.wanted.has(part)) {
        scope.want(part, withLayout(y, places[at]!));
      }
    });
  }
}

export function lowerAssemble(rule: Rule<"assemble">, node: Node, y: View, scope: Scope): void {
  const inputs = node.inputs.map((tensor) => scope.value(tensor));
  if (rule.fill) scope.fill(y, rule.fill(node.attributes), [node]);
  const places = rule.places(y, node.inputs, node.attributes);
  inputs.forEach((part, i) => {
    const place = withLayout(y, places[i]!);
    if (!sameView(part, place)) scope.copy(part, place, [node]);
  });
}

/** Ops that move elements around, and products, which go no way backwards: each has a kernel of its own. */
export function lowerMove(
  rule: Exclude<KernelRule<unknown>, Rule<"map" | "reduce" | "view" | "assemble">>,
  node: Node,
  y: View,
  scope: Scope,
): void {
  const inputs = node.inputs.map((tensor) => scope.value(tensor));
  const nodes = [node];
  switch (rule.kind) {
    case "product": {
      const small = sizeOf(inputs[0]!.shape) > 0 && smallProducts(inputs[0]!, inputs[1]!, y, node);
      if (small) {
        scope.kernels.push(small);
        return;
      }
      const [a, b] = inputs.map((view) =>
        view.strides.some((stride) => stride < 0) ? scope.dense(view, node) : view,
      ) as [View, View];
      if (sizeOf(a.shape) === 0) scope.fill(y, 0, nodes);
      else scope.kernels.push({ kind: "product", a, b, c: y, nodes });
      return;
    }
    case "gather": {
      const [table, indices] = inputs as [View, View];
      const check = rule.check(node.attributes);
      const rows = sizeOf(indices.shape);
      throughRows(y, [rows, ...table.shape.slice(1)], node, scope, (result) => {
        const flat = scope.reshaped(indices, [rows], node);
        scope.kernels.push({ kind: "gather", check, table, indices: flat, result, nodes });
      });
      return;
    }
    case "scatterAdd": {
      const [x, indices, updates] = inputs as [View, View, View];
      if (!sameView(x, y)) scope.copy(x, y, nodes);
      const rows = sizeOf(indices.shape);
      if (rows === 0) return;
      const flat = scope.reshaped(indices, [rows], node);
      const added = scope.reshaped(updates, [rows, ...y.shape.slice(1)], node);
      const check = rule.check(node.attributes);
      scope.kernels.push({ kind: "scatterAdd", check, target: y, indices: flat, updates: added, nodes });
      return;
    }
    case "dynamicSlice": {
      const [whole, starts] = inputs as [View, View];
      scope.kernels.push({ kind: "box", direction: "out", whole, starts, part: y, nodes });
      return;
    }
    case "dynamicUpdateSlice": {
      const [x, part, starts] = inputs as [View, View, View];
      if (!sameView(x, y)) scope.copy(x, y, nodes);
      if (sizeOf(part.shape) > 0)
        scope.kernels.push({ kind: "box", direction: "in", whole: y, starts, part, nodes });
      return;
    }
    case "overlap": {
      const [source] = inputs as [View];
      scope.fill(y, 0, nodes);
      const target = withLayout(y, rule.place(y, node.attributes));
      if (sizeOf(source.shape) > 0) scope.kernels.push({ kind: "overlap", target, source, nodes });
      return;
    }
    case "cumulative": {
      const [source] = inputs as [View];
      scope.kernels.push({ kind: "cumulative", source, result: y, axis: rule.axis(node.attributes), nodes });
      return;
    }
    case "sort": {
      const [source] = inputs as [View];
      scope.kernels.push({
        kind: "sort",
        source,
        result: y,
        ordering: rule.ordering(node.attributes),
        nodes,
      });
      return;
    }
    default:
      throw new Error(`${node.op.name} has no kernel of the kind ${rule.kind}`);
  }
}

/** Writes a result as rows; where its place cannot be seen as rows, through a dense copy. */
function throughRows(y: View, shape: Shape, node: Node, scope: Scope, write: (rows: View) => void): void {
  const rows = reshapedView(y, shape);
  if (rows) {
    write(rows);
    return;
  }
  const dense = scope.fresh({ dtype: y.buffer.dtype, shape }, labelOf(node));
  write(dense);
  scope.copy(scope.reshaped(dense, y.shape, node), y, [node]);
}
