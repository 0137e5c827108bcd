import { ShapeError } from "../errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { type Operand, resolveAxis, toTensor } from "../ops/operand.ts";
import { argsort, type SortOptions } from "../ops/ordering.ts";
import { sliceAxis } from "../ops/rearrange.ts";
import { checkOptionNames } from "../option-names.ts";
import { takeAlong } from "./selection.ts";

/**
 * The elements of each row in their order, the smallest first; NaN counts as largest.
 * Shapes:   `x [...s]` → `[...s]`, along the last axis by default
 * Gradient: each element's goes back to where it came from
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(sort([30, 10, 20])); // → [10, 20, 30]
 * evaluate(sort([[3, 1], [2, 4]], { axis: 0, descending: true })); // → [[3, 4], [2, 1]]
 */
export function sort(x: Operand, options: SortOptions = {}): Tensor {
  const { axis = -1, descending = false } = checkOptionNames("sort", options, "axis descending");
  const a = toTensor("sort", x);
  const along = resolveAxis("sort", a, axis);
  return takeAlong(a, argsort(a, { axis: along, descending }), { axis: along });
}

/** What `topK` gives: the elements, and where they stood. */
export interface TopK {
  readonly values: Tensor;
  /** `i32` */
  readonly indices: Tensor;
}

/**
 * The `k` largest elements of each row, the largest first, and where they stand; of equal ones the first. NaN counts as
 * largest.
 * Shapes:   `x [..., n]` → `values, indices [..., k]`, along the last axis by default
 * Gradient: each element's goes back to where it came from
 * `smallest` takes the smallest ones instead, the smallest first.
 * @throws ShapeError for an unknown axis, and for a `k` that is not 0 … n
 * @example
 * const { values, indices } = topK([10, 40, 30, 20], 2);
 * evaluate(values); // → [40, 30]
 * evaluate(indices); // → [1, 2]
 */
export function topK(
  x: Operand,
  k: number,
  options: { readonly axis?: number; readonly smallest?: boolean } = {},
): TopK {
  const { axis = -1, smallest = false } = checkOptionNames("topK", options, "axis smallest");
  const a = toTensor("topK", x);
  const along = resolveAxis("topK", a, axis);
  const length = a.shape[along]!;
  if (!Number.isInteger(k) || k < 0 || k > length)
    throw new ShapeError({
      op: "topK",
      problem: `k is a whole number from 0 to ${length}, received ${inWords(k)}`,
    });
  const order = argsort(a, { axis: along, descending: !smallest });
  const indices = sliceAxis(order, along, 0, k);
  return { values: takeAlong(a, indices, { axis: along }), indices };
}
