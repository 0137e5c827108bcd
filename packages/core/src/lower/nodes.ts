import { GraphError } from "../errors.ts";
import type { KernelRule } from "../graph/kernel-rule.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { sizeOf } from "../shape.ts";
import { lowerMap, lowerReduce, lowerView } from "./elementwise.ts";
import { lowerConstant, lowerParameter } from "./leaves.ts";
import { lowerCall, lowerLoop } from "./loops.ts";
import { lowerAssemble, lowerMove, reserveParts } from "./moves.ts";
import type { Scope } from "./scope.ts";
import { sameView } from "./view.ts";

/**
 * Makes kernels of the nodes of one body, in their order. Views of a tensor cost nothing; every other op becomes a
 * kernel of its own, and `fuse` makes fewer of them. `outputs` are read from outside of the body.
 */
export function lowerNodes(nodes: readonly Node[], outputs: readonly Tensor[], scope: Scope): void {
  reserveParts(nodes, scope);
  const read = new Set([...outputs, ...nodes.flatMap(({ inputs }) => inputs)]);
  for (const node of nodes) {
    if (scope.values.has(node.result())) continue;
    lowerNode(node, scope, read);
    if (scope.program.watch) watch(node, scope);
  }
  for (const [tensor, places] of scope.wanted) {
    const value = scope.value(tensor);
    for (const place of places) if (!sameView(place, value)) scope.copy(value, place, [tensor.node]);
  }
}

type ComputingRule = Exclude<
  KernelRule<unknown>,
  { kind: "view" | "constant" | "parameter" | "bound" | "loop" | "call" }
>;

function lowerNode(node: Node, scope: Scope, read: ReadonlySet<Tensor>): void {
  const kernel: KernelRule<unknown> = node.op.kernel;
  switch (kernel.kind) {
    case "constant":
      lowerConstant(node, scope);
      break;
    case "parameter":
      lowerParameter(node, scope);
      break;
    case "bound":
      throw new GraphError({
        op: "compile",
        problem: `${JSON.stringify(node.name ?? node.op.name)} is used outside of the loop that it belongs to`,
      });
    case "view":
      lowerView(kernel, node, scope);
      break;
    case "loop":
      lowerLoop(node, scope, read, lowerNodes);
      break;
    case "call":
      lowerCall(node, scope, lowerNodes);
      break;
    default:
      lowerResult(kernel, node, scope);
  }
}

/** An op that computes one array. */
function lowerResult(kernel: ComputingRule, node: Node, scope: Scope): void {
  const y = scope.place(node.result());
  const checks = kernel.kind === "gather" && sizeOf(node.inputs[1]!.shape) > 0;
  if (sizeOf(y.shape) === 0 && !checks) return;
  if (kernel.kind === "map") lowerMap(kernel, node, y, scope);
  else if (kernel.kind === "reduce") lowerReduce(kernel, node, y, scope);
  else if (kernel.kind === "assemble") lowerAssemble(kernel, node, y, scope);
  else lowerMove(kernel, node, y, scope);
}

/** Looks at what an op makes of finite operands; views and literals make nothing. */
function watch(node: Node, scope: Scope): void {
  const { kind } = node.op.kernel;
  if (kind === "constant" || kind === "view" || kind === "loop" || kind === "call") return;
  const view = scope.value(node.result());
  const operands = node.inputs.map((tensor) => scope.value(tensor));
  scope.watch(view, node, operands);
}
