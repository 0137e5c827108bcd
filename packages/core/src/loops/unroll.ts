import { isTensor, type Tensors } from "../autodiff/gradient.ts";
import { withScope } from "../graph/provenance.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { substitute } from "../graph/walk.ts";
import { less, where } from "../ops/comparison.ts";
import { take } from "../ops/indexing.ts";
import { fill } from "../ops/promotion.ts";
import { concat } from "../ops/rearrange.ts";
import { reshape } from "../ops/reshape.ts";
import { checkOptionNames } from "../option-names.ts";
import { flatten, mapStructure, withLeaves } from "../structure.ts";
import { countOf, type Loop, loopOp } from "./loop.ts";
import { type ScanOptions, type ScanResult, type Step, type StepResult, scan, widen } from "./scan.ts";
import {
  checkCarry,
  flattenOperands,
  inStructure,
  loopLength,
  type Operands,
  stepCount,
} from "./scan-operands.ts";

/**
 * The same as `scan`, with every step written out: for pictures, and for tests. Steps lie in regions `t = 0, 1, …`
 * of the graph, which grows with their number.
 * Shapes:   as `scan` has them
 * @throws GraphError as `scan` does
 * @example
 * const { ys } = unroll((total, x) => ({ carry: add(total, x), y: add(total, x) }), { init: 0, xs: [1, 2, 3] });
 * evaluate(ys); // → [1, 3, 6]
 */
export function unroll<const Carry extends Operands, const Xs extends Operands, Y extends Tensors = never>(
  step: Step<Carry, Xs, Y>,
  options: Omit<ScanOptions<Carry, Xs>, "until">,
): ScanResult<Carry, Y> {
  checkOptionNames("unroll", options, "init xs length reverse checkpoint count");
  const { init, xs, reverse = false } = options;
  let inits = flattenOperands("init", init);
  let stacks = flattenOperands("xs", xs);
  const length = loopLength(stacks, options.length);
  if (length === 0) return scan(step, options);
  const count = stepCount(options.count);
  let carry = inits.leaves;
  const ys: Tensors[] = [];
  for (let i = 0; i < length; i++) {
    const t = reverse ? length - 1 - i : i;
    withScope(
      `t = ${t}`,
      () => {
        const draw = (): StepResult<Y> => {
          const slices = stacks.leaves.map((leaf) => take(leaf, t));
          const result = step(inStructure(init, carry) as never, inStructure(xs, slices) as never);
          const wider = i === 0 ? widen({ init, xs, inits, stacks }, carry, slices, result) : undefined;
          if (!wider) return result;
          ({ inits, stacks } = wider);
          carry = inits.leaves;
          return draw();
        };
        const result = draw();
        const runs = count && less(t, count);
        const after = checkCarry(inits, result.carry);
        carry = runs ? after.map((next, k) => where(runs, next, carry[k]!)) : after;
        if (result.y === undefined) return;
        ys[t] = runs
          ? mapStructure<Tensor, Tensor>(result.y, isTensor, (y) => zeroUnless(runs, y))
          : result.y;
      },
      t,
    );
  }
  return { carry: inStructure(init, carry), ys: stackSteps(ys) } as unknown as ScanResult<Carry, Y>;
}

/** What is stacked for a step that does not run is zero. */
const zeroUnless = (runs: Tensor, y: Tensor): Tensor => where(runs, y, fill(0, y));

/** Structures of one step each, stacked leaf by leaf. */
function stackSteps(steps: readonly Tensors[]): Tensors | undefined {
  const [first] = steps;
  if (first === undefined) return undefined;
  const rows = steps.map((structure) =>
    flatten<Tensor>(structure, isTensor).leaves.map((leaf) => reshape(leaf, [1, ...leaf.shape])),
  );
  const columns = rows[0]!.map((_, leaf) => concat(rows.map((leaves) => leaves[leaf]!)));
  return withLeaves<Tensor, Tensor>(first, isTensor, columns);
}

/** Whether a node is a loop. */
export const isLoop = (node: Node): boolean => node.op === loopOp;

/**
 * The results of a loop node with its first `steps` steps written out (all by default), for pictures. Results of
 * fewer steps than the loop has stand for the shorter loop.
 */
export function unrollNode(node: Node, steps?: number): Tensor[] {
  const loop = node.attributes as Loop;
  const { body, constants, carries, length, reverse } = loop;
  const shown = Math.min(steps ?? length, length);
  const count = countOf(loop, node.inputs);
  const shared = node.inputs.slice(0, constants);
  let carry = node.inputs.slice(constants, constants + carries);
  const xs = node.inputs.slice(constants + carries);
  const histories: Tensor[][] = body.outputs.slice(carries).map(() => []);
  for (let i = 0; i < shown; i++) {
    const t = reverse ? length - 1 - i : i;
    withScope(
      `t = ${t}`,
      () => {
        const operands = [...shared, ...carry, ...xs.map((x) => take(x, t))];
        const outputs = substitute(
          body.outputs,
          new Map(body.inputs.map((inside, k) => [inside, operands[k]!])),
        );
        const runs = count && less(t, count);
        carry = outputs.slice(0, carries).map((after, k) => (runs ? where(runs, after, carry[k]!) : after));
        outputs.slice(carries).forEach((output, k) => {
          const row = runs ? zeroUnless(runs, output) : output;
          histories[k]![reverse ? shown - 1 - i : i] = reshape(row, [1, ...output.shape]);
        });
      },
      t,
    );
  }
  const stacked = histories.map((rows, k) =>
    rows.length > 0
      ? concat(rows)
      : fill(0, { ...body.outputs[carries + k]!, shape: [0, ...body.outputs[carries + k]!.shape] }),
  );
  return [...carry, ...stacked];
}
