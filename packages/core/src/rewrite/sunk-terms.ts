import { apply } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add } from "../ops/arithmetic.ts";
import { sum, sumOp } from "../ops/broadcast.ts";
import { maximum, minimum } from "../ops/comparison.ts";
import { dynamicUpdateSliceOp } from "../ops/dynamic-slice.ts";
import { arange, scatterAdd, scatterAddOp } from "../ops/indexing.ts";
import { matmulOp } from "../ops/matmul.ts";
import { sliceAxis } from "../ops/rearrange.ts";
import { reshape, reshapeOp, transpose, transposeOp } from "../ops/reshape.ts";
import { sameShape } from "../shape.ts";
import type { OpenLoop } from "./open-loop.ts";
import { totalOfSteps } from "./products-of-steps.ts";
import { literalNumber } from "./rewrite.ts";
import type { Stack } from "./stacks.ts";

/** Work behind a loop: the tensors whose every step it reads, and what it makes of them. */
export interface Sunk {
  readonly reads: readonly Tensor[];
  build(stack: Stack): Tensor;
}

/** `Σ_t term_t` of what is stacked anyway. */
export const sumOfSteps = (term: Tensor): Sunk => ({
  reads: [term],
  build: (stack) => sum(stack(term), { axis: 0 }),
});

/** `Σ_t term_t` as one piece of work: for a product of matrices, a sum of the step, rows added to zeros, and views of these. */
export function sunkTerm(term: Tensor, loop: OpenLoop): Sunk | undefined {
  const inside = (each: Tensor): boolean => loop.inside.has(each.node);
  if (term.op === scatterAddOp || term.op === dynamicUpdateSliceOp) {
    const [target, ...moved] = term.inputs;
    if (literalNumber(target!) !== 0 || !moved.every(inside)) return undefined;
    if (loop.count && target!.shape[0] === 0) return undefined; // row 0, where nothing is added, has to be there
    return term.op === scatterAddOp ? sunkRows(term) : sunkBox(term);
  }
  if (!term.inputs.every(inside)) return undefined;
  if (term.op === sumOp) return sunkSum(term);
  if (term.op === matmulOp) return sunkProduct(term);
  if (term.op === reshapeOp || term.op === transposeOp) return sunkView(term, loop);
  return undefined;
}

/** `Σ_t Σ_axes x_t = Σ_(t, axes) X`. */
function sunkSum({ node, inputs }: Tensor): Sunk {
  const { axes } = node.attributes as { readonly axes: readonly number[] };
  const [x] = inputs as [Tensor];
  return { reads: [x], build: (stack) => sum(stack(x), { axis: [0, ...axes.map((axis) => axis + 1)] }) };
}

function sunkProduct({ inputs }: Tensor): Sunk {
  const [left, right] = inputs as readonly [Tensor, Tensor];
  return { reads: [left, right], build: (stack) => totalOfSteps(stack(left), stack(right)) };
}

/** `Σ_t scatterAdd(0, ids_t, u_t) = scatterAdd(0, ids, U)`: a table is added to once, not once in each step. */
function sunkRows({ inputs, node }: Tensor): Sunk {
  const [zeros, ids, updates] = inputs as readonly [Tensor, Tensor, Tensor];
  return {
    reads: [ids, updates],
    build: (stack) => apply(scatterAddOp, [zeros, stack(ids), stack(updates)], node.attributes),
  };
}

/** Boxes of whole rows in zeros, `m` of them from `min(max(start, 0), n - m)` on, are rows that are added. */
function sunkBox({ inputs }: Tensor): Sunk | undefined {
  const [zeros, rows, starts] = inputs as readonly [Tensor, Tensor, Tensor];
  const [n, ...width] = zeros.shape as readonly [number, ...number[]];
  const m = rows.shape[0]!;
  if (!sameShape(rows.shape.slice(1), width)) return undefined;
  return {
    reads: [rows, starts],
    build(stack) {
      const first = minimum(maximum(sliceAxis(stack(starts), 1, 0, 1), 0), n - m);
      return scatterAdd(zeros, add(first, arange(m)), stack(rows));
    },
  };
}

/** A view of a sum is the sum of the views. */
function sunkView(term: Tensor, loop: OpenLoop): Sunk | undefined {
  const inner = sunkTerm(term.inputs[0]!, loop);
  if (!inner) return undefined;
  const view = (x: Tensor): Tensor =>
    term.op === reshapeOp
      ? reshape(x, term.shape)
      : transpose(x, (term.node.attributes as { readonly permutation: readonly number[] }).permutation);
  return { reads: inner.reads, build: (stack) => view(inner.build(stack)) };
}
