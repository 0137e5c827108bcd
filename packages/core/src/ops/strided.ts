import type { Data } from "../dtype.ts";
import { emptyArray, type NDArray } from "../ndarray.ts";
import { type Shape, sizeOf, stridesOf } from "../shape.ts";

/** Calls `visit` with the offset of every element of a strided view, in row-major order of `shape`. */
export function forEachOffset(
  shape: Shape,
  strides: readonly number[],
  start: number,
  visit: (offset: number, position: number) => void,
): void {
  const size = sizeOf(shape);
  if (size === 0) return;
  const rank = shape.length;
  const inner = rank > 0 ? shape[rank - 1]! : 1;
  const innerStride = rank > 0 ? strides[rank - 1]! : 0;
  const index = new Array<number>(Math.max(rank - 1, 0)).fill(0);
  let offset = start;
  for (let position = 0; position < size; ) {
    for (let i = 0, at = offset; i < inner; i++, at += innerStride) visit(at, position++);
    for (let axis = rank - 2; axis >= 0; axis--) {
      offset += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      offset -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** A dense copy of a strided view of `x`. */
export function readView(
  x: NDArray,
  dtype: NDArray["dtype"],
  shape: Shape,
  strides: readonly number[],
  start = 0,
): NDArray {
  const y = emptyArray(dtype, shape);
  const source: Data = x.data;
  const target: Data = y.data;
  forEachOffset(shape, strides, start, (offset, position) => {
    target[position] = source[offset]!;
  });
  return y;
}

/** Strides that read `shape` broadcast to `target`: 0 where an axis repeats. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : strides[axis - lead]!));
}

/**
 * The data of `x` as rows over the reduced axes: kept axes first, reduced axes last, so that each row of
 * `sizeOf(reduced)` elements makes one element of a reduction.
 */
export function reductionRows(x: NDArray, axes: readonly number[]): { rows: Data; length: number } {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const length = sizeOf(axes.map((axis) => x.shape[axis]!));
  if (order.every((axis, i) => axis === i)) return { rows: x.data, length };
  const strides = stridesOf(x.shape);
  const shape = order.map((axis) => x.shape[axis]!);
  const moved = readView(
    x,
    x.dtype,
    shape,
    order.map((axis) => strides[axis]!),
  );
  return { rows: moved.data, length };
}
