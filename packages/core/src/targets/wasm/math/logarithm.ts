import { LN2_DOUBLE, LN2_SINGLE } from "./exponential.ts";
import type { Lanes, Vector, VectorValue } from "./lanes.ts";

/** `(ln((1+s)/(1-s)) - 2s) / s³` in s², for |s| ≤ 3 - 2√2. Minimax (Remez), relative error 2⁻²⁹ and 2⁻⁶⁵. */
const SINGLE = [0.6666666269, 0.4000033736, 0.2853724062, 0.2358356565];
const DOUBLE = [
  0.6666666666666666, 0.4000000000000627, 0.28571428569077917, 0.2222222264810154, 0.18181775553147228,
  0.15387095989404131, 0.13249993725261264, 0.1325251209831556,
];

/** `x = 2ᵏ (1 + f)` with √½ ≤ 1 + f < √2, for positive finite `x`, subnormals included. */
export function splitExponent(l: Lanes, x: Vector): { k: Vector; f: Vector } {
  const { v, int, f: builder } = l;
  const tiny = l.keep(v.lt(x, l.pick(2 ** -126, 2 ** -1022)));
  const up = l.pick(24, 54);
  const normal = l.keep(l.choose(v.mul(x, 2 ** up), x, tiny));
  const rootHalf = l.pick(0x3f3504f3n, 0x3fe6a09e667f3bcdn);
  const exponent = l.keep(int.shr_s(int.sub(normal, l.bits(rootHalf)), l.mantissa));
  const magicBits = l.pick(0x4b400000n, 0x4338000000000000n);
  const k = v.sub(v.sub(int.add(exponent, l.bits(magicBits)), l.magic), builder.v128.and(tiny, v.const(up)));
  return { k: l.keep(k), f: l.keep(v.sub(int.sub(normal, int.shl(exponent, l.mantissa)), 1)) };
}

/** `ln x + tail` for positive finite `x`. Source: FreeBSD msun e_log.c (SunPro 1993), its way of summing. */
export function logPositive(l: Lanes, x: Vector, tail?: Vector): VectorValue {
  const { v } = l;
  const { k, f } = splitExponent(l, x);
  const s = l.keep(v.div(f, v.add(f, 2)));
  const z = l.keep(v.mul(s, s));
  const half = l.keep(v.mul(v.mul(f, f), 0.5));
  const series = v.mul(z, l.polynomial(z, l.pick(SINGLE, DOUBLE)));
  const [high, low] = l.pick<readonly [number, number]>(LN2_SINGLE, LN2_DOUBLE);
  let small = v.mul(s, v.add(half, series));
  small = v.add(small, v.mul(k, low));
  if (tail) small = v.add(small, tail);
  const below = l.keep(v.sub(v.sub(half, small), f));
  return v.sub(v.mul(k, high), below);
}

/** Puts -∞ where `x` is 0, NaN where it is negative, and itself where it is ∞ or NaN. */
function logSpecials(l: Lanes, result: VectorValue, x: Vector): VectorValue {
  const { v } = l;
  const finite = l.keep(l.choose(result, x, v.lt(x, Infinity)));
  return l.f.v128.or(l.choose(v.const(-Infinity), finite, v.eq(x, 0)), v.lt(x, 0));
}

/** `ln x`. */
export const log = (l: Lanes, x: Vector): VectorValue => logSpecials(l, logPositive(l, x), x);

/** `ln(1 + x)` for x ≥ 0 and finite: what 1 + x loses comes back as `tail`. */
function log1pOf(l: Lanes, x: Vector): { u: Vector; result: VectorValue } {
  const { v } = l;
  const u = l.keep(v.add(x, 1));
  const virtual = l.keep(v.sub(u, 1));
  const lost = v.add(v.sub(1, v.sub(u, virtual)), v.sub(x, virtual));
  const tail = l.keep(v.div(lost, u));
  return { u, result: logPositive(l, u, tail) };
}

/** `ln(1 + x)` without special values, for 0 ≤ x ≤ 1. */
export const log1pSmall = (l: Lanes, x: Vector): VectorValue => log1pOf(l, x).result;

/** `ln(1 + x)`. */
export function log1p(l: Lanes, x: Vector): VectorValue {
  const { u, result } = log1pOf(l, x);
  return l.signed(logSpecials(l, result, u), x);
}
