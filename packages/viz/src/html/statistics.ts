import type { NDArray } from "@org/core";
import type { JsonNumber, Statistics } from "./page-data.ts";

export const toJsonNumber = (value: number): JsonNumber =>
  Number.isFinite(value) ? value : (String(value) as JsonNumber);

/** `√Σ x²`, scaled by the largest element, so that squares neither overflow nor vanish. */
export function normOf({ data }: NDArray): number {
  let largest = 0;
  for (const value of data) {
    if (Number.isNaN(value)) return Number.NaN;
    largest = Math.max(largest, Math.abs(value));
  }
  if (largest === 0 || largest === Infinity) return largest;
  let sum = 0;
  for (const value of data) sum += (value / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** A summary of an array. */
export function statisticsOf(array: NDArray): Statistics {
  let [min, max, mean, finite] = [Infinity, -Infinity, 0, 0];
  for (const value of array.data) {
    if (!Number.isFinite(value)) continue;
    finite++;
    min = Math.min(min, value);
    max = Math.max(max, value);
    mean += (value - mean) / finite;
  }
  const { length: count } = array.data;
  const summary = { count, norm: toJsonNumber(normOf(array)), bad: count - finite };
  return finite === 0 ? summary : { ...summary, min, mean: toJsonNumber(mean), max };
}
