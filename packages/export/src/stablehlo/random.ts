/** Threefry-2x32 with 20 rounds: the same words as in the library. Source: Salmon, Moraes, Dror & Shaw 2011. */
import type { Shape } from "@org/core";
import type { Value } from "./types.ts";
import type { Writer } from "./writer.ts";

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** Two words for each of the counters `(i, 0)`, for each of several keys: `[keys, count]`. */
function threefry(to: Writer, keys: Value, count: number): readonly [Value, Value] {
  const rows = sizeOf(keys.shape.slice(0, -1));
  const word = { shape: [rows, count], dtype: "u32" } as const;
  const all = to.reshape(keys, [rows, 2]);
  const words = to.typed("bitcast_convert", [all], { shape: [rows, 2], dtype: "u32" });
  const wide = (at: number): Value =>
    to.typed(
      "broadcast_in_dim",
      [to.reshape(to.slice(words, [0, at], [rows, 1]), [rows])],
      word,
      ", dims = [0]",
    );
  const constant = (value: number): Value => to.filled(value, word);
  const [k0, k1] = [wide(0), wide(1)];
  const k2 = to.alike("xor", to.alike("xor", k0, k1), constant(0x1bd11bda));
  const schedule = [k0, k1, k2] as const;
  let [a, b] = [to.alike("add", to.iota([rows, count], 1, "u32"), k0), k1];
  for (let i = 0; i < 5; i++) {
    for (const bits of ROTATIONS[i % 2]!) {
      a = to.alike("add", a, b);
      const left = to.alike("shift_left", b, constant(bits));
      const right = to.alike("shift_right_logical", b, constant(32 - bits));
      b = to.alike("xor", to.alike("or", left, right), a);
    }
    a = to.alike("add", a, schedule[(i + 1) % 3]!);
    b = to.alike("add", to.alike("add", b, schedule[(i + 2) % 3]!), constant(i + 1));
  }
  return [a, b];
}

/** Random i32 words; of several keys, those of each. */
export function randomBits(to: Writer, key: Value, shape: Shape): Value {
  const [a] = threefry(to, key, sizeOf(shape));
  const bits = to.typed("bitcast_convert", [a], { shape: a.shape, dtype: "i32" });
  return to.reshape(bits, [...key.shape.slice(0, -1), ...shape]);
}

/** Uniform on [0, 1): 24 bits for f32, 53 for f64; of several keys, those of each. */
export function randomUnit(to: Writer, key: Value, shape: Shape, dtype: "f32" | "f64"): Value {
  const [a, b] = threefry(to, key, sizeOf(shape));
  const shifted = (x: Value, bits: number): Value =>
    to.convert(to.alike("shift_right_logical", x, to.filled(bits, x)), dtype);
  const times = (x: Value, factor: number): Value => to.alike("multiply", x, to.filled(factor, x));
  const unit =
    dtype === "f32"
      ? times(shifted(a, 8), 2 ** -24)
      : times(to.alike("add", times(shifted(a, 5), 2 ** 26), shifted(b, 6)), 2 ** -53);
  return to.reshape(unit, [...key.shape.slice(0, -1), ...shape]);
}
