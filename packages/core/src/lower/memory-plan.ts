import { byteWidth } from "../dtype.ts";
import { accessesOf, ownReads } from "./accesses.ts";
import type { Buffer, Kernel, LoopCounter } from "./kernel.ts";

const ALIGNMENT = 64;

/** Where buffers of the arena lie, in bytes from its beginning. */
export interface MemoryPlan {
  readonly offsets: ReadonlyMap<Buffer, number>;
  readonly bytes: number;
}

interface Interval {
  readonly buffer: Buffer;
  readonly bytes: number;
  first: number;
  last: number;
}

/** Bytes of a buffer, rounded up so that the next one is aligned. */
export const paddedBytes = ({ dtype, size }: Buffer): number =>
  Math.ceil((byteWidth(dtype) * size) / ALIGNMENT) * ALIGNMENT;

/**
 * Places buffers so that those which are alive at the same time do not share memory. A buffer lives from the first
 * kernel that writes it to the last that reads it; where a loop uses a buffer that was made outside of it, as long
 * as the loop runs. What is used in one of several loops that run at once (`groupOf`, outermost ones that stand side by side)
 * lives as long as all of them do. Largest first, each at the lowest free offset.
 * Source: Pisarchyk & Lee 2020, "Efficient memory management for deep neural net inference", greedy by size.
 */
export function planMemory(
  kernels: readonly Kernel[],
  owners: ReadonlyMap<Buffer, readonly LoopCounter[]>,
  kept: { readonly inputs: ReadonlySet<Buffer>; readonly outputs: ReadonlySet<Buffer> },
  groupOf: (loop: LoopCounter) => number | undefined = () => undefined,
): MemoryPlan {
  const intervals = livingTimes(kernels, owners, kept, groupOf);
  const offsets = new Map<Buffer, number>();
  let bytes = 0;
  for (const [interval, offset] of place(intervals)) {
    offsets.set(interval.buffer, offset);
    bytes = Math.max(bytes, offset + interval.bytes);
  }
  return { offsets, bytes };
}

function livingTimes(
  kernels: readonly Kernel[],
  owners: ReadonlyMap<Buffer, readonly LoopCounter[]>,
  { inputs, outputs }: { readonly inputs: ReadonlySet<Buffer>; readonly outputs: ReadonlySet<Buffer> },
  groupOf: (loop: LoopCounter) => number | undefined,
): Interval[] {
  const intervals = new Map<Buffer, Interval>();
  const touch = (buffer: Buffer, first: number, last: number): void => {
    if (buffer.home !== "arena" && buffer.home !== "input") return;
    const known = intervals.get(buffer);
    if (!known) intervals.set(buffer, { buffer, bytes: paddedBytes(buffer), first, last });
    else {
      known.first = Math.min(known.first, first);
      known.last = Math.max(known.last, last);
    }
  };
  let time = 0;
  const together = new Map<number, { readonly start: number; readonly end: number }>();
  /** Gives the buffers of outer scopes that the list touches. */
  const visit = (list: readonly Kernel[], depth: number): Set<Buffer> => {
    const outer = new Set<Buffer>();
    for (const kernel of list) {
      if (kernel.kind === "loop") {
        const start = time++;
        const used = visit(kernel.body, depth + 1);
        const end = time++;
        const group = groupOf(kernel.counter);
        if (group !== undefined) together.set(group, { start: together.get(group)?.start ?? start, end });
        for (const buffer of [...used, ...ownReads(kernel).map((view) => view.buffer)]) {
          if ((owners.get(buffer)?.length ?? 0) < depth) outer.add(buffer);
          else touch(buffer, start, end);
        }
        continue;
      }
      const now = time++;
      const { reads, writes } = accessesOf(kernel);
      for (const { buffer } of [...reads, ...writes]) {
        if ((owners.get(buffer)?.length ?? 0) < depth) outer.add(buffer);
        else touch(buffer, now, now);
      }
    }
    return outer;
  };
  visit(kernels, 0);
  for (const buffer of inputs) touch(buffer, -1, -1);
  for (const buffer of outputs) touch(buffer, time, time);
  for (const { start, end } of together.values()) {
    for (const interval of intervals.values()) {
      if (interval.last < start || interval.first > end) continue;
      interval.first = Math.min(interval.first, start);
      interval.last = Math.max(interval.last, end);
    }
  }
  return [...intervals.values()];
}

/** Largest first, each at the lowest offset where nothing that lives at the same time lies. */
function place(intervals: readonly Interval[]): Map<Interval, number> {
  const placed: { interval: Interval; offset: number }[] = [];
  const offsets = new Map<Interval, number>();
  for (const interval of [...intervals].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    let offset = 0;
    for (const other of placed) {
      if (other.interval.last < interval.first || interval.last < other.interval.first) continue;
      if (other.offset >= offset + interval.bytes) break;
      offset = Math.max(offset, other.offset + other.interval.bytes);
    }
    offsets.set(interval, offset);
    const at = placed.findIndex((other) => other.offset > offset);
    placed.splice(at < 0 ? placed.length : at, 0, { interval, offset });
  }
  return offsets;
}
