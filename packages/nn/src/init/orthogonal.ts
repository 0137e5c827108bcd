import { array, checkOptionNames, type NDArray } from "@org/core";
import { normal } from "./distributions.ts";
import { checkInit, type InitOptions, matrix, type Size } from "./shape.ts";

/**
 * A random orthogonal matrix: its rows or its columns, whichever are fewer, are orthonormal. Products of many such
 * matrices neither grow nor shrink.
 * Shapes: `[rows, columns]`
 * Source: Saxe, McClelland & Ganguli 2014, by Gram and Schmidt, twice.
 * @example
 * const q = init.orthogonal([2, 2], { seed: 1, dtype: "f64" });
 * matmul(q, transpose(q)); // → [[1, 0], [0, 1]]
 */
export function orthogonal(shape: Size, options: InitOptions): NDArray {
  const { seed, dtype = "f32" } = checkOptionNames("orthogonal", options, "seed dtype");
  checkInit("orthogonal", shape, dtype);
  const [rows, columns] = matrix("orthogonal", shape);
  const [count, width] = [Math.min(rows, columns), Math.max(rows, columns)];
  const { data } = normal([count, width], { seed, dtype: "f64" });
  const vectors = Array.from({ length: count }, (_, i) =>
    Float64Array.from(data.subarray(i * width, (i + 1) * width)),
  );
  vectors.forEach((vector, i) => {
    for (const other of [...vectors.slice(0, i), ...vectors.slice(0, i)]) {
      const along = inner(vector, other);
      for (let k = 0; k < width; k++) vector[k]! -= along * other[k]!;
    }
    const length = Math.sqrt(inner(vector, vector));
    for (let k = 0; k < width; k++) vector[k]! /= length;
  });
  const element = (row: number, column: number): number =>
    rows <= columns ? vectors[row]![column]! : vectors[column]![row]!;
  const values = Float64Array.from({ length: rows * columns }, (_, i) =>
    element(Math.floor(i / columns), i % columns),
  );
  return array(values, { shape, dtype });
}

const inner = (a: Float64Array, b: Float64Array): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
};
