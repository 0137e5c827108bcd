/** What instructions mean, in plain JavaScript: integers as bigints of a width, floats as numbers. */
import { roundHalfEven } from "./rounding.ts";

export type Scalar = number | bigint;

const signed = (bits: number, x: bigint): bigint => BigInt.asIntN(bits, x);
const unsigned = (bits: number, x: bigint): bigint => BigInt.asUintN(bits, x);
const bit = (condition: boolean): bigint => (condition ? 1n : 0n);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

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
  const results: Record<string, () => bigint | "trap"> = {
    eqz: () => bit(a === 0n),
    add: () => a + b,
    sub: () => a - b,
    mul: () => a * b,
    div: () => (b === 0n ? "trap" : x / y),
    rem: () => (b === 0n ? "trap" : x % y),
    and: () => a & b,
    or: () => a | b,
    xor: () => a ^ b,
    shl: () => a << count,
    shr: () => x >> count,
    abs: () => (a < 0n ? -a : a),
    neg: () => -a,
    min: () => smaller(x, y),
    max: () => larger(x, y),
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
    floor: () => Math.floor(a),
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
