import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { type Loop, loopOp } from "../loops/loop.ts";
import { scatterAddOp, takeOp } from "../ops/indexing.ts";
import { matmulOp } from "../ops/matmul.ts";
import { concat, concatOp, sliceAxis, sliceOp } from "../ops/rearrange.ts";
import { reshapeOp, transpose, transposeOp } from "../ops/reshape.ts";

/**
 * Matrices side by side (axis 1) or one below the other (axis 0). Transposed ones are joined as they lie and
 * transposed together, so that `[W₁ W₂]` of a forward step and `[W₁ W₂]ᵀ` of a backward step are one array.
 */
export function joined(parts: readonly Tensor[], axis: 0 | 1): Tensor {
  if (!parts.every(({ op }) => op === transposeOp)) return concat(parts, { axis });
  return transpose(
    concat(
      parts.map(({ inputs }) => inputs[0]!),
      { axis: 1 - axis },
    ),
  );
}

/** A name for a tensor that no other has. */
export const idOf = ({ node, index }: Tensor): string => `${node.id}.${index}`;

/** The parts of what was joined, as views of it. */
export function parted(whole: Tensor, axis: number, sizes: readonly number[]): Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return sliceAxis(whole, axis, start - size, start);
  });
}

/**
 * How many elements may be copied for a multiply-add. Copying one costs about what a few multiply-adds of a
 * vectorized product cost; joined parts are often written in place, which costs nothing.
 */
const COPIES = 1 / 8;

/**
 * Whether it pays to join the factors of products `[m, k] × [k, n]`. Each element of a left factor is read by `n`
 * multiply-adds, of a right one by `m`, and again in every step of a loop that does not change it.
 */
export const pays = (uses: readonly number[]): boolean =>
  uses.reduce((copies, count) => copies + 1 / count, 0) <= COPIES;

/** Where a tensor gets its order among its likes from: the parameters or the results of a loop that it is made of. */
export interface Source {
  readonly node: Node;
  readonly place: number;
}

export function sourceOf(tensor: Tensor): Source {
  let at = tensor;
  let place = 0;
  for (;;) {
    const operand = carriesOrder.get(at.op);
    if (operand === undefined) break;
    if (at.op === sliceOp) {
      const { starts } = at.node.attributes as { readonly starts: readonly number[] };
      place += starts.reduce((sum, start) => sum + start, 0);
    }
    at = at.inputs[operand]!;
  }
  return { node: at.node, place: place + (at.op === loopOp ? placeInBody(at) : at.index) };
}

/** The id of the loop whose results a tensor is made of; undefined for others. */
export function loopOf(tensor: Tensor): number | undefined {
  const { node } = sourceOf(tensor);
  return node.op === loopOp ? node.id : undefined;
}

/** The operand that tells one matrix from others of its kind. */
const carriesOrder = new Map([
  [reshapeOp, 0],
  [transposeOp, 0],
  [sliceOp, 0],
  [takeOp, 0],
  [scatterAddOp, 2],
  [matmulOp, 1],
]);

/**
 * Where a history stands among those of its loop: as in the longest row that the body joins already, so that the
 * history of that row serves both; others after them, as the loop lists them.
 */
function placeInBody({ node, index }: Tensor): number {
  const { body } = node.attributes as Loop;
  const output = body.outputs[index]!;
  const rows = ancestors(body.outputs).filter(({ op, inputs }) => op === concatOp && inputs.includes(output));
  const longest = rows.sort((a, b) => b.inputs.length - a.inputs.length)[0];
  return longest ? longest.inputs.indexOf(output) : body.outputs.length + index;
}

/** In one order whenever the same parts are joined: fewer copies, and copies that are shared. */
export function inOrder<T>(items: readonly T[], tensor: (item: T) => Tensor): T[] {
  const keyed = items.map((item) => ({ item, source: sourceOf(tensor(item)), id: tensor(item).node.id }));
  keyed.sort((a, b) => a.source.node.id - b.source.node.id || a.source.place - b.source.place || a.id - b.id);
  return keyed.map(({ item }) => item);
}

/** All steps of tensors of one loop: `[length, ...s]`, or with the first two axes as one. */
export interface Histories {
  readonly loop: Node;
  /** Which results of the loop. */
  readonly indices: readonly number[];
  /** How many axes of the body the first axis holds beside the steps. */
  readonly folded: 0 | 1;
}

/** What the tensors are histories of, where they are histories of one loop, all in the same shape. */
export function historiesOf(parts: readonly Tensor[]): Histories | undefined {
  const histories = parts.map((part) => (part.op === reshapeOp ? part.inputs[0]! : part));
  const loop = histories[0]!.node;
  if (loop.op !== loopOp) return undefined;
  const folded = parts[0]!.op === reshapeOp ? 1 : 0;
  const { carries } = loop.attributes as Loop;
  const alike = histories.every((history, i) => {
    const { shape } = history;
    const expected = folded ? [shape[0]! * (shape[1] ?? 0), ...shape.slice(2)] : shape;
    return history.node === loop && history.index >= carries && expected.join() === parts[i]!.shape.join();
  });
  return alike ? { loop, indices: histories.map(({ index }) => index), folded } : undefined;
}
