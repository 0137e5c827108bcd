import { byteWidth, type DType } from "../../../dtype.ts";
import type { View } from "../../../lower/kernel.ts";
import type { Shape } from "../../../shape.ts";
import { pointerKey } from "./emitter.ts";

/** Something that moves in steps of constant length along each axis: an address (bytes), or a number of an element. */
export interface Stream {
  /** Which pointer it begins at; undefined for numbers, which begin at 0. */
  readonly pointer: number | undefined;
  /** Bytes from the pointer to where it begins. */
  readonly start: number;
  readonly steps: readonly number[];
}

/** Where the elements of a view are: `offset` bytes after a stream, 0 or more; strides in elements. */
export interface Access {
  readonly stream: number;
  readonly offset: number;
  readonly dtype: DType;
  readonly strides: readonly number[];
}

/** Loops over as few axes as the views allow, and what moves along them. */
export interface Nest {
  /** Elements along each axis, none 1. */
  readonly lengths: readonly number[];
  /** The group that each axis belongs to. */
  readonly groups: readonly number[];
  readonly streams: readonly Stream[];
  /** One per view. */
  readonly accesses: readonly Access[];
  /** Streams of numbers, one per form. */
  readonly forms: readonly number[];
  /** What pointers point to, one of the views that share each. */
  readonly pointers: readonly View[];
}

interface Axis {
  readonly group: number;
  readonly length: number;
  /** One per view, then one per form. */
  readonly strides: readonly number[];
}

const compareStrides = (a: Axis, b: Axis): number => {
  for (let i = 0; i < a.strides.length; i++) {
    const difference = Math.abs(b.strides[i]!) - Math.abs(a.strides[i]!);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Joins an axis with the one before it where all strides agree. */
function merge(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = [];
  for (const axis of axes) {
    const outer = merged.at(-1);
    const agree = (stride: number, i: number): boolean => outer!.strides[i] === stride * axis.length;
    if (outer && outer.group === axis.group && axis.strides.every(agree))
      merged[merged.length - 1] = { ...axis, length: outer.length * axis.length };
    else merged.push(axis);
  }
  return merged;
}

interface Options {
  readonly shape: Shape;
  /** The first views decide the order of axes: long steps outside. */
  readonly views: readonly View[];
  /** Numbers of elements: one stride per axis of the shape. */
  readonly forms?: readonly (readonly number[])[];
  /** Axes of a smaller group come first, and only axes of one group are exchanged; default: one group. */
  readonly groups?: readonly number[];
  /** Groups whose axes stay in their order; default none. */
  readonly fixed?: readonly number[];
}

/** The simplest loops over the elements of views of one shape. Views of fewer axes have stride 0 along the rest. */
export function loopNest({ shape, views, forms = [], groups, fixed = [] }: Options): Nest {
  const rows = [...views.map((view) => view.strides), ...forms];
  const all = shape.map((length, axis) => ({
    length,
    group: groups?.[axis] ?? 0,
    strides: rows.map((row) => row[axis] ?? 0),
  }));
  const order = (a: Axis, b: Axis): number =>
    a.group - b.group || (fixed.includes(a.group) ? 0 : compareStrides(a, b));
  const axes = merge(all.filter(({ length }) => length !== 1).sort(order));
  const strides = rows.map((_, row) => axes.map((axis) => axis.strides[row]!));
  const shared = sharedPointers(views);
  const streams: Stream[] = [];
  const numbers = new Map<string, number>();
  const stream = (pointer: number | undefined, steps: readonly number[], offset = 0): number => {
    const key = `${pointer} ${steps}`;
    const number = numbers.get(key) ?? streams.push({ pointer, steps, start: offset }) - 1;
    numbers.set(key, number);
    const start = isForward(steps) ? 0 : Math.min(offset, streams[number]!.start);
    streams[number] = { pointer, steps, start };
    return number;
  };
  const places = views.map((view, i) => {
    const { dtype } = view.buffer;
    const pointer = shared.numbers[i]!;
    const width = byteWidth(dtype);
    const offset = (view.offset - shared.pointers[pointer]!.offset) * width;
    const steps = strides[i]!.map((stride) => stride * width);
    return { stream: stream(pointer, steps, offset), offset, dtype, strides: strides[i]! };
  });
  const accesses = places.map((place) => ({ ...place, offset: place.offset - streams[place.stream]!.start }));
  return {
    lengths: axes.map(({ length }) => length),
    groups: axes.map(({ group }) => group),
    accesses,
    forms: forms.map((_, i) => stream(undefined, strides[views.length + i]!)),
    streams,
    pointers: shared.pointers,
  };
}

/**
 * Whether a stream never moves below where it begins. One that does begins at the first of its own elements, and an
 * address is never less than an element's: what a constant is added to must not lie below the beginning of memory.
 */
export const isForward = (steps: readonly number[]): boolean => steps.every((step) => step >= 0);

/** Views with a constant distance share a pointer, which points to the first of them in memory. */
function sharedPointers(views: readonly View[]): { pointers: View[]; numbers: number[] } {
  const pointers: View[] = [];
  const byKey = new Map<string, number>();
  const numbers = views.map((view) => {
    const key = pointerKey(view);
    const number = byKey.get(key) ?? pointers.length;
    byKey.set(key, number);
    const other = pointers[number];
    if (!other || view.offset < other.offset) pointers[number] = view;
    return number;
  });
  return { pointers, numbers };
}

/** Nests with the same text have the same code. */
export const nestKey = ({ lengths, groups, streams, accesses, forms }: Nest): string =>
  JSON.stringify([
    lengths,
    groups,
    streams.map(({ pointer, start, steps }) => [pointer, start, steps]),
    accesses.map(({ stream, offset, dtype }) => [stream, offset, dtype]),
    forms,
  ]);
