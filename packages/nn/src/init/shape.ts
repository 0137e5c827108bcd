import { checkOptionValues, GraphError, type OptionKind } from "@org/core";
import { count, floats } from "../option-values.ts";
import type { Seed } from "../seed.ts";

/** What every random initialiser takes. */
export interface InitOptions {
  readonly seed: Seed;
  /** @default "f32", unless `withDType` says otherwise */
  readonly dtype?: "f32" | "f64";
}

/** The shape of what is made. */
export type Size = readonly number[];

/** How many numbers a shape has. */
export const sizeOf = (shape: Size): number => shape.reduce((product, length) => product * length, 1);

/** How many inputs each output has, and how many outputs each input has. */
export interface FanOptions extends InitOptions {
  /** `[inputs of an output, outputs of an input]`. Default: the last two axes, which are rows and columns. */
  readonly fans?: readonly [number, number];
}

/** The options of an initialiser, its shape among them. @throws GraphError in its name */
export function checkInit(
  op: string,
  shape: Size,
  dtype: "f32" | "f64",
  own: Readonly<Record<string, readonly [value: unknown, kind: OptionKind]>> = {},
): void {
  checkOptionValues(op, { shape: [shape, sizes], dtype: [dtype, floats], ...own });
}

const sizes: OptionKind = {
  text: "a list of whole sizes from 0, of less than 2³¹ elements",
  holds: (shape) =>
    Array.isArray(shape) && shape.every((length) => count.holds(length)) && sizeOf(shape) < 2 ** 31,
};

/** The last two axes. @throws GraphError where there are none */
export function rowsAndColumns(op: string, shape: Size): [rows: number, columns: number] {
  const [rows, columns] = shape.slice(-2);
  if (rows !== undefined && columns !== undefined) return [rows, columns];
  throw notA("matrix", op, shape);
}

/** The two axes. @throws GraphError where there are more or fewer */
export function matrix(op: string, shape: Size): [rows: number, columns: number] {
  if (shape.length !== 2) throw notA("matrix", op, shape);
  return [shape[0]!, shape[1]!];
}

/** The size of a square matrix. @throws GraphError where it is none */
export function square(op: string, shape: Size): number {
  const [rows, columns] = shape;
  if (rows === columns && rows !== undefined && shape.length === 2) return rows;
  throw notA("square matrix", op, shape);
}

const notA = (what: string, op: string, shape: Size): GraphError =>
  new GraphError({ op, problem: `expected a ${what}, received [${shape.join(", ")}]` });
