import { byteWidth } from "../../../dtype.ts";
import type { View } from "../../../lower/kernel.ts";
import type { Shape } from "../../../shape.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local, Value } from "../assembler/operand.ts";

/** An axis that several pointers walk together: how far one step takes each of them, in bytes. */
export interface Axis {
  readonly length: number;
  readonly strides: readonly number[];
}

/** Rows without gaps in every view, and the axes around them, outermost first. */
export interface Rows {
  readonly outer: readonly Axis[];
  /** Bytes of a row; of one element where no axis is without gaps everywhere. */
  readonly bytes: number;
}

type Pointer = Local<"i32">;

/** Strides of a view in bytes. */
export const byteStrides = ({ strides, buffer }: View): number[] =>
  strides.map((stride) => stride * byteWidth(buffer.dtype));

/** The axes of a shape without those of length 1; neighbours that every list of strides walks as one are one. */
export function collapse(shape: Shape, strides: readonly (readonly number[])[]): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((length, i) => {
    if (length === 1) return;
    const steps = strides.map((list) => list[i]!);
    const outer = axes.at(-1);
    const one = outer?.strides.every((stride, k) => stride === steps[k]! * length);
    const around = one ? axes.pop()!.length : 1;
    axes.push({ length: around * length, strides: steps });
  });
  return axes;
}

/** Takes the innermost axis as a row where no view has gaps in it. */
export function rowsOf(axes: readonly Axis[], width: number): Rows {
  const inner = axes.at(-1);
  return inner?.strides.every((stride) => stride === width)
    ? { outer: axes.slice(0, -1), bytes: inner.length * width }
    : { outer: axes, bytes: width };
}

/** Moves pointers by constants. */
export function advance(f: FunctionBuilder, pointers: readonly Pointer[], by: readonly number[]): void {
  pointers.forEach((pointer, k) => {
    if (by[k] !== 0) f.set(pointer, f.i32.add(pointer, by[k]!));
  });
}

/** Runs a body `count` times; a local is counted down. */
export function times(f: FunctionBuilder, count: number | Pointer, body: () => void): void {
  if (count === 1) body();
  else if (typeof count !== "number")
    f.if(f.i32.gt_s(count, 0), () => {
      f.loop((again) => {
        body();
        f.br_if(again, f.tee(count, f.i32.sub(count, 1)));
      });
    });
  else if (count > 0) {
    const left = f.local("i32");
    f.set(left, count);
    f.loop((again) => {
      body();
      f.br_if(again, f.tee(left, f.i32.sub(left, 1)));
    });
  }
}

/** Runs a body at every place of the axes, in row-major order; it gets the pointers there and leaves them. */
export function nest(
  f: FunctionBuilder,
  axes: readonly Axis[],
  pointers: readonly Pointer[],
  body: (pointers: readonly Pointer[]) => void,
): void {
  const [axis, ...inner] = axes;
  if (!axis) {
    body(pointers);
    return;
  }
  const own = pointers.map((pointer) => f.keep(f.get(pointer)));
  times(f, axis.length, () => {
    nest(f, inner, own, body);
    advance(f, own, axis.strides);
  });
}

/** The same at the places `low … high - 1` of the first axis. */
export function nestBetween(
  f: FunctionBuilder,
  [first, ...inner]: readonly Axis[],
  pointers: readonly Pointer[],
  [low, high]: readonly [Pointer, Pointer],
  body: (pointers: readonly Pointer[]) => void,
): void {
  const strides = first!.strides;
  const own = pointers.map((pointer, k) => f.keep(f.i32.add(pointer, f.i32.mul(low, strides[k]!))));
  times(f, f.keep(f.i32.sub(high, low)), () => {
    nest(f, inner, own, body);
    advance(f, own, strides);
  });
}

/** How far the element at row-major `position` of the axes is from the first, for pointer `k`: leaves it on the stack. */
export function distanceAt(
  f: FunctionBuilder,
  axes: readonly Axis[],
  k: number,
  position: Pointer,
): Value<"i32"> {
  let inner = 1;
  let sum: Value<"i32"> | undefined;
  for (const [i, { length, strides }] of [...axes].reverse().entries()) {
    const quotient = inner === 1 ? f.get(position) : f.i32.div_u(position, inner);
    const index = i === axes.length - 1 ? quotient : f.i32.rem_u(quotient, length);
    const distance = f.i32.mul(index, strides[k]!);
    sum = sum ? f.i32.add(sum, distance) : distance;
    inner *= length;
  }
  return sum ?? f.i32.const(0);
}

/** A text for `ModuleBuilder.once`. */
export const showAxes = (axes: readonly Axis[]): string =>
  axes.map(({ length, strides }) => `${length}:${strides}`).join(" ");
