import { apply, type Op } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { addOp, divOp, mulOp, negOp, subOp } from "../ops/arithmetic.ts";
import { broadcastTo, broadcastToOp, sum, sumOp } from "../ops/broadcast.ts";
import { customGradientOp, identityOp, stopGradientOp } from "../ops/control.ts";
import { type Rows, scatterAddOp, takeOp } from "../ops/indexing.ts";
import { concatOp, pad, sliceAxis, sliceOp } from "../ops/rearrange.ts";
import { reshape, reshapeOp, transpose, transposeOp } from "../ops/reshape.ts";
import { partOf, rejoined, sumOfPads } from "./pieces.ts";
import { literalNumber } from "./rewrite.ts";

/** A simpler tensor for a node on rewritten operands, or undefined. */
type Rule = (inputs: readonly Tensor[], node: Node) => Tensor | undefined;

const passOn: Rule = ([x]) => x;
const isZero = (x: Tensor | undefined): boolean => x !== undefined && literalNumber(x) === 0;
const isOne = (x: Tensor | undefined): boolean => x !== undefined && literalNumber(x) === 1;

/** The operand of `x` where `x` is an `op`. */
const under = (x: Tensor | undefined, op: Op): Tensor | undefined => (x?.op === op ? x.inputs[0] : undefined);

/**
 * What an op's result is without the op. `x + 0` for `x` turns -0 into itself, where addition says +0, as a row added
 * to zeros does; everything else is exact.
 */
const rules = new Map<Op, Rule>([
  [identityOp, passOn],
  [stopGradientOp, passOn],
  [customGradientOp, passOn],
  [addOp, ([a, b]) => (isZero(b) ? a : isZero(a) ? b : sumOfPads(a!, b!))],
  [subOp, ([a, b]) => (isZero(b) ? a : isZero(a) ? apply(negOp, [b!]) : undefined)],
  [mulOp, ([a, b]) => (isOne(b) ? a : isOne(a) ? b : undefined)],
  [divOp, ([a, b]) => (isOne(b) ? a : undefined)],
  [sliceOp, ([x], node) => partOf(x!, node)],
  [concatOp, rejoined],
  [takeOp, ([x, indices], node) => rowTaken(x!, indices!, node)],
  [scatterAddOp, ([x, indices, row], node) => (isZero(x) ? rowPadded(indices!, row!, node) : undefined)],
  [sumOp, ([x], node) => (x!.op === sumOp ? sumOfSum(x!.node, node) : undefined)],
  [negOp, ([x]) => under(x, negOp)],
  [reshapeOp, ([x], node) => collapse(x!, reshapeOp, (inner) => reshape(inner, node.results[0]!.shape))],
  [
    broadcastToOp,
    ([x], node) => collapse(x!, broadcastToOp, (inner) => broadcastTo(inner, node.results[0]!.shape)),
  ],
  [
    transposeOp,
    ([x], node) => collapse(x!, transposeOp, (inner) => transpose(inner, compose(x!.node, node))),
  ],
]);

/** The row that a known index names, counted from the first; undefined where it is none, which running says. */
function knownRow(indices: Tensor, length: number, node: Node): number | undefined {
  const index = indices.shape.length === 0 ? literalNumber(indices) : undefined;
  if (index === undefined) return undefined;
  const row = index < 0 && (node.attributes as Rows).check.negative ? index + length : index;
  return row >= 0 && row < length ? row : undefined;
}

/** A row at a known place is a view. */
function rowTaken(x: Tensor, indices: Tensor, node: Node): Tensor | undefined {
  const row = knownRow(indices, x.shape[0]!, node);
  return row === undefined ? undefined : reshape(sliceAxis(x, 0, row, row + 1), node.results[0]!.shape);
}

/** A row that is added to zeros at a known place has zeros around it. */
function rowPadded(indices: Tensor, updates: Tensor, node: Node): Tensor | undefined {
  const { shape } = node.results[0]!;
  const row = knownRow(indices, shape[0]!, node);
  if (row === undefined) return undefined;
  const widths = shape.map((n, axis): [number, number] => (axis === 0 ? [row, n - row - 1] : [0, 0]));
  return pad(reshape(updates, [1, ...shape.slice(1)]), widths);
}

/** Sums of sums are one sum over the axes of both. */
function sumOfSum(inner: Node, outer: Node): Tensor {
  const [first, second] = [inner, outer].map(
    ({ attributes }) => (attributes as { readonly axes: readonly number[] }).axes,
  );
  const x = inner.inputs[0]!;
  const left = [...x.shape.keys()].filter((axis) => !first!.includes(axis));
  return sum(x, { axis: [...first!, ...second!.map((axis) => left[axis]!)] });
}

/** Two views of one kind in a row are one, and a view that changes nothing is none. */
function collapse(x: Tensor, op: Op, make: (inner: Tensor) => Tensor): Tensor | undefined {
  const inner = under(x, op);
  return inner && make(inner);
}

function compose(first: Node, second: Node): number[] {
  const [a, b] = [first, second].map(
    ({ attributes }) => (attributes as { permutation: readonly number[] }).permutation,
  );
  return b!.map((axis) => a![axis]!);
}

/** What stands for the node by algebra, or undefined. */
export const simplerForm = (node: Node, inputs: readonly Tensor[]): Tensor | undefined =>
  rules.get(node.op)?.(inputs, node);
