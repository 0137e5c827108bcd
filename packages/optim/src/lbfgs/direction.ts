import { addScaled, dot } from "../vectors.ts";

/** A step `s = x₊ - x` and what it changed in the gradient, `y = g₊ - g`, with `s·y > 0`. */
export interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
}

/**
 * `-H g`, where H is the inverse Hessian that BFGS makes of the pairs, the oldest first, from `γ I` with γ = `s·y / y·y`
 * of the last one; without pairs, `-g`.
 * Source: Nocedal & Wright 2006, Algorithm 7.4 and equation 7.20.
 */
export function direction(g: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = g.map((x) => -x);
  const alphas = pairs.map(() => 0);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y } = pairs[i]!;
    alphas[i] = dot(s, q) / dot(s, y);
    addScaled(q, -alphas[i]!, y);
  }
  const last = pairs.at(-1);
  const gamma = last ? dot(last.s, last.y) / dot(last.y, last.y) : 1;
  for (let i = 0; i < q.length; i++) q[i]! *= gamma;
  pairs.forEach(({ s, y }, i) => {
    addScaled(q, alphas[i]! - dot(y, q) / dot(s, y), s);
  });
  return q;
}
