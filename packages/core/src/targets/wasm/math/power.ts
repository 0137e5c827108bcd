import { exp, exponentOf, LN2_DOUBLE, risen, scaled } from "./exponential.ts";
import { Lanes, type Vector, type VectorValue } from "./lanes.ts";
import { logPositive, splitExponent } from "./logarithm.ts";

/** A number as the sum of a double and a much smaller one. */
interface Pair {
  readonly high: Vector;
  readonly low: Vector;
}

/** `(artanh s / s - 1 - s²/3) / s⁴` in s², for |s| ≤ 3 - 2√2. Minimax (Remez), error 2⁻⁶⁶. */
const SERIES = [
  0.20000000000001025, 0.142857142850903, 0.1111111125380976, 0.09090892652218263, 0.07693359557111043,
  0.06628807538737423, 0.06594818186311767,
];
const THIRD = [0.3333333333333333, 1.850371707708594e-17] as const;

/**
 * `a b` as a pair: what rounding loses is one fused operation, else the halves of each factor have so few bits that
 * their products are exact. Source: Dekker 1971.
 */
function twoProduct(l: Lanes, a: Vector, b: Vector): Pair {
  const { v } = l;
  if (l.fused) {
    const product = l.keep(v.mul(a, b));
    return { high: product, low: l.keep(l.neg(l.subtractProduct(product, a, b))) };
  }
  const [a1, b1] = [a, b].map((x) => l.keep(l.f.v128.and(x, l.bits(0xfffffffff8000000n)))) as [
    Vector,
    Vector,
  ];
  const [a2, b2] = [l.keep(v.sub(a, a1)), l.keep(v.sub(b, b1))];
  const high = l.keep(v.mul(a, b));
  const cross = v.add(v.add(v.sub(v.mul(a1, b1), high), v.mul(a1, b2)), v.mul(a2, b1));
  return { high, low: l.keep(v.add(cross, v.mul(a2, b2))) };
}

/** `a + b` as a pair, for |a| ≥ |b| or a = 0, with `rest` added to the small part. */
function fastSum(l: Lanes, a: Vector, b: Vector, rest: Vector): Pair {
  const { v } = l;
  const high = l.keep(v.add(a, b));
  return { high, low: l.keep(v.add(v.sub(b, v.sub(high, a)), rest)) };
}

/**
 * `ln x` to about 65 bits, for positive finite `x`: `k ln 2 + 2s (1 + s² (1/3 + s² Q(s²)))` with `s = f / (2 + f)`.
 * Source: the series as in FreeBSD msun e_pow.c (SunPro 1993), pairs as in Dekker 1971.
 */
function logPair(l: Lanes, x: Vector): Pair {
  const { v } = l;
  const { k, f } = splitExponent(l, x);
  const u = l.keep(v.add(f, 2));
  const uLow = l.keep(v.sub(f, v.sub(u, 2)));
  const s = l.keep(v.div(f, u));
  const su = twoProduct(l, s, u);
  const sLow = l.keep(v.div(v.sub(v.sub(v.sub(f, su.high), su.low), v.mul(s, uLow)), u));
  const square = twoProduct(l, s, s);
  const squareLow = l.keep(v.add(square.low, v.mul(v.mul(s, 2), sLow)));
  const z = square.high;
  const q = l.keep(v.mul(z, l.polynomial(z, SERIES)));
  const w = l.keep(v.add(q, THIRD[0]));
  const wLow = l.keep(v.add(v.sub(q, v.sub(w, THIRD[0])), THIRD[1]));
  const zw = twoProduct(l, z, w);
  const zwLow = l.keep(v.add(zw.low, v.add(v.mul(z, wLow), v.mul(squareLow, w))));
  const [twice, twiceLow] = [l.keep(v.add(s, s)), l.keep(v.add(sLow, sLow))];
  const bend = twoProduct(l, twice, zw.high);
  const bendLow = l.keep(
    v.add(v.add(bend.low, twiceLow), v.add(v.mul(twice, zwLow), v.mul(twiceLow, zw.high))),
  );
  const curve = fastSum(l, twice, bend.high, bendLow);
  const smaller = l.keep(v.add(curve.low, v.mul(k, LN2_DOUBLE[1])));
  const sum = fastSum(l, l.keep(v.mul(k, LN2_DOUBLE[0])), curve.high, smaller);
  return fastSum(l, sum.high, sum.low, l.keep(v.const(0)));
}

/** `xᵇ` for positive finite `x` and |b| below 2⁶⁵. */
function powDouble(l: Lanes, x: Vector, b: Vector): VectorValue {
  const { v } = l;
  const log = logPair(l, x);
  const t = twoProduct(l, b, log.high);
  const far = l.keep(v.lt(l.abs(t.high), 1000));
  const low = l.keep(l.f.v128.and(v.add(t.low, v.mul(b, log.low)), far));
  const high = l.keep(l.clamp(t.high, -760, 720));
  const { n, bits } = exponentOf(l, high, 2 * l.bias);
  const r = l.keep(v.add(v.sub(v.sub(high, v.mul(n, LN2_DOUBLE[0])), v.mul(n, LN2_DOUBLE[1])), low));
  return scaled(l, v.add(risen(l, r), 1), bits);
}

/** Four singles, in double precision. */
function powSingle(l: Lanes, x: Vector, b: Vector): VectorValue {
  const { f } = l;
  const double = new Lanes(f, "f64x2");
  const upper = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
  const [low, high] = [false, true].map((up) => {
    const half = (y: Vector): Vector =>
      f.keep(f.f64x2.promote_low_f32x4(up ? f.i8x16.shuffle(upper, y, y) : y));
    const base = half(x);
    const product = f.keep(double.v.mul(half(b), logPositive(double, base)));
    return f.keep(f.f32x4.demote_f64x2_zero(exp(double, product)));
  }) as [Vector, Vector];
  return f.i8x16.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23], low, high);
}

/** `aᵇ` with the special values of C99, annex F.9.4.4. */
export function pow(l: Lanes, a: Vector, b: Vector): VectorValue {
  const { v } = l;
  const { v128 } = l.f;
  const x = l.keep(l.abs(a));
  const one = l.keep(v.const(1));
  const huge = v128.or(v.gt(l.abs(b), 2 ** 65), v128.or(v.eq(x, 0), v.eq(x, Infinity)));
  const extreme = l.keep(huge);
  const finite = l.keep(
    l.single ? powSingle(l, ...calm(l, x, b, extreme)) : powDouble(l, ...calm(l, x, b, extreme)),
  );
  const shrinks = l.keep(v128.xor(v.gt(x, one), v.gt(b, 0)));
  const limit = l.keep(v128.andnot(v.const(Infinity), shrinks));
  const size = l.keep(l.choose(limit, finite, extreme));
  const magnitude = l.keep(l.choose(one, size, v.eq(x, one)));
  const whole = l.keep(v.eq(v.floor(b), b));
  const half = l.keep(v.mul(b, 0.5));
  const odd = v128.and(v128.and(whole, v.ne(v.floor(half), half)), v128.and(a, v.const(-0)));
  const signed = l.keep(v128.or(magnitude, odd));
  const outside = v128.andnot(v128.and(v.lt(a, 0), v.gt(a, -Infinity)), whole);
  const undefinedThere = v128.or(outside, v128.or(v.ne(a, a), v.ne(b, b)));
  const result = l.keep(v128.or(signed, undefinedThere));
  return l.choose(one, result, v128.or(v.eq(b, 0), v.eq(a, one)));
}

/** 1 and 1 where the result is known without computing. */
const calm = (l: Lanes, x: Vector, b: Vector, extreme: Vector): [Vector, Vector] => {
  const one = l.keep(l.v.const(1));
  return [l.keep(l.choose(one, x, extreme)), l.keep(l.choose(one, b, extreme))];
};
