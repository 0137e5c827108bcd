/** What instructions mean, in plain JavaScript: integers as bigints of a width, floats as numbers. */
import { roundHalfEven } from "./rounding.ts";

export type Scalar = number | bigint;

const signed = (bits: number, x: bigint): bigint => BigInt.asIntN(bits, x);
const unsigned = (bits: number, x: bigint): bigint => BigInt.asUintN(bits, x);
const bit = (condition: boolean): bigint => (condition ? 1n : 0n);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const clamp = (x: bigint, low: bigint, high: bigint): bigint => smaller(larger(x, low), high);

const either = (condition: boolean, yes: number, no: number): number => (condition ? yes : no);

const comparisons: Record<string, (a: Scalar, b: Scalar) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  ge: (a, b) => a >= b,
};

/** Integer instructions of `bits` bits; "trap" where they do. Operands and results are signed. */
export function integer(
  op: string,
  bits: number,
  a: bigint,
  b: bigint,
): bigint | boolean | "trap" | undefined {
  const [base = "", sign] = op.split(/_([su])$/);
  const [x, y] = sign === "u" ? [unsigned(bits, a), unsigned(bits, b)] : [a, b];
  const compare = comparisons[base];
  if (compare) return compare(x, y);
  const count = unsigned(bits, b) % BigInt(bits);
  const wide = unsigned(bits, a);
  const text = wide.toString(2).padStart(bits, "0");
  const low = sign === "u" ? 0n : -(1n << BigInt(bits - 1));
  const high = sign === "u" ? (1n << BigInt(bits)) - 1n : -low - 1n;
  const results: Record<string, () => bigint | "trap"> = {
    eqz: () => bit(a === 0n),
    clz: () => BigInt(text.indexOf("1") < 0 ? bits : text.indexOf("1")),
    ctz: () => BigInt(text.lastIndexOf("1") < 0 ? bits : bits - 1 - text.lastIndexOf("1")),
    popcnt: () => BigInt(text.replaceAll("0", "").length),
    add: () => a + b,
    sub: () => a - b,
    mul: () => a * b,
    div: () => (b === 0n || (sign === "s" && x / y > high) ? "trap" : x / y),
    rem: () => (b === 0n ? "trap" : x % y),
    and: () => a & b,
    or: () => a | b,
    xor: () => a ^ b,
    shl: () => a << count,
    shr: () => x >> count,
    rotl: () => (wide << count) | (wide >> (BigInt(bits) - count)),
    rotr: () => (wide >> count) | (wide << (BigInt(bits) - count)),
    extend8: () => signed(8, a),
    extend16: () => signed(16, a),
    extend32: () => signed(32, a),
    abs: () => (a < 0n ? -a : a),
    neg: () => -a,
    min: () => smaller(x, y),
    max: () => larger(x, y),
    avgr: () => (x + y + 1n) >> 1n,
    add_sat: () => clamp(x + y, low, high),
    sub_sat: () => clamp(x - y, low, high),
    q15mulr_sat: () => clamp((a * b + 0x4000n) >> 15n, low, high),
  };
  const result = results[base]?.();
  return typeof result === "bigint" ? signed(bits, result) : result;
}

/** Float instructions, before the result is rounded to its width. */
export function float(op: string, a: number, b: number): number | boolean | undefined {
  const compare = comparisons[op];
  if (compare) return compare(a, b);
  const results: Record<string, () => number> = {
    abs: () => Math.abs(a),
    neg: () => -a,
    ceil: () => Math.ceil(a),
    floor: () => Math.floor(a),
    trunc: () => Math.trunc(a),
    nearest: () => roundHalfEven(a),
    sqrt: () => Math.sqrt(a),
    add: () => a + b,
    sub: () => a - b,
    mul: () => a * b,
    div: () => a / b,
    min: () => Math.min(a, b),
    max: () => Math.max(a, b),
    pmin: () => either(b < a, b, a),
    pmax: () => either(a < b, b, a),
    copysign: () => (Object.is(Math.sign(b), -0) || b < 0 ? -Math.abs(a) : Math.abs(a)),
  };
  return results[op]?.();
}

/** A float as an integer of `bits` bits; `undefined` where it does not fit. */
export function truncated(x: number, bits: number, sign: string): bigint | undefined {
  if (!Number.isFinite(x)) return undefined;
  const whole = BigInt(Math.trunc(x));
  const fits = sign === "s" ? signed(bits, whole) === whole : unsigned(bits, whole) === whole;
  return fits ? signed(bits, whole) : undefined;
}

/** Like `truncated`, with the nearest integer that fits instead of nothing, and 0 for NaN. */
export function saturated(x: number, bits: number, sign: string): bigint {
  if (Number.isNaN(x)) return 0n;
  const low = sign === "s" ? -(1n << BigInt(bits - 1)) : 0n;
  const high = sign === "s" ? -low - 1n : (1n << BigInt(bits)) - 1n;
  const whole = Number.isFinite(x) ? BigInt(Math.trunc(x)) : x < 0 ? low : high;
  return signed(bits, clamp(whole, low, high));
}
