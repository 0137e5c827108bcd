import { GraphError } from "../errors.ts";
import type { Emitter, Layout, Scalar } from "../graph/kernel-rule.ts";
import { constant, showType } from "../graph/leaves.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { array, emptyArray, type NDArray } from "../ndarray.ts";
import { type Shape, sameShape, sizeOf } from "../shape.ts";
import { checkAlike, type Unary } from "./elementwise.ts";
import { type Operand, strengthen } from "./operand.ts";

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

const PARITY = 0x1bd11bda;

/** Arithmetic on 32-bit words. */
interface Words<Word> {
  constant(value: number): Word;
  add(a: Word, b: Word): Word;
  xor(a: Word, b: Word): Word;
  rotate(x: Word, bits: number): Word;
}

/** The rounds of `threefry`. */
function encrypt<Word>(
  { constant: word, add, xor, rotate }: Words<Word>,
  [key0, key1]: readonly [Word, Word],
  [counter0, counter1]: readonly [Word, Word],
): [Word, Word] {
  const keys = [key0, key1, xor(xor(key0, key1), word(PARITY))];
  let a = add(counter0, key0);
  let b = add(counter1, key1);
  for (let round = 0; round < 5; round++) {
    for (const bits of ROTATIONS[round % 2]!) {
      a = add(a, b);
      b = xor(rotate(b, bits), a);
    }
    a = add(a, keys[(round + 1) % 3]!);
    b = add(add(b, keys[(round + 2) % 3]!), word(round + 1));
  }
  return [a, b];
}

/**
 * Threefry-2x32 with 20 rounds: two 32-bit words of randomness from a key and a counter. Written out beside `encrypt`,
 * which says the same for targets, and without lists: thousands of weights are drawn before anything else runs, while
 * the engine still interprets.
 * Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
 */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  let [next, after, last] = [key1, key0 ^ key1 ^ PARITY, key0];
  let a = (counter0 + key0) | 0;
  let b = (counter1 + key1) | 0;
  for (let round = 1; round <= 5; round++) {
    const rotations = ROTATIONS[(round - 1) % 2]!;
    for (let i = 0; i < 4; i++) {
      a = (a + b) | 0;
      b = ((b << rotations[i]!) | (b >>> (32 - rotations[i]!))) ^ a;
    }
    a = (a + next) | 0;
    b = (b + after + round) | 0;
    const first = next;
    next = after;
    after = last;
    last = first;
  }
  return [a, b];
}

const emittedWords = (e: Emitter): Words<Scalar> => ({
  constant: (value) => e.constant(value, "i32"),
  add: (a, b) => e.combine("add", a, b),
  xor: (a, b) => e.bits("xor", a, b),
  rotate: (x, bits) => e.bits("or", e.shift("left", x, bits), e.shift("right", x, 32 - bits)),
});

type Draw = { readonly shape: Shape; readonly dtype: "i32" | "f32" | "f64" };

/** One word of each key, for every element that it draws. */
const wordLayout = ({ offset, strides }: Layout, word: number, shape: Shape): Layout => {
  const keys = strides.slice(0, -1);
  return {
    offset: offset + word * strides.at(-1)!,
    shape,
    strides: shape.map((_, axis) => keys[axis] ?? 0),
  };
};

/** Which element of its key an element is: its position, counted anew for every key, `each` of which it draws. */
function counterOf(e: Emitter, each: number): Scalar {
  const position = e.position();
  // Doubles hold every position, and a quotient of two of them is never rounded up to a whole number.
  const key = e.apply("floor", e.combine("div", e.cast(position, "f64"), e.constant(each, "f64")));
  return e.combine("sub", position, e.combine("mul", e.cast(key, "i32"), e.constant(each, "i32")));
}

/** Element i of a key takes the words of counter (i, 0). */
const drawOp = (
  name: string,
  convert: (a: number, b: number, dtype: string) => number,
  emit: (e: Emitter, a: Scalar, b: Scalar, dtype: string) => Scalar,
): Op =>
  defineOp<Unary, Draw>({
    name,
    rule: "keys i32 [...k, 2] → [...k, ...s]",
    type([key], { shape, dtype }) {
      const expected = { name, rule: this.rule, labels: ["key"], takes: ["i32"] as const };
      checkAlike(expected, [key]);
      if (key.shape.at(-1) !== 2) throw noKey(name, key);
      return { shape: [...key.shape.slice(0, -1), ...shape], dtype };
    },
    evaluate([keys], { shape: drawn, dtype: precision }, { shape, dtype }): NDArray {
      const y = emptyArray(dtype, shape);
      const each = sizeOf(drawn);
      for (let i = 0; i < y.data.length; i++) {
        const key = 2 * Math.floor(i / each);
        const words = threefry(keys!.data[key]!, keys!.data[key + 1]!, i % each, 0);
        y.data[i] = convert(words[0], words[1], precision);
      }
      return y;
    },
    kernel: {
      kind: "map",
      operands: ([key], _, { shape }) =>
        [0, 1].map((word) => ({ input: 0, layout: wordLayout(key!, word, shape) })),
      emit(e, [key0, key1], { shape: drawn, dtype: precision }, { shape, dtype }) {
        const words = emittedWords(e);
        const counter = shape.length === drawn.length ? e.position() : counterOf(e, sizeOf(drawn));
        const [a, b] = encrypt(words, [key0!, key1!], [counter, words.constant(0)]);
        return e.cast(emit(e, a, b, precision), dtype);
      },
    },
    vjp: "none",
    batch: "together",
  });

function noKey(op: string, key: Tensor): GraphError {
  const problem = `expected a key, i32 [2], received ${showType(key)}`;
  return new GraphError({ op, problem, rule: "key i32 [2] → [...s]" });
}

/** What one key draws, for the function of that name. Several keys come by `vmap` alone. */
function drawn(op: Op, name: string, key: Operand, draw: Draw): Tensor {
  const words = strengthen(name, key, "i32");
  if (words.dtype !== "i32" || !sameShape(words.shape, [2])) throw noKey(name, words);
  return apply(op, [words], { ...draw, shape: [...draw.shape] });
}

export const randomBitsOp: Op = drawOp(
  "randomBits",
  (a) => a,
  (_, a) => a,
);

/** 24 bits for f32, 53 bits for f64: every value is exact and 1 is never reached. */
const unit = (a: number, b: number, dtype: string): number =>
  dtype === "f32" ? (a >>> 8) * 2 ** -24 : ((a >>> 5) * 2 ** 26 + (b >>> 6)) * 2 ** -53;

const emitUnit = (e: Emitter, a: Scalar, b: Scalar, dtype: string): Scalar => {
  const float = dtype === "f32" ? "f32" : "f64";
  const top = (x: Scalar, bits: number): Scalar => e.cast(e.shift("right", x, 32 - bits), float);
  const scaled = (x: Scalar, by: number): Scalar => e.combine("mul", x, e.constant(by, float));
  if (float === "f32") return scaled(top(a, 24), 2 ** -24);
  return scaled(e.combine("add", scaled(top(a, 27), 2 ** 26), top(b, 26)), 2 ** -53);
};

export const randomUnitOp: Op = drawOp("randomUnit", unit, emitUnit);

/** Random `i32` words, for the function of that name. */
export const randomBits = (name: string, key: Operand, shape: Shape): Tensor =>
  drawn(randomBitsOp, name, key, { shape, dtype: "i32" });

/** Uniform on [0, 1), for the function of that name. */
export const randomUnit = (name: string, key: Operand, shape: Shape, dtype: "f32" | "f64"): Tensor =>
  drawn(randomUnitOp, name, key, { shape, dtype });

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
      problem: `expected a whole seed from 0 to 2⁵³ - 1, received ${inWords(seed)}`,
    });
  }
  return constant(array(Int32Array.of(Math.floor(seed / 2 ** 32), seed | 0)));
}
