import { exp, expm1, expNormal } from "./exponential.ts";
import type { Lanes, Vector, VectorValue } from "./lanes.ts";
import { log1pSmall } from "./logarithm.ts";

/** `(tanh x / x - 1) / x²` in x², for |x| ≤ 0.625. Minimax (Remez), error 2⁻³². */
const SINGLE = [-0.3333333135, 0.1333321035, -0.05394722894, 0.02170307003, -0.008182871155, 0.002147675026];

/** `1 / (1 + e⁻ˣ)`: `e = e^-|x|` never overflows, and `e / (1 + e)` serves negative `x`. */
export function sigmoid(l: Lanes, x: Vector): VectorValue {
  const { v } = l;
  const e = l.keep(exp(l, l.keep(v.neg(v.abs(x)))));
  const whole = l.keep(v.add(e, 1));
  const lost = l.keep(v.sub(e, v.sub(whole, 1))); // what 1 + e loses
  const negative = l.keep(v.lt(x, 0));
  const ratio = l.keep(v.div(l.choose(e, v.const(1), negative), whole));
  const inverse = l.choose(v.sub(1, ratio), ratio, negative); // 1 / (1 + e)
  return v.sub(ratio, v.mul(v.mul(inverse, ratio), lost));
}

/**
 * `tanh x`: in single precision a polynomial below 0.625 and `1 - 2 / (e²ˣ + 1)` above (Cephes tanhf, Moshier 1992);
 * in double `t / (t + 2)` with `t = e²ˣ - 1` (FreeBSD msun s_tanh.c, SunPro 1993).
 */
export function tanh(l: Lanes, x: Vector): VectorValue {
  const { v } = l;
  const a = l.keep(v.abs(x));
  const twice = l.keep(v.mul(v.pmin(a, l.pick(10, 22)), 2));
  if (!l.single) {
    const t = l.keep(expm1(l, twice));
    return l.signed(v.div(t, v.add(t, 2)), x);
  }
  const large = l.keep(v.sub(1, v.div(2, v.add(expNormal(l, twice), 1))));
  const z = l.keep(v.mul(a, a));
  const small = l.keep(v.add(a, v.mul(v.mul(a, z), l.polynomial(z, SINGLE))));
  return l.signed(l.choose(small, large, v.lt(a, 0.625)), x);
}

/** `ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|)`. */
export function softplus(l: Lanes, x: Vector): VectorValue {
  const { v } = l;
  const e = l.keep(exp(l, l.keep(v.neg(v.abs(x)))));
  return v.add(v.pmax(x, 0), log1pSmall(l, e));
}
