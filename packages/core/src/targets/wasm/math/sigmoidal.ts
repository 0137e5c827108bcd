import { exp, expm1, reduceExponent, risen } from "./exponential.ts";
import type { Lanes, Vector, VectorValue } from "./lanes.ts";
import { log1pSmall } from "./logarithm.ts";

/** Below it tanh is `x / (1 + x² P(x²))`. */
const BEND = 0.82;
/** `(x coth x - 1) / x²` in x², for |x| ≤ 0.8. Minimax (Remez), error of tanh 2⁻²⁸, at the bend 2⁻²⁷. */
const COTH = [0.3333331347, -0.02221909352, 0.002101104474, -0.0001817960878];
/** `f coth(f ln 2 / 2)` in f², for |f| ≤ 1/2. Minimax (Remez), error of 2^f 2⁻²⁹. */
const HALVES = [2.885390043, 0.1155247763, -0.0009229654679];

/**
 * `1 / (1 + e⁻ˣ)`. The denominator is summed as `(1 + 2ⁿ) + 2ⁿ (e^r - 1)`, rounded once where e^r would have been rounded
 * before; `lost` is the 1 beside a large 2ⁿ. All is scaled by `one`, so that 2ⁿ is a normal number for every `x`.
 */
export function sigmoid(l: Lanes, x: Vector): VectorValue {
  const { v } = l;
  const places = l.pick(64, 512);
  const one = 2 ** -places;
  const inside = l.keep(l.clamp(x, l.pick(-104.5, -746), 43));
  const { bits, r } = reduceExponent(l, inside, l.bias - places, -1);
  const power = l.keep(l.exponentBits(bits));
  const base = l.keep(v.add(power, one));
  const lost = l.keep(v.sub(one, v.sub(base, power)));
  return v.div(one, v.add(l.multiplyAdd(power, risen(l, r), lost), base));
}

/**
 * `tanh x`: in single precision `x / (x coth x)` below the bend and `1 - 2 / (1 + e²ˣ)` above; in double `t / (t + 2)`
 * with `t = e²ˣ - 1` (FreeBSD msun s_tanh.c, SunPro 1993).
 */
export function tanh(l: Lanes, x: Vector): VectorValue {
  const { v } = l;
  const { v128 } = l.f;
  const sign = l.keep(v128.and(x, v.const(-0)));
  const a = l.keep(v128.xor(x, sign));
  if (!l.single) {
    const t = l.keep(expm1(l, l.keep(v.mul(v.pmin(a, 22), 2))));
    return v128.or(v.div(t, v.add(t, 2)), sign);
  }
  const z = l.keep(v.mul(a, a));
  const small = l.keep(v.div(a, l.multiplyAdd(z, l.polynomial(z, COTH), 1)));
  return v128.or(l.choose(small, l.keep(tanhFar(l, a)), v.lt(a, BEND)), sign);
}

/**
 * `1 - 2 / (1 + e²ᵃ)` in single precision, with one division: `2a = (n + f) ln 2`, `e²ᵃ = 2ⁿ (c + f) / (c - f)` and
 * `c = f coth(f ln 2 / 2)`. Errors of `e²ᵃ` shrink to a third and less. Source: the quotient as in Cody & Waite 1980, ch. 6.
 */
function tanhFar(l: Lanes, a: Vector): VectorValue {
  const { v } = l;
  const t = l.keep(v.mul(v.pmin(a, 10), 2 * Math.LOG2E));
  const bits = l.keep(v.add(t, l.magic + l.bias));
  const f = l.keep(v.sub(t, v.sub(bits, l.magic + l.bias)));
  const c = l.keep(l.polynomial(l.keep(v.mul(f, f)), HALVES));
  const below = l.keep(v.sub(c, f));
  const above = l.keep(v.add(c, f));
  const half = l.keep(v.div(below, l.multiplyAdd(above, l.exponentBits(bits), below)));
  return v.sub(1, v.add(half, half));
}

/** `ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|)`. */
export function softplus(l: Lanes, x: Vector): VectorValue {
  const { v } = l;
  const e = l.keep(exp(l, l.keep(l.neg(l.abs(x)))));
  return v.add(v.pmax(x, 0), log1pSmall(l, e));
}
