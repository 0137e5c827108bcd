import { constant, constantOp, inputOp, parameterOp, placeholderOp } from "../graph/leaves.ts";
import { applyNode, type Body } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { plan } from "../interpreter.ts";
import { callOp } from "../loops/checkpoint.ts";
import { countOf, type Loop, loopOp } from "../loops/loop.ts";
import { broadcastToOp } from "../ops/broadcast.ts";
import { arangeOp } from "../ops/indexing.ts";
import { sizeOf } from "../shape.ts";
import { simplerForm } from "./algebra.ts";
import { closeLoop, visitLoop } from "./open-loop.ts";
import { type Log, literalNumber, type Rewrite } from "./rewrite.ts";
import { Sharing } from "./sharing.ts";
import { type Results, transform } from "./transform.ts";

/** Literals larger than this are not made by folding. */
const LARGEST_LITERAL = 64;

/**
 * Computes nothing twice, nothing that is known, and nothing that nobody reads: algebra, constant folding, common
 * subexpressions, and dead carries and histories of loops. Bodies are simplified like the graph around them.
 */
export const simplify: Rewrite = {
  name: "simplify",
  run(roots, log) {
    const sharing = new Sharing();
    return transform(roots, (node, inputs, wanted) => {
      if (node.op === loopOp) return simplifyLoop(node, inputs, wanted, log);
      if (node.op === callOp) return simplifyCall(node, inputs, wanted, log);
      return simplifyNode(node, inputs, sharing, log);
    });
  },
};

function simplifyNode(
  node: Node,
  inputs: readonly Tensor[],
  sharing: Sharing,
  log: Log,
): Results | undefined {
  if (isOwnSelf(node)) return undefined;
  const simpler = simplerForm(node, inputs) ?? fold(node, inputs);
  if (simpler) {
    log.fire();
    return [simpler];
  }
  const first = sharing.first(node, inputs);
  if (!first.isNew) log.fire();
  return first.node === node ? undefined : [first.node.result()];
}

/** Leaves that are what they are, not what they hold. */
const isOwnSelf = ({ op }: Node): boolean => op === inputOp || op === parameterOp || op === placeholderOp;

/** The value of a node on literals, as a literal. Views of literals are as good as literals. */
function fold({ op, attributes, results }: Node, inputs: readonly Tensor[]): Tensor | undefined {
  const [type] = results;
  const known = inputs.length > 0 && inputs.every((input) => input.op === constantOp);
  if (!known || op === broadcastToOp || op === arangeOp || results.length !== 1) return undefined;
  if (sizeOf(type!.shape) > LARGEST_LITERAL) return undefined;
  const [value] = plan([applyNode(op, inputs, attributes).result()], [])([]);
  return constant(value!);
}

function simplifyLoop(node: Node, inputs: readonly Tensor[], wanted: readonly number[], log: Log): Results {
  const { asItIs, open } = visitLoop(node, inputs, wanted, (outputs) => simplify.run(outputs, log));
  const loop = node.attributes as Loop;
  const count = countOf(loop, inputs);
  const known = count && literalNumber(count);
  if (known === undefined || known < loop.length) return asItIs ?? closeLoop(open());
  log.fire();
  return closeLoop({ ...open(), count: undefined });
}

function simplifyCall(
  node: Node,
  inputs: readonly Tensor[],
  wanted: readonly number[],
  log: Log,
): Results | undefined {
  const body = node.attributes as Body;
  const outputs = simplify.run(
    wanted.map((index) => body.outputs[index]!),
    log,
  );
  if (outputs.length === body.outputs.length && outputs.every((output, i) => output === body.outputs[i]))
    return undefined;
  const call = applyNode(callOp, inputs, { inputs: body.inputs, outputs } satisfies Body);
  const results: Tensor[] = [];
  wanted.forEach((index, i) => {
    results[index] = call.result(i);
  });
  return results;
}
