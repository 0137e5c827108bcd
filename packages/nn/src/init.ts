import { array, evaluate, GraphError, type NDArray, randomUniform } from "@org/core";
import { keyOf, type Seed, splitSeed } from "./seed.ts";

export interface InitOptions {
  readonly seed: Seed;
  /** @default "f32" */
  readonly dtype?: "f32" | "f64";
}

type Size = readonly number[];

const unit = (seed: Seed, shape: Size, dtype: "f32" | "f64"): NDArray =>
  evaluate(randomUniform(keyOf(seed), shape, { dtype }));

/**
 * Uniform on [low, high), by default on [-1, 1).
 * @example
 * init.uniform([2, 3], { seed: 1, low: 0, high: 0.5 }).shape; // → [2, 3]
 */
export function uniform(
  shape: Size,
  {
    seed,
    low = -1,
    high = 1,
    dtype = "f32",
  }: InitOptions & { readonly low?: number; readonly high?: number },
): NDArray {
  const values = Float64Array.from(unit(seed, shape, "f64").data, (u) => low + (high - low) * u);
  return array(values, { shape, dtype });
}

/**
 * Normal with mean 0 and the standard deviation `scale`, 1 by default.
 * Source: Marsaglia & Bray 1964, the polar method.
 * @example
 * init.normal([2, 3], { seed: 1, scale: 0.01 }).shape; // → [2, 3]
 */
export function normal(
  shape: Size,
  { seed, scale = 1, dtype = "f32" }: InitOptions & { readonly scale?: number },
): NDArray {
  const size = shape.reduce((product, length) => product * length, 1);
  const values: number[] = [];
  for (let key = keyOf(seed); values.length < size; ) {
    const [next, draw] = splitSeed(key, 2) as [NDArray, NDArray];
    key = next;
    // π/4 of the pairs lie inside of the circle, and each of these gives two values.
    const { data } = unit(draw, [Math.ceil((size - values.length) * 0.7) + 8, 2], "f64");
    for (let i = 0; i < data.length; i += 2) {
      const [x, y] = [2 * data[i]! - 1, 2 * data[i + 1]! - 1];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = scale * Math.sqrt((-2 * naturalLogarithm(square)) / square);
      values.push(x * factor, y * factor);
    }
  }
  return array(Float64Array.from(values.slice(0, size)), { shape, dtype });
}

/** ln x for 0 < x ≤ 1 from sums and products alone: `Math.log` may end in other bits on another engine. */
function naturalLogarithm(x: number): number {
  let [mantissa, halvings] = [x, 0];
  for (; mantissa < Math.SQRT1_2; halvings++) mantissa *= 2;
  // ln m = 2 artanh s, s = (m - 1) / (m + 1); |s| < 0.172, so that 12 terms are enough.
  const s = (mantissa - 1) / (mantissa + 1);
  let series = 0;
  for (let n = 23; n > 0; n -= 2) series = series * s * s + 1 / n;
  return 2 * s * series - halvings * Math.LN2;
}

/**
 * Uniform on ±√(6 / (rows + columns)), which keeps the variance of what passes forward and back alike.
 * Shapes: `[..., rows, columns]`
 * Source: Glorot & Bengio 2010, equation 16.
 * @example
 * init.glorotUniform([2, 4], { seed: 1 }).shape; // → [2, 4]
 */
export function glorotUniform(shape: Size, options: InitOptions): NDArray {
  const [rows, columns] = matrix("glorotUniform", shape);
  const bound = Math.sqrt(6 / (rows + columns));
  return uniform(shape, { ...options, low: -bound, high: bound });
}

/**
 * A random orthogonal matrix: its rows or its columns, whichever are fewer, are orthonormal. Products of many such
 * matrices neither grow nor shrink.
 * Shapes: `[rows, columns]`
 * Source: Saxe, McClelland & Ganguli 2014, by Gram and Schmidt, twice.
 * @example
 * const q = init.orthogonal([2, 2], { seed: 1, dtype: "f64" });
 * matmul(q, transpose(q)); // → [[1, 0], [0, 1]]
 */
export function orthogonal(shape: Size, { seed, dtype = "f32" }: InitOptions): NDArray {
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

function matrix(op: string, shape: Size): [rows: number, columns: number] {
  const [rows, columns] = shape.slice(-2);
  if (rows !== undefined && columns !== undefined) return [rows, columns];
  throw new GraphError({ op, problem: `expected a matrix, received [${shape.join(", ")}]` });
}
