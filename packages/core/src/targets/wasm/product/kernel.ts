import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { FunctionReference } from "../assembler/function-signature.ts";
import type { Label } from "../assembler/operand.ts";
import type { Element, Pointer, Vector } from "./element.ts";
import { advance } from "./repetition.ts";

/**
 * A kernel makes one block of C, of constant height and width:
 * `(a, b, c, rowBytes, k, add)`, where `rowBytes` is from one row of C to the next and `add` is not 0 for `C +=`.
 */
export const KERNEL_PARAMETERS = ["i32", "i32", "i32", "i32", "i32", "i32"] as const;
export type Kernel = FunctionReference<typeof KERNEL_PARAMETERS, readonly []>;

/** What both forms of kernels know of their block of C. */
export interface Block {
  readonly element: Element;
  readonly rows: number;
  readonly columns: number;
  /** Elements from one column of C to the next. */
  readonly columnStride: number;
  /** Whether the kernel is ever asked to add. */
  readonly adds: boolean;
}

/** Vectors of zeros: a sum for each row and each of `width` places in it. */
export const sums = (f: FunctionBuilder, rows: number, width: number): Vector[][] =>
  Array.from({ length: rows }, () => Array.from({ length: width }, () => f.local("v128")));

/**
 * A branch that is never taken, since no pointer to elements is odd: TurboFan moves the loads of an unrolled body to its
 * top and spills them, but no further than to a branch. What is summed must be read behind `exit`, else the arithmetic
 * moves behind the branch. Neighbouring fences need different numbers.
 */
export function fence(f: FunctionBuilder, exit: Label, pointer: Pointer, number: number): void {
  f.br_if(exit, f.i32.eq(pointer, -1 - 2 * number));
}

/** Stores a block of C, adding what is there where `add` is not 0. */
export function writeBlock(
  f: FunctionBuilder,
  { element, columns, columnStride, adds }: Block,
  values: readonly (readonly Vector[])[],
  [c, rowBytes, add]: readonly [Pointer, Pointer, Pointer],
): void {
  const each = (row: readonly Vector[], write: (x: Vector, first: number, count: number) => void): void =>
    row.forEach((x, v) => {
      write(x, v * element.lanes * columnStride, element.lanesIn(v, columns));
    });
  if (adds) {
    const from = f.local("i32");
    f.if(add, () => {
      f.set(from, c);
      values.forEach((row, r) => {
        if (r > 0) advance(f, from, rowBytes);
        each(row, (x, first, count) => {
          f.set(x, element.add(f, element.load(f, from, first, count, columnStride), x));
        });
      });
    });
  }
  values.forEach((row, r) => {
    if (r > 0) advance(f, c, rowBytes);
    each(row, (x, first, count) => {
      element.store(f, c, x, first, count, columnStride);
    });
  });
}
