import type { DType } from "../dtype.ts";
import { constant } from "../graph/leaves.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, div, mul, square, sub } from "../ops/arithmetic.ts";
import { broadcastTo } from "../ops/broadcast.ts";
import { cast } from "../ops/cast.ts";
import {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  where,
} from "../ops/comparison.ts";
import { rsqrt, sqrt } from "../ops/exponential.ts";
import { arange, take } from "../ops/indexing.ts";
import { abs } from "../ops/piecewise.ts";
import { argmax, max } from "../ops/reduction.ts";
import { flipLast, reshape } from "../ops/reshape.ts";
import { expandDims } from "./arrangement.ts";
import { takeAlong } from "./selection.ts";

/** More sweeps than any matrix needs: 6 to 10 are usual. */
export const MOST_SWEEPS = 30;

/** The distance from 1 to the next number. */
export const epsilonOf = (dtype: DType): number => (dtype === "f32" ? 2 ** -23 : 2 ** -52);

/**
 * A sweep in rounds, in which everybody has a partner, `i32 [rounds, n]`: a tournament where each pair meets once. Where n
 * is odd, somebody pauses in each round, and is his own partner.
 */
export function partners(n: number): Tensor {
  const last = n - 1 + (n % 2);
  const rounds = Array.from({ length: last }, (_, round) => {
    const partner = Array.from({ length: n }, (_, i) => i);
    const meet = (i: number, j: number): void => {
      if (i < n && j < n) [partner[i], partner[j]] = [j, i];
    };
    meet(round, last);
    for (let k = 1; k <= (last - 1) / 2; k++) meet((round + k) % last, (round + last - k) % last);
    return partner;
  });
  return constant(rounds, "i32");
}

/** What stands at `[i, i]`, `[j, j]` and `[i, j]` of a symmetric matrix for each i and its partner j, `[batch, n]`. */
export interface Pairs {
  readonly own: Tensor;
  readonly other: Tensor;
  readonly between: Tensor;
  /** Whether what is between is not yet as good as 0. */
  readonly significant: Tensor;
}

/** Column i becomes `cos · column i - sin · column j`. */
export interface Rotation {
  readonly cos: Tensor;
  readonly sin: Tensor;
  /** What goes from `[i, i]`. */
  readonly moved: Tensor;
}

/**
 * The smaller of the angles that make `between` zero: `cot 2φ = (other - own) / (2 between)`. Seen from the partner, it is
 * the same with the other sign.
 * Source: Golub & Van Loan 2013, algorithm 8.5.1
 */
export function rotationOf({ own, other, between, significant }: Pairs, partner: Tensor): Rotation {
  const cotangent = div(sub(other, own), mul(2, where(significant, between, 1)));
  const first = less(arange(partner.shape[0]!), partner);
  const positive = logicalOr(greater(cotangent, 0), logicalAnd(equal(cotangent, 0), first));
  const size = abs(cotangent);
  const smaller = div(where(positive, 1, -1), add(size, sqrt(add(1, square(size)))));
  const tangent = where(significant, smaller, 0);
  const cos = rsqrt(add(1, square(tangent)));
  return { cos, sin: mul(tangent, cos), moved: mul(tangent, between) };
}

/** Rows `x [batch, n, m]` in pairs, each turned in the plane with its partner's. */
export function rotated(x: Tensor, { cos, sin }: Rotation, partner: Tensor): Tensor {
  return sub(mul(expandDims(cos, -1), x), mul(expandDims(sin, -1), take(x, partner, { axis: 1 })));
}

/** Rows of `x [batch, n, m]` in an order, `i32 [batch, n]`. */
export const inOrder = (x: Tensor, order: Tensor): Tensor =>
  takeAlong(x, broadcastTo(expandDims(order, -1), x.shape), { axis: 1 });

/**
 * 1 or -1, `[batch, n, 1]`, for each row of `x [batch, n, m]`, so that its largest element becomes positive; of elements that are alike to
 * 1 % the first, lest rounding decides where they have the same size.
 */
export function signsOf(x: Tensor): Tensor {
  const size = abs(x);
  const large = greaterEqual(size, mul(0.99, max(size, { axis: 2, keepDims: true })));
  const at = argmax(cast(large, "i32"), { axis: 2 });
  return where(less(takeAlong(x, expandDims(at, -1), { axis: 2 }), 0), -1, 1);
}

/**
 * `1 / (xⱼ - xᵢ)`, and 0 where that is as good as 0: below `n ε max |x|`, within which rounding may move either.
 * Shapes: `x [batch, n]` → `[batch, n, n]`
 */
export function inverseGaps(x: Tensor): Tensor {
  const [batch, n] = x.shape as [number, number];
  const gap = sub(reshape(x, [batch, 1, n]), reshape(x, [batch, n, 1]));
  const rounding = mul(n * epsilonOf(x.dtype), max(abs(x), { axis: 1 }));
  return inverseOr0(gap, reshape(rounding, [batch, 1, 1]));
}

/** `1 / x`, and 0 where `|x|` is not above a bound. */
export function inverseOr0(x: Tensor, bound: Tensor | number = 0): Tensor {
  const none = lessEqual(abs(x), bound);
  return where(none, 0, div(1, where(none, 1, x)));
}

/** `x - xᵀ`, of matrices. */
export const skew = (x: Tensor): Tensor => sub(x, flipLast(x));
