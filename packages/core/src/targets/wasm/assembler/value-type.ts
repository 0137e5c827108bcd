/** What a WebAssembly value can be. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** The byte that stands for each value type. */
export const typeCode: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** A list of types as an error message or a key shows it. */
export const showTypes = (types: readonly string[]): string => `[${types.join(" ")}]`;
