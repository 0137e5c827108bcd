import type { DType } from "../../src/dtype.ts";
import { isFloat } from "../../src/dtype.ts";
import { array, NDArray } from "../../src/ndarray.ts";
import { type Shape, sizeOf } from "../../src/shape.ts";

/** Floats in `dtype`, everything else as it is. */
export const floatsAs = (value: NDArray, dtype: DType): NDArray =>
  isFloat(value.dtype) ? array(value, { dtype }) : value;

/** A cotangent with no two neighbours equal: 0.5, 1.25, 0.75, 1.5, 1, … as scripts/fixtures has it. */
export const weights = (shape: Shape, dtype: DType = "f64", shift = 0): NDArray =>
  array(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => 0.5 + (((i + shift) * 3) % 5) / 4),
    { shape, dtype },
  );

/** `value` with one element moved. */
export function moved(value: NDArray, element: number, by: number): NDArray {
  const data = value.data.slice();
  data[element] = data[element]! + by;
  return new NDArray(value.dtype, value.shape, data);
}

export const largest = (values: Iterable<number>): number => {
  let found = 0;
  for (const value of values) if (Number.isFinite(value)) found = Math.max(found, Math.abs(value));
  return found;
};
