import type { FunctionBuilder } from "../assembler/function-builder.ts";
import { Lanes, type Vector, type VectorValue } from "./lanes.ts";
import { largeAngle } from "./large-angle.ts";

/** π/2 in three parts of 33 bits and the rest. Source: FreeBSD msun e_rem_pio2.c (SunPro 1993). */
const HALF_PI = [
  1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32,
] as const;
/** 2¹⁹ π/2: below it, multiples of the parts are exact. */
const BOUND = 823549;

/** `(sin x - x) / x³` and `(cos x - 1 + x²/2) / x⁴` in x², for |x| ≤ π/4. Minimax (Remez), errors below 2⁻³³ and 2⁻⁶⁴. */
const SIN_SINGLE = [-0.1666666716, 0.008333329111, -0.0001983933471, 2.718303904e-6];
const SIN_DOUBLE = [
  -0.16666666666666666, 0.008333333333333323, -0.00019841269841255137, 2.7557319214225993e-6,
  -2.5052104920693515e-8, 1.605836777209535e-10, -7.578754064551633e-13,
];
const COS_SINGLE = [0.04166664556, -0.001388736768, 2.443839367e-5];
const COS_DOUBLE = [
  0.0416666666666666, -0.0013888888888874127, 2.480158728948272e-5, -2.7557314352323215e-7,
  2.0875723255300325e-9, -1.1359646237221413e-11,
];

/** `x = n π/2 + r + rest`, |r| ≤ π/4; `n` is whole, and right modulo 4. */
interface Angle {
  readonly n: Vector;
  readonly r: Vector;
  readonly rest: Vector;
}

/** Two doubles at a time; lanes beyond the bound go one by one through `largeAngle`. */
function reduceDouble(f: FunctionBuilder, x: Vector): Angle {
  const l = new Lanes(f, "f64x2");
  const { v } = l;
  const n = l.keep(v.nearest(v.mul(x, 2 / Math.PI)));
  const first = l.keep(v.sub(x, v.mul(n, HALF_PI[0])));
  const step = l.keep(v.mul(n, HALF_PI[1]));
  const second = l.keep(v.sub(first, step));
  // what first - step loses (Knuth's two-sum)
  const virtual = l.keep(v.sub(first, second));
  const lost = v.add(v.sub(first, v.add(second, virtual)), v.sub(virtual, step));
  const small = l.keep(v.sub(v.sub(lost, v.mul(n, HALF_PI[2])), v.mul(n, HALF_PI[3])));
  const r = l.keep(v.add(second, small));
  const rest = l.keep(v.sub(small, v.sub(r, second)));
  f.if(f.v128.any_true(v.gt(l.abs(x), BOUND)), () => {
    for (const lane of [0, 1]) {
      const angle = f.keep(f.f64x2.extract_lane(lane, x));
      f.if(f.f64.gt(f.f64.abs(angle), BOUND), () => {
        const parts = [f.local("f64"), f.local("f64"), f.local("f64")] as const;
        f.call(largeAngle(f.module), angle);
        for (const part of [...parts].reverse()) f.set(part);
        const targets = [n, r, rest];
        for (const [i, part] of parts.entries())
          f.set(targets[i]!, f.f64x2.replace_lane(lane, targets[i]!, part));
      });
    }
  });
  return { n, r, rest };
}

/** Four singles, reduced in double precision. */
function reduceSingle(f: FunctionBuilder, x: Vector): Angle {
  const { f64x2, f32x4, i8x16 } = f;
  const upper = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
  const halves = [
    reduceDouble(f, f.keep(f64x2.promote_low_f32x4(x))),
    reduceDouble(f, f.keep(f64x2.promote_low_f32x4(i8x16.shuffle(upper, x, x)))),
  ] as const;
  const both = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  const joined = (part: "n" | "r"): Vector =>
    f.keep(
      i8x16.shuffle(both, f32x4.demote_f64x2_zero(halves[0][part]), f32x4.demote_f64x2_zero(halves[1][part])),
    );
  return { n: joined("n"), r: joined("r"), rest: halves[0].rest };
}

/** `sin(r + rest)`. Source: FreeBSD msun k_sin.c, its way of summing. */
function sinKernel(l: Lanes, { r, rest }: Angle, z: Vector): VectorValue {
  const { v } = l;
  if (l.single) return v.add(r, v.mul(v.mul(r, z), l.polynomial(z, SIN_SINGLE)));
  const cube = l.keep(v.mul(z, r));
  const [first, ...others] = SIN_DOUBLE as [number, ...number[]];
  const tail = l.keep(v.mul(cube, l.polynomial(z, others)));
  return v.sub(r, v.sub(v.sub(v.mul(z, v.sub(v.mul(rest, 0.5), tail)), rest), v.mul(cube, first)));
}

/** `cos(r + rest)`. Source: FreeBSD msun k_cos.c, its way of summing. */
function cosKernel(l: Lanes, { r, rest }: Angle, z: Vector): VectorValue {
  const { v } = l;
  const half = l.keep(v.mul(z, 0.5));
  const near = l.keep(v.sub(1, half));
  const tail = v.mul(v.mul(z, z), l.polynomial(z, l.pick(COS_SINGLE, COS_DOUBLE)));
  const small = l.keep(l.single ? tail : v.sub(tail, v.mul(r, rest)));
  return v.add(near, v.add(v.sub(v.sub(1, near), half), small));
}

/** `sin(x + shift π/2)`. */
function wave(l: Lanes, x: Vector, shift: 0 | 1): VectorValue {
  const { v, int, f } = l;
  const angle = l.single ? reduceSingle(f, x) : reduceDouble(f, x);
  const z = l.keep(v.mul(angle.r, angle.r));
  const sine = l.keep(sinKernel(l, angle, z));
  const cosine = l.keep(cosKernel(l, angle, z));
  const quadrant = l.keep(v.add(angle.n, l.magic + shift));
  const odd = int.shr_s(int.shl(quadrant, l.width - 1), l.width - 1);
  const swapped = l.keep(l.choose(cosine, sine, odd));
  const negative = f.v128.and(int.shl(quadrant, l.width - 2), v.const(-0));
  return f.v128.xor(swapped, negative);
}

/** `sin x`; tiny `x` is its own result. */
export function sin(l: Lanes, x: Vector): VectorValue {
  const result = l.keep(wave(l, x, 0));
  return l.choose(x, result, l.v.lt(l.abs(x), l.pick(2 ** -13, 2 ** -27)));
}

/** `cos x`. */
export const cos = (l: Lanes, x: Vector): VectorValue => wave(l, x, 1);
