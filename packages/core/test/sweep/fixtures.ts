import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DType } from "../../src/dtype.ts";
import { emptyArray, type NDArray } from "../../src/ndarray.ts";

type Element = number | "-0" | "NaN" | "Infinity" | "-Infinity";

/** An array as scripts/fixtures/encoding.py writes it. */
export interface EncodedArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly Element[];
}

export function decode({ dtype, shape, data }: EncodedArray): NDArray {
  const value = emptyArray(dtype, shape);
  value.data.set(data.map(Number));
  return value;
}

/** Values of an op's sample from outside. */
export interface OpFixture {
  readonly op: string;
  readonly operands: readonly EncodedArray[];
  readonly result: EncodedArray;
  /** For a cotangent of `weights`; null for operands that are not floats. */
  readonly gradients?: readonly (EncodedArray["data"] | null)[];
}

export function readFixture<Case>(name: string): readonly Case[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures", name), "utf8")).cases;
}

/** The same type and the same bits. */
export const sameValue = (a: NDArray, b: NDArray): boolean =>
  a.dtype === b.dtype &&
  a.shape.join() === b.shape.join() &&
  a.data.every((value: number, i: number) => Object.is(value, b.data[i]));
