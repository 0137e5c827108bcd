import type { Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { add, addOp } from "../ops/arithmetic.ts";
import { matmulOp } from "../ops/matmul.ts";
import { reshape, reshapeOp } from "../ops/reshape.ts";
import { loopRewrite } from "./loops.ts";
import { type OpenLoop, outputsOf } from "./open-loop.ts";
import { productOfSteps } from "./products-of-steps.ts";
import type { Log, Rewrite } from "./rewrite.ts";
import { closeWithStacks, type Stack } from "./stacks.ts";
import { type Sunk, sumOfSteps, sunkTerm } from "./sunk-terms.ts";
import type { Results } from "./transform.ts";

/**
 * Work whose results no later step reads moves behind the loop, where all steps are one product:
 * a total `acc + aᵀ b` of which only the last value is read becomes `acc₀ + Aᵀ B` over all steps, one of rows added to
 * a table (the gradient of a look-up in the step) adds them all at once, and outputs `y_t = a_t W + …` become `A W + …`.
 */
export const sinkProducts: Rewrite = loopRewrite("sinkProducts", [], sink);

function sink(loop: OpenLoop, log: Log): Results | undefined {
  const uses = countUses(loop);
  const outputs = loop.ys.map(({ tensor }) => sunkOutput(tensor, loop, uses));
  const products = loop.carries.map((carry) => sunkTotal(carry, loop, uses));
  const stacked = new Set([...outputs, ...products].flatMap((work) => work?.reads ?? []));
  const totals = loop.carries.map((carry, i) => products[i] ?? sunkTotal(carry, loop, uses, stacked, log));
  const sunk = [...totals, ...outputs].filter((work) => work !== undefined);
  if (sunk.length === 0) return undefined;
  for (const _ of sunk) log.fire();
  const rest = {
    ...loop,
    carries: loop.carries.filter((_, i) => !totals[i]),
    ys: loop.ys.filter((_, i) => !outputs[i]),
  };
  const { results, stack } = closeWithStacks(
    rest,
    sunk.flatMap(({ reads }) => reads),
  );
  const complete = [...results];
  loop.carries.forEach(({ index }, i) => {
    if (totals[i]) complete[index] = totals[i].build(stack);
  });
  loop.ys.forEach(({ index }, i) => {
    if (outputs[i]) complete[index] = outputs[i].build(stack);
  });
  return complete;
}

type Uses = (tensor: Tensor) => number;

/** How often a tensor is read in the body or leaves it. */
function countUses(loop: OpenLoop): Uses {
  const outputs = outputsOf(loop);
  const counts = new Map<Tensor, number>();
  const read = (tensor: Tensor): void => {
    counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  };
  for (const node of ancestors(outputs)) node.inputs.forEach(read);
  outputs.forEach(read);
  return (tensor) => counts.get(tensor) ?? 0;
}

/** The terms of a sum that nobody else reads a part of. */
const termsOf = (tensor: Tensor, uses: Uses): Tensor[] =>
  tensor.op === addOp && uses(tensor) === 1 ? tensor.inputs.flatMap((term) => termsOf(term, uses)) : [tensor];

/** A total over the steps, where every term is a product or a sum, or is stacked for other work. */
function sunkTotal(
  { init, before, after }: OpenLoop["carries"][number],
  loop: OpenLoop,
  uses: Uses,
  stacked: ReadonlySet<Tensor> = new Set(),
  log?: Log,
): Sunk | undefined {
  const terms = termsOf(after, uses);
  const others = terms.filter((term) => term !== before);
  if (others.length !== terms.length - 1 || uses(before) !== 1) return undefined;
  const sunk = others.map(
    (term) => sunkTerm(term, loop) ?? (stacked.has(term) ? sumOfSteps(term) : undefined),
  );
  const stuck = sunk.indexOf(undefined);
  if (stuck >= 0) {
    log?.decline(`the total of ${others[stuck]!.op.name} is no product over the steps`);
    return undefined;
  }
  return {
    reads: sunk.flatMap((term) => term!.reads),
    build: (stack) => sunk.reduce((total, term) => add(total, term!.build(stack)), init),
  };
}

/** An output that ends in products with fixed matrices, which can follow the loop. */
function sunkOutput(tensor: Tensor, loop: OpenLoop, uses: Uses): Sunk | undefined {
  const { inside, length } = loop;
  const reads: Tensor[] = [];
  let products = 0;
  const follow = (part: Tensor): ((stack: Stack) => Tensor) => {
    if (uses(part) === 1 && part.op === addOp) {
      const [a, b] = part.inputs.map(follow);
      return (stack) => add(a!(stack), b!(stack));
    }
    if (uses(part) === 1 && part.op === reshapeOp) {
      const inner = follow(part.inputs[0]!);
      return (stack) => reshape(inner(stack), [length, ...part.shape]);
    }
    const [left, right] = part.inputs;
    if (uses(part) === 1 && part.op === matmulOp && !inside.has(right!.node)) {
      products++;
      reads.push(left!);
      return (stack) => productOfSteps(stack(left!), right!);
    }
    reads.push(part);
    return (stack) => stack(part);
  };
  const build = follow(tensor);
  return products > 0 ? { reads, build } : undefined;
}
