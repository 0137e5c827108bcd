import type { Node } from "../graph/tensor.ts";
import type { Kernel, LoopCounter, View } from "./kernel.ts";

/** Where the steps of a loop lie in a buffer: step `t` is the elements from `base + t · stride` on, before the next one. */
export interface StepRows {
  readonly stride: number;
  readonly base: number;
  /** The elements of a step that are meant, from its first one on: all of `low … high` are within the stride. */
  readonly low: number;
  readonly high: number;
}

/** The steps of a view whose other axes, and loops, stay within a step; undefined where they do not. */
function rowsOf(
  { offset, advances, shape, strides }: View,
  step: number,
  axis?: number,
): StepRows | undefined {
  const reach = shape.map((length, at) => (at === axis ? 0 : (length - 1) * strides[at]!));
  const around = advances.map(({ stride, counter, alternate }) =>
    alternate === undefined ? (counter.length - 1) * stride : stride,
  );
  const low = offset % step;
  const high = [...reach, ...around].reduce((sum, each) => sum + each, low);
  const forward = step > 0 && [...reach, ...around].every((each) => each >= 0);
  return forward && high < step ? { stride: step, base: offset - low, low, high } : undefined;
}

/** The steps that an axis of a view goes through, one row for each or some; undefined where others lie between them. */
export function rowsAlong(view: View, axis: number, length: number): StepRows | undefined {
  const rows = view.shape[axis]! / length;
  if (!Number.isInteger(rows) || rows < 1 || view.advances.length > 0) return undefined;
  const stride = view.strides[axis]!;
  const found = rowsOf(view, stride * rows, axis);
  const high = found && found.high + (rows - 1) * stride;
  return found && high! < found.stride ? { ...found, high: high! } : undefined;
}

/** The steps that a loop moves a view through. */
export function rowsAt(view: View, counter: LoopCounter): StepRows | undefined {
  const advance = view.advances.find((each) => each.counter === counter && each.alternate === undefined);
  if (!advance) return undefined;
  const others = view.advances.filter((each) => each !== advance);
  return rowsOf({ ...view, advances: others }, advance.stride);
}

/** All steps of a counted loop, a few at a time. */
export interface StepBlocks {
  readonly count: View;
  /** Steps at most. */
  readonly length: number;
  /** Steps of a block; the last one may have fewer. */
  readonly size: number;
  /** A number that no other counter has. */
  newCounter(): number;
}

/** The part of a view that belongs to the block of steps which a loop is at. */
export type Cut = (view: View, axis: number) => View;

/** Loops over the blocks that have a step below the count, with the kernels of a block. */
export function inBlocks(
  { count, length, size, newCounter }: StepBlocks,
  nodes: readonly Node[],
  kernels: (cut: Cut) => Kernel[],
): Kernel[] {
  const whole = Math.floor(length / size);
  const loop = (first: number, blocks: number, steps: number): Kernel => {
    const range = { count, skip: first, per: steps, most: blocks, steps: "before" } as const;
    const counter: LoopCounter = { id: newCounter(), length: blocks, reverse: false, range };
    const cut: Cut = (view, axis) => {
      const rows = view.shape[axis]! / length;
      const stride = view.strides[axis]! * rows;
      return {
        ...view,
        offset: view.offset + first * stride,
        shape: view.shape.map((each, at) => (at === axis ? rows * steps : each)),
        advances: stride === 0 ? view.advances : [...view.advances, { counter, stride: stride * steps }],
      };
    };
    return { kind: "loop", counter, body: kernels(cut), nodes };
  };
  const rest = length - whole * size;
  return [loop(0, whole, size), ...(rest > 0 ? [loop(whole * size, 1, rest)] : [])];
}

/** A loop over the steps behind the count, up to the end of its block or of all, with the kernels of a step. */
export function behindCount(
  { count, length, size, newCounter }: StepBlocks,
  end: "block" | "all",
  nodes: readonly Node[],
  kernels: (counter: LoopCounter) => Kernel[],
): Kernel {
  const until = end === "block" ? { until: size } : {};
  const range = { count, skip: 0, per: 1, most: length, steps: "behind", ...until } as const;
  const counter: LoopCounter = { id: newCounter(), length, reverse: false, range };
  return { kind: "loop", counter, body: kernels(counter), nodes };
}
