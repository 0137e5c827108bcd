/** The largest number of a dtype below `x`, which is finite and one of it. */
export function nextBelow(x: number, dtype: "f32" | "f64"): number {
  if (x === 0) return dtype === "f32" ? -(2 ** -149) : -Number.MIN_VALUE;
  // As integers, positive floats are in order and negative ones in reverse.
  const step = x > 0 ? -1 : 1;
  if (dtype === "f32") {
    const value = Float32Array.of(x);
    new Int32Array(value.buffer)[0]! += step;
    return value[0]!;
  }
  const value = Float64Array.of(x);
  new BigInt64Array(value.buffer)[0]! += BigInt(step);
  return value[0]!;
}
