/** Element types. What has none of its own is `f32`, unless `withDType` says otherwise. */
export type DType = "f32" | "f64" | "i32" | "bool";

/** The typed array that stores a dtype; `bool` is stored as bytes 0 and 1. */
export type Data = Float32Array | Float64Array | Int32Array | Uint8Array;

const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array, bool: Uint8Array };
const order: readonly DType[] = ["bool", "i32", "f32", "f64"];

export const isDType = (value: unknown): value is DType => order.includes(value as DType);

/** A zero-filled typed array of `size` elements. */
export const allocate = (dtype: DType, size: number): Data => new arrays[dtype](size);

/** Elements that lie in a buffer already. */
export const viewElements = (dtype: DType, buffer: ArrayBufferLike, offset: number, size: number): Data =>
  new arrays[dtype](buffer as ArrayBuffer, offset, size);

/** Whether an array is one that stores a dtype. */
export const stores = (dtype: DType, data: unknown): data is Data =>
  Object.keys(arrays).includes(dtype) && data instanceof arrays[dtype];

/** Bytes per element. */
export const byteWidth = (dtype: DType): number => arrays[dtype].BYTES_PER_ELEMENT;

export const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "f64";

/** The dtype two operands meet in: the later one of `bool < i32 < f32 < f64`. */
export const promote = (a: DType, b: DType): DType => (order.indexOf(a) > order.indexOf(b) ? a : b);

/**
 * The largest number of a dtype below `x`, which is finite and one of it.
 * @example
 * nextBelow(1, "f32"); // → 0.99999994
 */
export function nextBelow(x: number, dtype: "f32" | "f64"): number {
  if (x === 0) return dtype === "f32" ? -(2 ** -149) : -Number.MIN_VALUE;
  const value = dtype === "f32" ? Float32Array.of(x) : Float64Array.of(x);
  // As integers, positive floats are in order and negative ones in reverse.
  const bits = dtype === "f32" ? new Int32Array(value.buffer) : new BigInt64Array(value.buffer);
  if (bits instanceof Int32Array) bits[0]! += x > 0 ? -1 : 1;
  else bits[0]! += x > 0 ? -1n : 1n;
  return value[0]!;
}
