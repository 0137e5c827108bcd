import { isTensor, type Tensors } from "../autodiff/gradient.ts";
import type { Tensor } from "../graph/tensor.ts";
import { concat, sliceAxis } from "../ops/rearrange.ts";
import { reshape } from "../ops/reshape.ts";
import { flatten, mapStructure, withLeaves } from "../structure.ts";

/** The steps of a loop in blocks of one size, and those that fill no block: these run last. */
export interface Blocks {
  readonly count: number;
  readonly size: number;
  readonly rest: number;
  readonly reverse: boolean;
  /** The first step of those in blocks, and of the rest. */
  readonly main: number;
  readonly tail: number;
}

export function blocksOf(length: number, size: number, reverse: boolean): Blocks {
  const count = Math.floor(length / size);
  const rest = length - count * size;
  const [main, tail] = reverse ? [rest, 0] : [0, count * size];
  return { count, size, rest, reverse, main, tail };
}

/** `[length, ...]` → `[count, size, ...]` */
export const inBlocks = (xs: Tensors | undefined, { count, size, main }: Blocks): Tensors | undefined =>
  mapAll(xs, (x) => reshape(sliceAxis(x, 0, main, main + count * size), [count, size, ...x.shape.slice(1)]));

/** `[length, ...]` → `[rest, ...]` */
export const restOf = (xs: Tensors | undefined, { rest, tail }: Blocks): Tensors | undefined =>
  mapAll(xs, (x) => sliceAxis(x, 0, tail, tail + rest));

/** What the blocks, `[count, size, ...]`, and the rest have stacked, step by step again. */
export function inSteps(
  ys: Tensors | undefined,
  last: Tensors | undefined,
  { count, size, reverse }: Blocks,
): Tensors | undefined {
  const flat = mapAll(ys, (y) => reshape(y, [count * size, ...y.shape.slice(2)]));
  if (flat === undefined || last === undefined) return flat;
  const others = flatten<Tensor>(last, isTensor).leaves;
  const joined = flatten<Tensor>(flat, isTensor).leaves.map((y, i) =>
    concat(reverse ? [others[i]!, y] : [y, others[i]!]),
  );
  return withLeaves<Tensor, Tensor>(flat, isTensor, joined);
}

export const mapAll = (
  structure: Tensors | undefined,
  replace: (tensor: Tensor) => Tensor,
): Tensors | undefined =>
  structure === undefined ? undefined : mapStructure<Tensor, Tensor>(structure, isTensor, replace);
