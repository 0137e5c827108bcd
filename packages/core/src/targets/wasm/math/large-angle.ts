import type { FunctionBuilder, FunctionModule } from "../assembler/function-builder.ts";
import type { FunctionReference } from "../assembler/function-signature.ts";
import type { Label, Local } from "../assembler/operand.ts";

/** The first 1216 bits of 2/π after the point, in words of 32, behind two words of zeros. */
const WORDS = [
  0, 0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
  0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026,
  0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f,
  0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1,
  0x1f8d5d08, 0x56033046, 0xfc7b6bab,
];
const LOW = 0xffffffffn;
const LIMBS = 6;

/** A function that gives word `i` of the table: constants in code, so that no memory is needed. */
const wordFunction = (module: FunctionModule): FunctionReference<readonly ["i32"], readonly ["i64"]> =>
  module.once("two-over-pi", () =>
    module.function({ name: "two-over-pi", params: ["i32"], results: ["i64"] }, (f, i) => {
      const labels: Label[] = [];
      const nest = (depth: number): void => {
        f.block((label) => {
          labels.unshift(label);
          if (depth === 0) f.br_table(labels, label, i);
          else nest(depth - 1);
        });
        f.return(f.i64.const(WORDS[depth]!));
      };
      nest(WORDS.length - 1);
      f.unreachable();
    }),
  );

/**
 * Reduces a large angle: `x = (4 m + n) π/2 + high + low`, |high| ≤ π/4, for 2¹⁹ < |x|. Gives `n`, `high`, `low`.
 * The product of the 53-bit mantissa with those 192 bits of 2/π that matter, in integers.
 * Source: Payne & Hanek 1983; Muller, Elementary Functions, 3rd ed., 11.4.
 */
export const largeAngle = (
  module: FunctionModule,
): FunctionReference<readonly ["f64"], readonly ["f64", "f64", "f64"]> =>
  module.once("large-angle", () => {
    const word = wordFunction(module);
    return module.function(
      { name: "large-angle", params: ["f64"], results: ["f64", "f64", "f64"] },
      (f, x) => {
        const { i32, i64, f64 } = f;
        const bits = f.keep(i64.and(i64.reinterpret_f64(x), 0x7fffffffffffffffn));
        const exponent = f.keep(i32.wrap_i64(i64.shr_u(bits, 52)));
        f.if(i32.eq(exponent, 0x7ff), () => {
          const nan = f.keep(f64.const(Number.NaN));
          f.return(nan, nan, nan);
        });
        const mantissa = f.keep(i64.or(i64.and(bits, 0xfffffffffffffn), 0x10000000000000n));
        const limbs = product(f, mantissa, window(f, word, f.keep(i32.sub(exponent, 1075 + 2 - 64))));
        const top = f.keep(i64.or(i64.shl(limbs[5]!, 32), limbs[4]!));
        const next = f.keep(i64.or(i64.shl(limbs[3]!, 32), limbs[2]!));
        const quadrant = f.keep(i64.shr_u(i64.add(i64.shr_u(top, 61), 1), 1));
        const high = f.keep(i64.or(i64.shl(top, 2), i64.shr_u(next, 62)));
        const low = f.keep(i64.or(i64.shl(next, 2), i64.shr_u(limbs[1]!, 30)));
        const a = f.keep(f64.mul(f64.convert_i64_s(i64.shr_s(high, 32)), 2 ** -32));
        const b = f.keep(f64.mul(f64.convert_i64_u(i64.and(high, LOW)), 2 ** -64));
        const c = f64.mul(f64.convert_i64_u(i64.shr_u(low, 32)), 2 ** -96);
        const rest = f.keep(f64.add(c, f64.mul(f64.convert_i64_u(i64.and(low, LOW)), 2 ** -128)));
        const first = f.keep(f64.add(a, b));
        const second = f.keep(f64.add(f64.sub(b, f64.sub(first, a)), rest));
        const turn = f.keep(f64.add(first, second));
        timesHalfPi(f, x, quadrant, turn, f.keep(f64.sub(second, f64.sub(turn, first))));
      },
    );
  });

/** The limbs of 2/π from a bit on, least significant first. */
function window(
  f: FunctionBuilder,
  word: FunctionReference<readonly ["i32"], readonly ["i64"]>,
  offset: Local<"i32">,
): Local<"i64">[] {
  const { i32, i64 } = f;
  const index = f.keep(i32.shr_u(offset, 5));
  const shift = f.keep(i64.sub(32, i64.extend_i32_u(i32.and(offset, 31))));
  const words = Array.from({ length: LIMBS + 1 }, (_, i) => f.keep(f.call(word, i32.add(index, i))));
  const limbs = Array.from({ length: LIMBS }, (_, i) =>
    f.keep(i64.and(i64.shr_u(i64.or(i64.shl(words[i]!, 32), words[i + 1]!), shift), LOW)),
  );
  return limbs.reverse();
}

/** `mantissa · limbs` modulo 2¹⁹², in limbs. */
function product(f: FunctionBuilder, mantissa: Local<"i64">, limbs: readonly Local<"i64">[]): Local<"i64">[] {
  const { i64 } = f;
  const low = f.keep(i64.and(mantissa, LOW));
  const high = f.keep(i64.shr_u(mantissa, 32));
  const carries = [f.local("i64"), f.local("i64")] as const;
  return limbs.map((limb, j) => {
    const sum = f.keep(i64.add(i64.mul(low, limb), carries[0]));
    f.set(carries[0], i64.shr_u(sum, 32));
    const below = limbs[j - 1];
    const partial = i64.and(sum, LOW);
    const both = below ? i64.add(partial, i64.mul(high, below)) : partial;
    const total = f.keep(i64.add(both, carries[1]));
    f.set(carries[1], i64.shr_u(total, 32));
    return f.keep(i64.and(total, LOW));
  });
}

/** Leaves quadrant, high and low of `(turn + rest) π/2`, all with the sign of `x`. */
function timesHalfPi(
  f: FunctionBuilder,
  x: Local<"f64">,
  quadrant: Local<"i64">,
  turn: Local<"f64">,
  rest: Local<"f64">,
): void {
  const { f64, i64 } = f;
  const sign = f.keep(f64.copysign(f64.const(1), x));
  const HALF_PI = 1.5707963267948966;
  const mask = 0xfffffffff8000000n;
  const upper = f.keep(f64.reinterpret_i64(i64.and(i64.reinterpret_f64(turn), mask)));
  const lower = f.keep(f64.sub(turn, upper));
  const [h, l] = [1.5707963109016418, 1.5893254712295857e-8]; // π/2 in halves of 26 bits
  const p = f.keep(f64.mul(turn, HALF_PI));
  const exact = f64.add(f64.sub(f64.mul(upper, h), p), f64.mul(upper, l));
  const error = f64.add(f64.add(exact, f64.mul(lower, h)), f64.mul(lower, l));
  const tail = f64.add(f64.mul(turn, 6.123233995736766e-17), f64.mul(rest, HALF_PI));
  const e = f.keep(f64.add(error, tail));
  const high = f.keep(f64.add(p, e));
  f64.mul(sign, f64.convert_i64_u(i64.and(quadrant, 3)));
  f64.mul(sign, high);
  f64.mul(sign, f64.sub(e, f64.sub(high, p)));
}
