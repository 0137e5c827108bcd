import { placeholder } from "../graph/leaves.ts";
import { applyNode, type Body } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors, substitute } from "../graph/walk.ts";
import { callOp } from "../loops/checkpoint.ts";
import { loopOp } from "../loops/loop.ts";
import { concatOp } from "../ops/rearrange.ts";
import { closeLoop, outputsOf, visitLoop, withOutputs } from "./open-loop.ts";
import type { Log, Needs, Rewrite } from "./rewrite.ts";
import { type Results, transform } from "./transform.ts";

/** A graph, or the part of one that runs once per step of a loop. */
export interface Scope {
  readonly outputs: readonly Tensor[];
  /** Whether a node belongs to it, rather than being there before the loop. */
  holds(node: Node): boolean;
  /** How many steps the loop has; 1 outside of loops. */
  readonly length: number;
}

/** How often a scope reads a tensor that is computed once: in each step, where it is the same in all of them. */
export const times = ({ holds, length }: Scope, tensors: readonly Tensor[]): number =>
  tensors.some(({ node }) => holds(node)) ? 1 : length;

/** The outputs of a scope, rewritten. Tensors that do not change from step to step land outside of the loop. */
export type Merge = (scope: Scope, log: Log) => Tensor[];

/** A rewrite of every scope by itself, innermost first. */
export function mergeRewrite(name: string, needs: Needs, merge: Merge): Rewrite {
  const run = (roots: readonly Tensor[], log: Log): Tensor[] =>
    merge({ outputs: bodies(roots, log), holds: () => true, length: 1 }, log);

  const bodies = (roots: readonly Tensor[], log: Log): Tensor[] =>
    transform(
      roots,
      (node, inputs, wanted) => {
        if (node.op === callOp) return callWith(node, inputs, (outputs) => run(outputs, log));
        const { asItIs, open } = visitLoop(node, inputs, wanted, (outputs) => bodies(outputs, log));
        const loop = open();
        const { inside, length } = loop;
        const scope: Scope = { outputs: outputsOf(loop), holds: (inner) => inside.has(inner), length };
        const outputs = merge(scope, log);
        const same = asItIs && outputs.every((output, i) => output === scope.outputs[i]);
        return same ? asItIs : closeLoop(withOutputs(loop, outputs));
      },
      { ops: [callOp, loopOp] },
    );
  return { name, needs, run };
}

/**
 * A call with the outputs of its body rewritten, undefined where they stay as they are. Operands that were joined inside
 * are joined before it.
 */
function callWith(
  { op, attributes }: Node,
  inputs: readonly Tensor[],
  rewrite: (outputs: readonly Tensor[]) => Tensor[],
): Results | undefined {
  const body = attributes as Body;
  const outputs = rewrite(body.outputs);
  if (outputs.every((output, i) => output === body.outputs[i])) return undefined;
  const old = new Set(ancestors(body.outputs));
  const given = new Set(body.inputs);
  const joined = ancestors(outputs)
    .filter((node) => node.op === concatOp && !old.has(node) && node.inputs.every((part) => given.has(part)))
    .map((node) => node.result());
  const inside = joined.map((tensor) => placeholder(tensor));
  const outside = substitute(joined, new Map(body.inputs.map((input, i) => [input, inputs[i]!])));
  const call = applyNode(op, [...inputs, ...outside], {
    inputs: [...body.inputs, ...inside],
    outputs: substitute(outputs, new Map(joined.map((tensor, i) => [tensor, inside[i]!]))),
  } satisfies Body);
  return call.results.map((_, index) => call.result(index));
}
