/** Element types. `f32` is the default everywhere. */
export type DType = "f32" | "f64" | "i32" | "bool";

/** The typed array that stores a dtype; `bool` is stored as bytes 0 and 1. */
export type Data = Float32Array | Float64Array | Int32Array | Uint8Array;

const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array, bool: Uint8Array };
const order: readonly DType[] = ["bool", "i32", "f32", "f64"];

/** A zero-filled typed array of `size` elements. */
export const allocate = (dtype: DType, size: number): Data => new arrays[dtype](size);

/** Elements that lie in a buffer already. */
export const viewElements = (dtype: DType, buffer: ArrayBufferLike, offset: number, size: number): Data =>
  new arrays[dtype](buffer as ArrayBuffer, offset, size);

/** Whether an array is one that stores a dtype. */
export const stores = (dtype: DType, data: unknown): data is Data =>
  Object.hasOwn(arrays, dtype) && data instanceof arrays[dtype];

/** Bytes per element. */
export const byteWidth = (dtype: DType): number => arrays[dtype].BYTES_PER_ELEMENT;

export const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "f64";

/** The dtype two operands meet in: the later one of `bool < i32 < f32 < f64`. */
export const promote = (a: DType, b: DType): DType => (order.indexOf(a) > order.indexOf(b) ? a : b);

/** `f32` for integers and booleans, the dtype itself for floats: what `exp`, `div` and `mean` compute in. */
export const floatOf = (dtype: DType): DType => (isFloat(dtype) ? dtype : "f32");
