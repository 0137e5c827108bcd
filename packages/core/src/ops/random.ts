import { GraphError } from "../errors.ts";
import { constant } from "../graph/leaves.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { array, emptyArray, type NDArray } from "../ndarray.ts";
import type { Shape } from "../shape.ts";
import { checkAlike, type Unary } from "./elementwise.ts";
import { type Operand, strengthen } from "./operand.ts";
import { integers, sample } from "./samples.ts";

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/**
 * Threefry-2x32 with 20 rounds: two 32-bit words of randomness from a key and a counter.
 * Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
 */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const keys = [key0, key1, key0 ^ key1 ^ 0x1bd11bda];
  let a = (counter0 + key0) | 0;
  let b = (counter1 + key1) | 0;
  for (let round = 0; round < 5; round++) {
    for (const bits of ROTATIONS[round % 2]!) {
      a = (a + b) | 0;
      b = rotate(b, bits) ^ a;
    }
    a = (a + keys[(round + 1) % 3]!) | 0;
    b = (b + keys[(round + 2) % 3]! + round + 1) | 0;
  }
  return [a, b];
}

type Draw = { readonly shape: Shape; readonly dtype: "i32" | "f32" | "f64" };

/** Element i takes the words of counter (i, 0). */
const drawOp = (
  name: string,
  dtypes: readonly Draw["dtype"][],
  convert: (a: number, b: number, dtype: string) => number,
): Op =>
  defineOp<Unary, Draw>({
    name,
    rule: "key i32 [2] → [...s]",
    type([key], { shape, dtype }) {
      const expected = { name, rule: this.rule, labels: ["key"], takes: ["i32"] as const };
      checkAlike(expected, [key]);
      if (key.shape.length !== 1 || key.shape[0] !== 2) {
        throw new GraphError({
          op: name,
          problem: `expected a key, i32 [2], received [${key.shape.join(", ")}]`,
          rule: this.rule,
        });
      }
      return { shape, dtype };
    },
    evaluate([key], { dtype: drawn }, { shape, dtype }): NDArray {
      const y = emptyArray(dtype, shape);
      for (let i = 0; i < y.data.length; i++) {
        const [a, b] = threefry(key!.data[0]!, key!.data[1]!, i, 0);
        y.data[i] = convert(a, b, drawn);
      }
      return y;
    },
    vjp: "none",
    samples: dtypes.map((dtype) => sample([integers([7, -3])], { shape: [2, 3], dtype })),
  });

export const randomBitsOp: Op = drawOp("randomBits", ["i32"], (a) => a);

/** 24 bits for f32, 53 bits for f64: every value is exact and 1 is never reached. */
const unit = (a: number, b: number, dtype: string): number =>
  dtype === "f32" ? (a >>> 8) * 2 ** -24 : ((a >>> 5) * 2 ** 26 + (b >>> 6)) * 2 ** -53;

export const randomUnitOp: Op = drawOp("randomUnit", ["f32", "f64"], unit);

/** Random `i32` words. */
export const randomBits = (key: Operand, shape: Shape): Tensor =>
  apply(randomBitsOp, [strengthen(key, "i32")], { shape: [...shape], dtype: "i32" });

/** Uniform on [0, 1). */
export const randomUnit = (key: Operand, shape: Shape, dtype: "f32" | "f64"): Tensor =>
  apply(randomUnitOp, [strengthen(key, "i32")], { shape: [...shape], dtype });

/**
 * A key of the random functions: `i32 [2]`, the high and the low word of a whole seed from 0 up to 2⁵³ - 1.
 * @throws GraphError for a seed that is not such a number
 * @example
 * evaluate(randomKey(42)); // → [0, 42]
 */
export function randomKey(seed: number): Tensor {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new GraphError({
      op: "randomKey",
      problem: `expected a whole seed from 0 to 2⁵³ - 1, received ${seed}`,
    });
  }
  return constant(array(Int32Array.of(Math.floor(seed / 2 ** 32), seed | 0)));
}
