/** Threefry-2x32 with 20 rounds: the same words as in the library. Source: Salmon, Moraes, Dror & Shaw 2011. */
import type { Shape } from "@org/core";
import type { Value } from "./types.ts";
import type { Writer } from "./writer.ts";

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Two words for each of the counters `(i, 0)`. */
function threefry(to: Writer, key: Value, count: number): readonly [Value, Value] {
  const word = { shape: [count], dtype: "u32" } as const;
  const wide = (x: Value): Value => to.typed("broadcast_in_dim", [to.reshape(x, [])], word, ", dims = []");
  const constant = (value: number): Value => to.filled(value, word);
  const words = to.typed("bitcast_convert", [key], { shape: [2], dtype: "u32" });
  const [k0, k1] = [0, 1].map((at) => wide(to.slice(words, [at], [1]))) as [Value, Value];
  const k2 = to.alike("xor", to.alike("xor", k0, k1), constant(0x1bd11bda));
  const keys = [k0, k1, k2] as const;
  let [a, b] = [to.alike("add", to.iota([count], 0, "u32"), k0), k1];
  for (let i = 0; i < 5; i++) {
    for (const bits of ROTATIONS[i % 2]!) {
      a = to.alike("add", a, b);
      const left = to.alike("shift_left", b, constant(bits));
      const right = to.alike("shift_right_logical", b, constant(32 - bits));
      b = to.alike("xor", to.alike("or", left, right), a);
    }
    a = to.alike("add", a, keys[(i + 1) % 3]!);
    b = to.alike("add", to.alike("add", b, keys[(i + 2) % 3]!), constant(i + 1));
  }
  return [a, b];
}

/** Random i32 words. */
export function randomBits(to: Writer, key: Value, shape: Shape): Value {
  const count = shape.reduce((a, b) => a * b, 1);
  const [a] = threefry(to, key, count);
  return to.reshape(to.typed("bitcast_convert", [a], { shape: [count], dtype: "i32" }), shape);
}

/** Uniform on [0, 1): 24 bits for f32, 53 for f64. */
export function randomUnit(to: Writer, key: Value, shape: Shape, dtype: "f32" | "f64"): Value {
  const count = shape.reduce((a, b) => a * b, 1);
  const [a, b] = threefry(to, key, count);
  const shifted = (x: Value, bits: number): Value =>
    to.convert(to.alike("shift_right_logical", x, to.filled(bits, x)), dtype);
  const times = (x: Value, factor: number): Value => to.alike("multiply", x, to.filled(factor, x));
  if (dtype === "f32") return to.reshape(times(shifted(a, 8), 2 ** -24), shape);
  return to.reshape(times(to.alike("add", times(shifted(a, 5), 2 ** 26), shifted(b, 6)), 2 ** -53), shape);
}
