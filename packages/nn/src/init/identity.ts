import { array, checkOptionNames, defaultDType, type NDArray } from "@org/core";
import { finiteIn } from "../option-values.ts";
import { checkInit, matrix, type Size } from "./shape.ts";

/**
 * `scale` (1 by default) on the diagonal, 0 beside it: with ReLU, a recurrent layer that starts by copying its state.
 * Shapes: `[rows, columns]`
 * Source: Le, Jaitly & Hinton 2015, "A simple way to initialize recurrent networks of rectified linear units".
 * @example
 * init.identity([2, 3]); // → [[1, 0, 0], [0, 1, 0]]
 */
export function identity(
  shape: Size,
  options: { readonly scale?: number; readonly dtype?: "f32" | "f64" } = {},
): NDArray {
  const { scale = 1, dtype = defaultDType() } = checkOptionNames("identity", options, "scale dtype");
  checkInit("identity", shape, dtype, { scale: [scale, finiteIn(dtype)] });
  const [rows, columns] = matrix("identity", shape);
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = scale;
  return array(values, { shape, dtype });
}
