/** Types and constants as MLIR writes them. */
import type { DType, NDArray, Shape } from "@org/core";

/** Elements: those of the library, and the words of random numbers. */
export type Element = DType | "u32";

export interface Type {
  readonly shape: Shape;
  readonly dtype: Element;
}

/** A value that has been computed, by its name. */
export interface Value extends Type {
  readonly name: string;
}

const elements: Readonly<Record<Element, string>> = {
  f32: "f32",
  f64: "f64",
  i32: "i32",
  u32: "ui32",
  bool: "i1",
};

/** `tensor<2x3xf32>` */
export const typeText = ({ shape, dtype }: Type): string =>
  `tensor<${[...shape, elements[dtype]].join("x")}>`;

const hex = (bytes: ArrayBufferView): string => {
  const { buffer, byteOffset, byteLength } = bytes;
  return Array.from(new Uint8Array(buffer, byteOffset, byteLength), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
};

/** The bits of a float, the highest first, which says every value exactly: NaN and infinities too. */
function bits(value: number, dtype: "f32" | "f64"): string {
  const view = new DataView(new ArrayBuffer(8));
  if (dtype === "f32") view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return `0x${hex(new Uint8Array(view.buffer, 0, dtype === "f32" ? 4 : 8)).toUpperCase()}`;
}

/** One number. Short decimals are written as such. */
export function numberText(value: number, dtype: Element): string {
  if (dtype === "bool") return String(value !== 0);
  if (dtype === "i32" || dtype === "u32") return String(value);
  const stored = dtype === "f32" ? Math.fround(value) : value;
  const text = stored.toString();
  const decimal =
    /^-?\d+(\.\d+)?$/.test(text) &&
    text.length < 12 &&
    !Object.is(stored, -0) &&
    Math.fround(Number(text)) === stored;
  return decimal ? (text.includes(".") ? text : `${text}.0`) : bits(stored, dtype);
}

/** `dense<…>` of an array: one number for all, bytes, or lists of truth values, which MLIR packs. */
export function denseText({ data, dtype, shape }: NDArray): string {
  if (data.length === 0) return "dense<>";
  if (data.every((value) => Object.is(value, data[0]))) return `dense<${numberText(data[0]!, dtype)}>`;
  if (dtype !== "bool") return `dense<"0x${hex(data)}">`;
  const texts = Array.from(data, (value) => numberText(value, dtype));
  return `dense<${nested(texts, shape)}>`;
}

/** Nested lists of a shape. */
function nested(values: readonly string[], shape: Shape): string {
  if (shape.length === 0) return values[0]!;
  const size = values.length / shape[0]!;
  const rows = Array.from({ length: shape[0]! }, (_, i) =>
    nested(values.slice(i * size, (i + 1) * size), shape.slice(1)),
  );
  return `[${rows.join(", ")}]`;
}
