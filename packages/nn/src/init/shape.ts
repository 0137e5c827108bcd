import { GraphError } from "@org/core";
import type { Seed } from "../seed.ts";

/** What every random initialiser takes. */
export interface InitOptions {
  readonly seed: Seed;
  /** @default "f32" */
  readonly dtype?: "f32" | "f64";
}

/** The shape of what is made. */
export type Size = readonly number[];

/** How many inputs each output has, and how many outputs each input has. */
export interface FanOptions extends InitOptions {
  /** `[inputs of an output, outputs of an input]`. Default: the last two axes, which are rows and columns. */
  readonly fans?: readonly [number, number];
}

/** The last two axes. @throws GraphError where there are none */
export function matrix(op: string, shape: Size): [rows: number, columns: number] {
  const [rows, columns] = shape.slice(-2);
  if (rows !== undefined && columns !== undefined) return [rows, columns];
  throw new GraphError({ op, problem: `expected a matrix, received [${shape.join(", ")}]` });
}

/** The size of a square matrix. @throws GraphError where it is none */
export function square(op: string, shape: Size): number {
  const [rows, columns] = matrix(op, shape);
  if (rows === columns && shape.length === 2) return rows;
  throw new GraphError({ op, problem: `expected a square matrix, received [${shape.join(", ")}]` });
}

/** @throws GraphError for an option that is not a number of its range */
export function requireRange(op: string, option: string, value: number, [low, high]: [number, number]): void {
  if (value >= low && value <= high) return;
  const range = high === Number.POSITIVE_INFINITY ? `from ${low}` : `from ${low} to ${high}`;
  throw new GraphError({ op, problem: `${option} is a number ${range}, received ${value}` });
}
