import {
  type ArrayValue,
  array,
  checkOptionNames,
  checkOptionValues,
  defaultDType,
  GraphError,
  type NDArray,
} from "@org/core";
import { eigenvalues } from "../matrix/eigen.ts";
import { modulus, rowsOf } from "../matrix/rows.ts";
import { finiteIn, floats } from "../option-values.ts";
import { normal } from "./distributions.ts";
import { checkInit, type InitOptions, type Size, square } from "./shape.ts";

/**
 * Normal weights scaled so that the largest eigenvalue has the modulus `radius`. In the long run a linear recurrence
 * `h ← h W` grows or shrinks by that factor a step.
 * Shapes: `[size, size]`
 * @throws GraphError for a shape that is not square, or a radius below 0
 * @example
 * const W = init.spectralRadius([4, 4], { radius: 0.9, seed: 1, dtype: "f64" });
 * spectrum(W).spectralRadius; // → 0.9
 */
export function spectralRadius(shape: Size, options: InitOptions & { readonly radius: number }): NDArray {
  const {
    radius,
    seed,
    dtype = defaultDType(),
  } = checkOptionNames("spectralRadius", options, "seed dtype radius");
  checkInit("spectralRadius", shape, dtype, { radius: [radius, finiteIn(dtype, 0)] });
  square("spectralRadius", shape);
  return scaleToSpectralRadius(normal(shape, { seed, dtype: "f64" }), radius, { dtype });
}

/**
 * The matrix times a number, so that its largest eigenvalue has the modulus `radius`.
 * Shapes: `W [size, size]` → `[size, size]`, f32 by default
 * @throws GraphError for a shape that is not square, a radius below 0, or a matrix whose eigenvalues are all 0
 * @example
 * init.scaleToSpectralRadius([[0, 4], [-4, 0]], 0.5); // → [[0, 0.5], [-0.5, 0]]
 */
export function scaleToSpectralRadius(
  W: ArrayValue,
  radius: number,
  options: { readonly dtype?: "f32" | "f64" } = {},
): NDArray {
  const { dtype = defaultDType() } = checkOptionNames("scaleToSpectralRadius", options, "dtype");
  const op = "scaleToSpectralRadius";
  checkOptionValues(op, { dtype: [dtype, floats], radius: [radius, finiteIn(dtype, 0)] });
  const value = array(W, { dtype: "f64" }, op);
  square(op, value.shape);
  const [first] = eigenvalues(rowsOf(op, value));
  const present = first ? modulus(first) : 0;
  if (present === 0 && value.data.length > 0) {
    throw new GraphError({ op, problem: "all eigenvalues are 0, and stay so at every scale" });
  }
  return array(
    Float64Array.from(value.data, (weight) => (weight / present) * radius),
    {
      shape: value.shape,
      dtype,
    },
  );
}
