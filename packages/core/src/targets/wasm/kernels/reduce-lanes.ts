import type { DType } from "../../../dtype.ts";
import type { ReduceKernel } from "../../../lower/kernel.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Vector } from "../math/lanes.ts";
import type { LaneCode } from "./emitter-lanes.ts";

export type Combine = ReduceKernel["combine"];

/** What takes in vectors of elements one after another. A slot is one of several that take turns. */
export interface Accumulator {
  begin(): void;
  /** Takes in elements; `position` gives their numbers, where they matter. */
  take(value: Vector, slot: number, position: () => Vector): void;
  /** Called after at most `LIMIT` elements per lane and slot where there are more in all. */
  flush(): void;
  /** The result of each lane. */
  lanes(): Vector;
  /** The result of all lanes, in the first one. */
  total(): Vector;
}

/** So many singles may be added one after another. */
export const LIMIT = 128;

/** Elements that change nothing. */
export function identityOf(combine: Combine, dtype: DType): number {
  if (combine === "sum") return 0;
  const lowest = combine === "max" || combine === "argmax";
  if (dtype === "bool") return lowest ? 0 : 1;
  if (dtype === "i32") return lowest ? -(2 ** 31) : 2 ** 31 - 1;
  return lowest ? -Infinity : Infinity;
}

/** Each lane moved down by `count` lanes, around the end. */
export const turned = (code: LaneCode, x: Vector, count: number, dtype: DType): Vector => {
  const width = code.lanes === 4 || dtype === "f32" || dtype === "i32" ? 4 : 8;
  const bytes = Array.from({ length: 16 }, (_, i) => (i + count * width) % 16);
  return code.f.keep(code.f.i8x16.shuffle(bytes, x, x));
};

/** The low halves of two vectors as one. */
export const sideBySide = (f: FunctionBuilder, low: Vector, high: Vector): Vector =>
  f.keep(f.i8x16.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23], low, high));

/** All lanes in the first one: `join` takes two and gives one. */
export function folded(
  code: LaneCode,
  x: Vector,
  dtype: DType,
  join: (a: Vector, b: Vector) => Vector,
): Vector {
  let sum = x;
  for (let count = code.lanes / 2; count >= 1; count /= 2) sum = join(sum, turned(code, sum, count, dtype));
  return sum;
}

export const locals = (code: LaneCode, count: number): Vector[] =>
  Array.from({ length: count }, () => code.f.local("v128"));
