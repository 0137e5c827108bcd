import { placeholder } from "../graph/leaves.ts";
import type { Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { countOf, type Loop, loopOp, makeLoop } from "../loops/loop.ts";
import { broadcastTo } from "../ops/broadcast.ts";
import { reshape, reshapeOp, transpose, transposeOp } from "../ops/reshape.ts";
import { closeLoop, type OpenLoop } from "./open-loop.ts";
import type { Results } from "./transform.ts";

/** Gives all steps of a tensor of the body, `[length, ...s]`. */
export type Stack = (tensor: Tensor) => Tensor;

/** The tensor that is stacked in place of a view of it. */
const base = (tensor: Tensor): Tensor => (isView(tensor) ? base(tensor.inputs[0]!) : tensor);

const isView = ({ op }: Tensor): boolean => op === reshapeOp || op === transposeOp;

/** `x_t` where `t < count`, else zero, without a look at what stands there; all steps by default. */
export function onlySteps(stacked: Tensor, count: Tensor | undefined): Tensor {
  const [length, ...shape] = stacked.shape as [number, ...number[]];
  if (!count || isHistory(stacked, count)) return stacked;
  const x = placeholder({ shape, dtype: stacked.dtype });
  const loop = { carries: [], xs: [{ stacked, x }], ys: [x], length, reverse: false, count };
  return makeLoop(loop).ys[0]!;
}

/** Whether it is a history of a loop that makes as many steps. */
function isHistory({ node, index }: Tensor, count: Tensor): boolean {
  if (node.op !== loopOp) return false;
  const loop = node.attributes as Loop;
  return index >= loop.carries && !loop.unfilled && countOf(loop, node.inputs) === count;
}

/**
 * Closes a loop so that all steps of some tensors of its body can be read. Slices of xs are stacked already, fixed
 * tensors repeat, views are views of the stack; anything else becomes a history. All are zero where a counted loop has
 * left a step out, as histories are.
 */
export function closeWithStacks(
  loop: OpenLoop,
  reads: readonly Tensor[],
): { results: Results; stack: Stack } {
  const { xs, ys, inside, length, count } = loop;
  const slices = new Map(xs.map(({ x, stacked }) => [x, stacked]));
  const asked = new Set(reads.map(base).filter((tensor) => !slices.has(tensor) && inside.has(tensor.node)));
  for (const { tensor } of ys) asked.delete(tensor);
  const free = 1 + Math.max(-1, ...loop.carries.map(({ index }) => index), ...ys.map(({ index }) => index));
  const histories = [...ys, ...[...asked].map((tensor, i) => ({ tensor, index: free + i }))];
  const read = new Set(
    ancestors([...loop.carries.map(({ after }) => after), ...histories.map(({ tensor }) => tensor)]),
  );
  const results = closeLoop({ ...loop, ys: histories, xs: xs.filter(({ x }) => read.has(x.node)) });
  const stacks = new Map(histories.map(({ tensor, index }) => [tensor, results[index]!]));

  const run = new Map<Tensor, Tensor>();
  const ofRun = (stacked: Tensor): Tensor => {
    const known = run.get(stacked) ?? onlySteps(stacked, count);
    run.set(stacked, known);
    return known;
  };
  const stack: Stack = (tensor) => {
    const known = stacks.get(tensor);
    if (known) return loop.unfilled ? ofRun(known) : known;
    const slice = slices.get(tensor);
    if (slice) return ofRun(slice);
    if (!inside.has(tensor.node)) return ofRun(broadcastTo(tensor, [length, ...tensor.shape]));
    const inner = stack(tensor.inputs[0]!);
    if (tensor.op === reshapeOp) return reshape(inner, [length, ...tensor.shape]);
    const { permutation } = tensor.node.attributes as { readonly permutation: readonly number[] };
    return transpose(inner, [0, ...permutation.map((axis) => axis + 1)]);
  };
  return { results, stack };
}
