import { array, checkOptionNames, defaultDType, type NDArray } from "@org/core";
import { count as countKind, finiteIn } from "../option-values.ts";
import { splitSeed } from "../seed.ts";
import { normal, uniform } from "./distributions.ts";
import { checkInit, type InitOptions, matrix, type Size } from "./shape.ts";

/** What `sparse` takes. */
export interface SparseOptions extends InitOptions {
  /** How many inputs each unit has, at most all rows. @default 15 */
  readonly connections?: number;
  /** The standard deviation of the weights that are not 0. @default 1 */
  readonly scale?: number;
}

/**
 * Each column has `connections` normal weights in rows chosen at random and is 0 elsewhere, so that units neither
 * saturate nor resemble each other, however many there are.
 * Shapes: `[rows, columns]`
 * Source: Martens 2010, section 5; Sutskever, Martens, Dahl & Hinton 2013, section 3.1.
 * @throws GraphError for connections that are no whole number from 0
 * @example
 * init.sparse([100, 4], { seed: 1 }).data.filter((weight) => weight !== 0).length; // → 60
 */
export function sparse(shape: Size, options: SparseOptions): NDArray {
  const {
    seed,
    connections = 15,
    scale = 1,
    dtype = defaultDType(),
  } = checkOptionNames("sparse", options, "connections scale seed dtype");
  checkInit("sparse", shape, dtype, {
    connections: [connections, countKind],
    scale: [scale, finiteIn(dtype, 0)],
  });
  const [rows, columns] = matrix("sparse", shape);
  const count = Math.min(connections, rows);
  const [places, weights] = splitSeed(seed, 2) as [NDArray, NDArray];
  const chances = uniform([columns, count], { seed: places, low: 0, high: 1, dtype: "f64" }).data;
  const drawn = normal([columns, count], { seed: weights, scale, dtype: "f64" }).data;
  const values = new Float64Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    // The first `count` places of a shuffle (Fisher & Yates).
    const order = Array.from({ length: rows }, (_, row) => row);
    for (let i = 0; i < count; i++) {
      const at = column * count + i;
      const j = i + Math.floor(chances[at]! * (rows - i));
      [order[i], order[j]] = [order[j]!, order[i]!];
      values[order[i]! * columns + column] = drawn[at]!;
    }
  }
  return array(values, { shape, dtype });
}
