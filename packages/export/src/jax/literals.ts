import type { DType, NDArray, Shape } from "@org/core";

/** What JAX calls a dtype. */
export const jaxType = (dtype: DType): string =>
  ({ f32: "jnp.float32", f64: "jnp.float64", i32: "jnp.int32", bool: "jnp.bool_" })[dtype];

/** `(2, 3)`, `(2,)`, `()` */
export const tuple = (parts: readonly (string | number)[]): string =>
  parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(", ")})`;

/** `[1, 2]` */
export const list = (parts: readonly (string | number)[]): string => `[${parts.join(", ")}]`;

/** A number as Python writes it, in as few digits as give the same number of the dtype again. */
export function number(value: number, dtype: DType): string {
  if (dtype === "bool") return value === 0 ? "False" : "True";
  if (dtype === "i32") return String(value);
  if (Number.isNaN(value)) return "jnp.nan";
  if (!Number.isFinite(value)) return value > 0 ? "jnp.inf" : "-jnp.inf";
  const text = dtype === "f32" ? shortest(value) : String(value);
  if (Object.is(value, -0)) return "-0.0";
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** The shortest decimal that rounds to the same f32. */
function shortest(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(value)) return String(Number(text));
  }
  return String(value);
}

/** Elements that are written out; more of them go to the file of weights. */
const MOST_WRITTEN = 32;

/** An array written out, or undefined where it is too long for that. */
export function writtenArray({ shape, dtype, data }: NDArray): string | undefined {
  if (data.length > MOST_WRITTEN) return undefined;
  return `jnp.array(${nested(
    shape,
    [...data].map((value) => number(value, dtype)),
  )}, ${jaxType(dtype)})`;
}

/** Elements in brackets, as deep as the shape. Axes of no length need their shape said. */
function nested(shape: Shape, elements: readonly string[]): string {
  if (elements.length === 0) return `np.zeros(${tuple([...shape])})`;
  const [length, ...inner] = shape;
  if (length === undefined) return elements[0]!;
  const width = elements.length / length;
  return list(Array.from({ length }, (_, i) => nested(inner, elements.slice(i * width, (i + 1) * width))));
}
