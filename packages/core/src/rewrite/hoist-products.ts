import { placeholder } from "../graph/leaves.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors, substitute } from "../graph/walk.ts";
import { matmulOp } from "../ops/matmul.ts";
import { reshape, reshapeOp } from "../ops/reshape.ts";
import { loopRewrite } from "./loops.ts";
import { closeLoop, type OpenLoop, outputsOf, withOutputs } from "./open-loop.ts";
import { productOfSteps } from "./products-of-steps.ts";
import type { Log, Rewrite } from "./rewrite.ts";
import type { Results } from "./transform.ts";

/**
 * `x_t W` for every step becomes one product `X W` before the loop, where the loop does not change `W`. Products only:
 * elementwise work is cheaper inside, next to what reads it.
 */
export const hoistProducts: Rewrite = loopRewrite("hoistProducts", [[matmulOp]], hoist);

function hoist(loop: OpenLoop, log: Log): Results | undefined {
  const outputs = outputsOf(loop);
  const hoisted = ancestors(outputs).flatMap((node) => {
    const stacked = stackedProduct(node, loop, log);
    return stacked ? [{ product: node.result(), stacked, x: placeholder(node.result(), node.name) }] : [];
  });
  if (hoisted.length === 0) return undefined;
  const rewritten = substitute(outputs, new Map(hoisted.map(({ product, x }) => [product, x])));
  return closeLoop(withOutputs({ ...loop, xs: [...loop.xs, ...hoisted] }, rewritten));
}

/** The product of all steps at once, where the node is a product of a step's `x` and something fixed. */
function stackedProduct(node: Node, { xs, inside, length }: OpenLoop, log: Log): Tensor | undefined {
  if (node.op !== matmulOp || !inside.has(node)) return undefined;
  const [left, right] = node.inputs as readonly [Tensor, Tensor];
  const view = left.op === reshapeOp ? left.inputs[0]! : left;
  const source = xs.find(({ x }) => x === view);
  if (!source || inside.has(right.node)) {
    log.decline(
      source ? "the other factor changes from step to step" : "the left factor is no x of the loop",
    );
    return undefined;
  }
  log.fire();
  return productOfSteps(reshape(source.stacked, [length, ...left.shape]), right);
}
