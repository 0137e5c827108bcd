import { applyNode, type Body } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { callOp } from "../loops/checkpoint.ts";
import { loopOp } from "../loops/loop.ts";
import { closeLoop, type OpenLoop, visitLoop } from "./open-loop.ts";
import type { Log, Needs, Rewrite } from "./rewrite.ts";
import { type Results, transform } from "./transform.ts";

/** What a rewrite of a loop gives back: the results at their old indices, or undefined to leave it. */
export type LoopRewrite = (loop: OpenLoop, log: Log) => Results | undefined;

/** A rewrite that looks at every loop, innermost first. `needs`: what has to be there beside a loop. */
export function loopRewrite(name: string, needs: Needs, rewrite: LoopRewrite): Rewrite {
  const run = (roots: readonly Tensor[], log: Log): Tensor[] =>
    transform(
      roots,
      (node, inputs, wanted) => {
        if (node.op === callOp) return insideCall(node, inputs, (outputs) => run(outputs, log));
        const { asItIs, open } = visitLoop(node, inputs, wanted, (outputs) => run(outputs, log));
        const loop = open();
        return rewrite(loop, log) ?? asItIs ?? closeLoop(loop);
      },
      { ops: [callOp, loopOp] },
    );
  return { name, needs: [[loopOp], ...needs], run };
}

/** A call with the outputs of its body rewritten; undefined where they stay as they are. */
export function insideCall(
  node: Node,
  inputs: readonly Tensor[],
  rewrite: (outputs: readonly Tensor[]) => readonly Tensor[],
): Results | undefined {
  const body = node.attributes as Body;
  const outputs = rewrite(body.outputs);
  if (outputs.every((output, i) => output === body.outputs[i])) return undefined;
  const call = applyNode(node.op, inputs, { inputs: body.inputs, outputs } satisfies Body);
  return call.results.map((_, index) => call.result(index));
}
