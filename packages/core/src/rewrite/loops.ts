import { applyNode, type Body } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { callOp } from "../loops/checkpoint.ts";
import { loopOp } from "../loops/loop.ts";
import { closeLoop, type OpenLoop, openLoop } from "./open-loop.ts";
import type { Log, Rewrite } from "./rewrite.ts";
import { type Results, transform } from "./transform.ts";

/** What a rewrite of a loop gives back: the results at their old indices, or undefined to leave it. */
export type LoopRewrite = (loop: OpenLoop, log: Log) => Results | undefined;

/** A rewrite that looks at every loop, innermost first. */
export function loopRewrite(name: string, rewrite: LoopRewrite): Rewrite {
  const run = (roots: readonly Tensor[], log: Log): Tensor[] =>
    transform(roots, (node, inputs, wanted) => {
      if (node.op === callOp) return insideCall(node, inputs, (outputs) => run(outputs, log));
      if (node.op !== loopOp) return undefined;
      const open = openLoop(node, inputs, wanted, (outputs) => run(outputs, log));
      return rewrite(open, log) ?? closeLoop(open);
    });
  return { name, run };
}

/** A call with the outputs of its body rewritten. */
export function insideCall(
  node: Node,
  inputs: readonly Tensor[],
  rewrite: (outputs: readonly Tensor[]) => Tensor[],
): Results {
  const body = node.attributes as Body;
  const call = applyNode(node.op, inputs, {
    inputs: body.inputs,
    outputs: rewrite(body.outputs),
  } satisfies Body);
  return call.results.map((_, index) => call.result(index));
}
