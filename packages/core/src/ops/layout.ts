import type { Layout } from "../graph/kernel-rule.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** Elements `start, start + stride, …`, `size` of them, on each axis. */
export interface Box {
  readonly starts: readonly number[];
  readonly sizes: Shape;
  readonly strides: readonly number[];
}

/** Axes of every example, where examples have an axis in front. */
export const behind = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

export const boxLayout = (x: Layout, { starts, sizes, strides }: Box): Layout => ({
  offset: starts.reduce((offset, start, axis) => offset + start * x.strides[axis]!, x.offset),
  shape: sizes,
  strides: x.strides.map((stride, axis) => stride * strides[axis]!),
});

/** Parts of `y` one after another along an axis. */
export function rowLayouts(y: Layout, parts: readonly { readonly shape: Shape }[], axis: number): Layout[] {
  let start = 0;
  return parts.map(({ shape }) => {
    const offset = y.offset + start * y.strides[axis]!;
    start += shape[axis]!;
    return { offset, shape, strides: y.strides };
  });
}

export const transposeLayout = (x: Layout, permutation: readonly number[]): Layout => ({
  offset: x.offset,
  shape: permutation.map((axis) => x.shape[axis]!),
  strides: permutation.map((axis) => x.strides[axis]!),
});

/** Axes in front and axes of length 1 repeat their elements: stride 0. */
export function broadcastLayout(x: Layout, shape: Shape): Layout {
  const lead = shape.length - x.shape.length;
  const strides = shape.map((_, i) => (i < lead || x.shape[i - lead] === 1 ? 0 : x.strides[i - lead]!));
  return { offset: x.offset, shape, strides };
}

export function flipLayout(x: Layout, axes: readonly number[]): Layout {
  const last = (axis: number): number => Math.max(x.shape[axis]! - 1, 0) * x.strides[axis]!;
  return {
    offset: axes.reduce((offset, axis) => offset + last(axis), x.offset),
    shape: x.shape,
    strides: x.strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
  };
}

/** Elements that follow one another at one stride. */
interface Run {
  readonly size: number;
  readonly stride: number;
}

/** The axes of a layout, neighbours joined where one continues the other; from the inside out. */
function runsOf({ shape, strides }: Layout): Run[] {
  const runs: Run[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    const stride = strides[axis]!;
    const inner = runs.at(-1);
    if (size === 1) continue;
    if (inner && stride === inner.size * inner.stride)
      runs.splice(-1, 1, { size: inner.size * size, stride: inner.stride });
    else runs.push({ size, stride });
  }
  return runs;
}

/** The same elements in another shape, where each of its axes lies within one run; undefined where one does not. */
export function reshapeLayout(x: Layout, shape: Shape): Layout | undefined {
  const strides = shape.map(() => 1);
  if (sizeOf(shape) === 0) return { offset: x.offset, shape, strides };
  const runs = runsOf(x);
  let run: Run = runs.shift() ?? { size: 1, stride: 1 };
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis]!;
    if (length > 1 && run.size === 1) run = runs.shift()!;
    if (run.size % length !== 0) return undefined;
    strides[axis] = run.stride;
    run = { size: run.size / length, stride: run.stride * length };
  }
  return { offset: x.offset, shape, strides };
}
