import { gradOf, mul, reshape, sum, type Tensor, take } from "@org/core";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

interface Input {
  readonly A: readonly number[];
  readonly ell: number;
}

/** The ways to choose `size` of `n` columns, in the order of the dictionary. */
function choices(n: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  const firsts = Array.from({ length: n - size - from + 1 }, (_, i) => from + i);
  return firsts.flatMap((first) => choices(n, size - 1, first + 1).map((rest) => [first, ...rest]));
}

/**
 * The determinant by expansion by minors along the first row, `|A| = Σⱼ (-1)ʲ A₀ⱼ |A without row 0 and column j|`, from the
 * last row up: those of the last `size` rows, one for each choice of columns, from those of one row and column less. Each
 * minor is computed once, as it is one expression of a graph, wherever it occurs: `n 2ⁿ⁻¹` products for the matrix.
 */
function byMinors(flat: Tensor, n: number): Tensor {
  const a = reshape(flat, [n, n]);
  let minors = take(a, n - 1);
  let known = choices(n, 1);
  for (let size = 2; size <= n; size++) {
    const places = new Map(known.map((columns, place) => [String(columns), place]));
    known = choices(n, size);
    const rest = known.map((columns) => columns.map((_, j) => places.get(String(columns.toSpliced(j, 1)))!));
    const signs = Array.from({ length: size }, (_, j) => (-1) ** j);
    minors = sum(mul(signs, take(take(a, n - size), known), take(minors, rest)), { axis: 1 });
  }
  return sum(minors);
}

export const primal: Evaluation = evaluation(({ A, ell }: Input) => ({
  f: ({ A }: { A: Tensor }) => byMinors(A, ell),
  on: { A },
}));

export const gradient: Evaluation = evaluation(({ A, ell }: Input) => ({
  f: ({ A }: { A: Tensor }) => gradOf((A) => byMinors(A, ell))(A),
  on: { A },
}));
