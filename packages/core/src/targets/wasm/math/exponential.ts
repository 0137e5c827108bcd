import type { Lanes, Vector, VectorValue } from "./lanes.ts";

/** ln 2 in two parts, the first with so few bits that its product with an exponent is exact. */
export const LN2_SINGLE = [0.693145751953125, 1.428606765330187e-6] as const;
export const LN2_DOUBLE = [0.6931471804855391, 7.440617110012397e-11] as const;

/** `(e^r - 1 - r) / r²` on |r| ≤ ln 2 / 2; relative error of e^r 2⁻²⁸ and 2⁻⁶⁴. Minimax (Remez). */
const SINGLE = [0.4999999404, 0.1666652113, 0.04166838899, 0.008368716575, 0.001381461159];
const DOUBLE = [
  0.5, 0.16666666666666682, 0.041666666666666095, 0.00833333333331704, 0.001388888888911602,
  0.0001984126989637222, 2.480158692592812e-5, 2.755723486999147e-6, 2.7557582379342955e-7,
  2.5112034935625084e-8, 2.0826484205902224e-9,
];
/** The same, with relative error of e^r - 1 2⁻³² and 2⁻⁶². */
const SINGLE_MINUS_ONE = [0.5, 0.1666666716, 0.04166635498, 0.008333272301, 0.001394101302, 0.00019914312];
const DOUBLE_MINUS_ONE = [
  0.5, 0.16666666666666677, 0.0416666666666667, 0.008333333333321617, 0.0013888888888866687,
  0.00019841269886157703, 2.4801587360804496e-5, 2.7557244182681295e-6, 2.755724258090824e-7,
  2.510904465135335e-8, 2.0924490194709948e-9,
];

/** A whole number, and its sum with an offset as the low bits of `bits`. */
export interface Exponent {
  readonly n: Vector;
  readonly bits: Vector;
}

/** The whole number nearest to `±x / ln 2`: adding a large number rounds, and leaves an integer in the low bits. */
export function exponentOf(l: Lanes, x: Vector, offset: number, sign: 1 | -1 = 1): Exponent {
  const { v } = l;
  const bits = l.keep(l.multiplyAdd(x, sign * Math.LOG2E, l.magic + offset));
  return { n: l.keep(v.sub(bits, l.magic + offset)), bits };
}

/** `±x = n ln 2 + r`, |r| ≤ ln 2 / 2. Source: Cody & Waite 1980, ch. 6. */
export function reduceExponent(
  l: Lanes,
  x: Vector,
  offset: number,
  sign: 1 | -1 = 1,
): Exponent & { readonly r: Vector } {
  const [high, low] = l.pick<readonly [number, number]>(LN2_SINGLE, LN2_DOUBLE);
  const { n, bits } = exponentOf(l, x, offset, sign);
  const signed = sign === 1 ? x : l.keep(l.neg(x));
  const rest = l.keep(l.subtractProduct(signed, n, high));
  return { n, bits, r: l.keep(l.subtractProduct(rest, n, low)) };
}

/** `e^r - 1` for |r| ≤ ln 2 / 2, exact relative to e^r. */
export function risen(l: Lanes, r: Vector): VectorValue {
  const square = l.keep(l.v.mul(r, r));
  return l.multiplyAdd(square, l.polynomialPairs(r, square, l.pick(SINGLE, DOUBLE)), r);
}

/**
 * `y 2ⁿ` for `n` down to the subnormal results, up to the overflow, where the low bits are `n + 2 bias`: half of that is
 * an exponent with its bias, and so is the rest.
 */
export function scaled(l: Lanes, y: VectorValue, bits: Vector): VectorValue {
  const kept = l.keep(y);
  const half = l.keep(l.int.shr_u(bits, 1));
  return l.v.mul(l.v.mul(kept, l.exponentBits(half)), l.exponentBits(l.int.sub(bits, half)));
}

/** `eˣ`, with 0 and ∞ where it leaves the range. */
export function exp(l: Lanes, x: Vector): VectorValue {
  const inside = l.keep(l.clamp(x, l.pick(-104, -746), l.pick(89, 710)));
  const { bits, r } = reduceExponent(l, inside, 2 * l.bias);
  return scaled(l, l.v.add(risen(l, r), 1), bits);
}

/** `eˣ` where the result is a normal number. */
export function expNormal(l: Lanes, x: Vector): VectorValue {
  const { bits, r } = reduceExponent(l, x, l.bias);
  return l.v.mul(l.v.add(risen(l, r), 1), l.exponentBits(bits));
}

/** `eˣ - 1` = 2 (2ⁿ⁻¹ (e^r - 1) + (2ⁿ⁻¹ - ½)); tiny `x` is its own result. */
export function expm1(l: Lanes, x: Vector): VectorValue {
  const { v } = l;
  const inside = l.keep(l.clamp(x, l.pick(-20, -40), l.pick(89, 710)));
  const { bits, r } = reduceExponent(l, inside, l.bias - 1);
  const rest = l.keep(v.mul(v.mul(r, r), l.polynomial(r, l.pick(SINGLE_MINUS_ONE, DOUBLE_MINUS_ONE))));
  const half = l.keep(l.exponentBits(bits));
  // base + 2ⁿ⁻¹ r loses what `lost` holds (Dekker's fast two-sum, in the order of magnitudes for every n but 0)
  const base = l.keep(v.sub(half, 0.5));
  const step = l.keep(v.mul(half, r));
  const sum = l.keep(v.add(base, step));
  const virtual = l.keep(v.sub(sum, base));
  const lost = l.keep(v.add(v.sub(base, v.sub(sum, virtual)), v.sub(step, virtual)));
  const result = l.keep(v.mul(v.add(sum, v.add(lost, v.mul(half, rest))), 2));
  return l.choose(x, result, v.lt(l.abs(x), l.pick(2 ** -26, 2 ** -55)));
}
