import { GraphError, ShapeError } from "../errors.ts";
import { requireFunction } from "../given.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Inside, Operands } from "../loops/scan-operands.ts";
import { type Operand, resolveAxis, toTensor } from "../ops/operand.ts";
import { isOperand } from "../ops/promotion.ts";
import { concat, flip, sliceAxis } from "../ops/rearrange.ts";
import { reshape } from "../ops/reshape.ts";
import { checkOptionNames } from "../option-names.ts";
import { sameShape, showShape } from "../shape.ts";
import { flatten, mapStructure } from "../structure.ts";
import { stack } from "./arrangement.ts";

/** What `associativeScan` takes. */
export interface AssociativeScanOptions {
  /** The axis that is walked, the same of every tensor. @default 0 */
  readonly axis?: number;
  /** From the last element to the first: `yᵢ = combine(yᵢ₊₁, xᵢ)`. @default false */
  readonly reverse?: boolean;
}

type Leaves = readonly Tensor[];
type Combine = (a: Leaves, b: Leaves) => Leaves;

/**
 * Running combination along an axis: `y₀ = x₀`, `yᵢ = combine(yᵢ₋₁, xᵢ)`, for a `combine` that is associative, in about
 * 2 n combinations of which all but 2 log₂ n are side by side: no loop. `combine` gets slices of several elements along
 * the axis, and works on each of them.
 * Shapes:   each tensor of `xs [n, ...]` → the same
 * Gradient: that of the combinations, of any order
 * @throws ShapeError for an axis that tensors do not have or that differs in length, and for a `combine` that changes
 *   a shape; GraphError for one that changes the structure or a dtype
 * Source: Ladner & Fischer 1980; Blelloch 1990, the recursion of `jax.lax.associative_scan`.
 * @example
 * evaluate(associativeScan(add, [1, 2, 3, 4])); // → [1, 3, 6, 10]
 * const later = (a, b) => ({ decay: mul(a.decay, b.decay), h: add(mul(b.decay, a.h), b.h) });
 * const xs = { decay: [0.5, 0.5, 0.5], h: [1, 1, 1] };
 * evaluate(associativeScan(later, xs).h); // → [1, 1.5, 1.75]
 */
export function associativeScan<const Xs extends Operands>(
  combine: (a: Inside<Xs>, b: Inside<Xs>) => Operands,
  xs: Xs,
  options: AssociativeScanOptions = {},
): Inside<Xs> {
  const { axis = 0, reverse = false } = checkOptionNames("associativeScan", options, "axis reverse");
  requireFunction("associativeScan", combine);
  const given = flatten<Operand>(xs as never, isOperand, "associativeScan");
  const leaves = given.leaves.map((x) => toTensor("associativeScan", x));
  if (leaves.length === 0) throw new GraphError({ op: "associativeScan", problem: "xs hold no tensors" });
  const axes = leaves.map((x) => resolveAxis("associativeScan", x, axis));
  const lengths = leaves.map(({ shape }, i) => shape[axes[i]!]!);
  if (lengths.some((length) => length !== lengths[0]))
    throw new ShapeError({ op: "associativeScan", problem: `lengths differ: ${lengths.join(", ")}` });
  const shaped = (parts: Leaves): Inside<Xs> => {
    let next = 0;
    return mapStructure<Operand, Tensor>(xs as never, isOperand, () => parts[next++]!) as Inside<Xs>;
  };
  const joined: Combine = (a, b) => {
    const made = flatten<Tensor>(combine(shaped(a), shaped(b)) as never, isOperand, "associativeScan");
    checkAlike(
      made.paths,
      given.paths,
      made.leaves.map((y) => toTensor("associativeScan", y)),
      a,
    );
    return made.leaves.map((y) => toTensor("associativeScan", y));
  };
  const turned = (parts: Leaves): Leaves =>
    reverse ? parts.map((x, i) => flip(x, { axis: axes[i]! })) : parts;
  return shaped(turned(scanned(turned(leaves), joined, axes)));
}

function checkAlike(paths: readonly string[], expected: readonly string[], ys: Leaves, xs: Leaves): void {
  if (paths.join() !== expected.join())
    throw new GraphError({
      op: "associativeScan",
      problem: `combine takes ${showPaths(expected)} and gives ${showPaths(paths)}`,
    });
  ys.forEach(({ dtype, shape }, i) => {
    const x = xs[i]!;
    const what = expected[i] === "" ? "a tensor" : expected[i];
    if (!sameShape(shape, x.shape)) {
      const problem = `combine makes ${showShape(shape)} of ${what} ${showShape(x.shape)}`;
      throw new ShapeError({ op: "associativeScan", problem });
    }
    if (dtype !== x.dtype)
      throw new GraphError({
        op: "associativeScan",
        problem: `combine makes ${dtype} of ${what}, ${x.dtype}`,
      });
  });
}

const showPaths = (paths: readonly string[]): string => paths.map((path) => path || "a tensor").join(", ");

/** Pairs of neighbours are combined, their running combination is every second result, one more step gives the others. */
function scanned(xs: Leaves, combine: Combine, axes: readonly number[]): Leaves {
  const n = xs[0]!.shape[axes[0]!]!;
  if (n < 2) return xs;
  const part = (parts: Leaves, start: number, stop: number, step: number): Leaves =>
    parts.map((x, i) => sliceAxis(x, axes[i]!, start, stop, step));
  const odd = scanned(combine(part(xs, 0, n - 1, 2), part(xs, 1, n, 2)), combine, axes);
  const first = part(xs, 0, 1, 1);
  if (n === 2) return first.map((x, i) => concat([x, odd[i]!], { axis: axes[i]! }));
  const before = n % 2 === 0 ? part(odd, 0, n / 2 - 1, 1) : odd;
  const later = combine(before, part(xs, 2, n, 2));
  return first.map((x, i) => interleaved(concat([x, later[i]!], { axis: axes[i]! }), odd[i]!, axes[i]!));
}

/** `even₀ odd₀ even₁ odd₁ …`; there may be one even element more. */
function interleaved(even: Tensor, odd: Tensor, axis: number): Tensor {
  const pairs = odd.shape[axis]!;
  const both = stack([sliceAxis(even, axis, 0, pairs, 1), odd], { axis: axis + 1 });
  const flat = reshape(
    both,
    odd.shape.map((length, i) => (i === axis ? 2 * length : length)),
  );
  return even.shape[axis] === pairs
    ? flat
    : concat([flat, sliceAxis(even, axis, pairs, pairs + 1, 1)], { axis });
}
