import type { IndexCheck } from "../../../graph/index-check.ts";
import { type Shape, sizeOf } from "../../../shape.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/operand.ts";
import { type Axis, distanceAt } from "./rows.ts";

type Pointer = Local<"i32">;

/** Loads the index at row-major `position`; a negative one counts from the end of `length` rows where `check` says so. The result may be out of range. */
export function loadIndex(
  f: FunctionBuilder,
  axes: readonly Axis[],
  indices: Pointer,
  position: Pointer,
  length: number,
  { negative }: IndexCheck,
): Pointer {
  const index = f.keep(f.i32.load(f.i32.add(indices, distanceAt(f, axes, 0, position))));
  if (!negative) return index;
  return f.keep(f.i32.add(index, f.i32.and(f.i32.shr_s(index, 31), length)));
}

/** Leaves the function with 1 + `position` where a row is out of range. */
export function checkRow(f: FunctionBuilder, row: Pointer, position: Pointer, length: number): void {
  f.if(f.i32.ge_u(row, length), () => {
    f.return(f.keep(f.i32.add(position, 1)));
  });
}

/** Runs a body at the positions `low … high - 1`. */
export function eachPosition(
  f: FunctionBuilder,
  low: Pointer | number,
  high: Pointer | number,
  body: (position: Pointer) => void,
): void {
  const position = f.local("i32");
  f.set(position, low);
  f.if(f.i32.lt_s(position, high), () => {
    f.loop((again) => {
      body(position);
      f.br_if(again, f.i32.lt_s(f.tee(position, f.i32.add(position, 1)), high));
    });
  });
}

export const isEmpty = (shape: Shape): boolean => sizeOf(shape) === 0;
