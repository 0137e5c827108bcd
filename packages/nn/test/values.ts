/** Values for tests, and how near they have to come. */
import { readFileSync } from "node:fs";
import { type ArrayValue, array, evaluate, type NDArray, type Parameter, type Tensor } from "@org/core";
import { init } from "@org/nn";
import { expect } from "vitest";

/** Normal values of f64, always the same for one seed. */
export const values = (seed: number, ...shape: number[]): NDArray =>
  init.normal(shape, { seed, dtype: "f64", scale: 0.6 });

/** Gives every parameter values of its own, biases too. */
export function randomize(parameters: Readonly<Record<string, Parameter>>, seed: number): void {
  Object.values(parameters).forEach((parameter, i) => {
    parameter.value = values(1000 * seed + i, ...parameter.shape);
  });
}

export const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8")) as T;

/** Asserts equal shapes and elements that differ by at most `tolerance · max(1, |expected|)`. */
export function expectClose(
  actual: Tensor | ArrayValue,
  expected: Tensor | ArrayValue,
  tolerance = 1e-10,
  label = "",
): void {
  const [a, b] = [actual, expected].map((x) => (isTensor(x) ? evaluate(x) : array(x, { dtype: "f64" }))) as [
    NDArray,
    NDArray,
  ];
  expect(a.shape, `${label} shape`).toEqual(b.shape);
  const worst = Array.from(b.data).reduce((most, value, i) => {
    const difference = Math.abs(a.data[i]! - value) / Math.max(1, Math.abs(value));
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
  }, 0);
  expect(worst, `${label} differs by`).toBeLessThanOrEqual(tolerance);
}

const isTensor = (value: Tensor | ArrayValue): value is Tensor =>
  typeof value === "object" && value !== null && "node" in value;
