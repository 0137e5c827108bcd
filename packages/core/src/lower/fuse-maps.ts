import type { Log } from "../rewrite/rewrite.ts";
import { sizeOf } from "../shape.ts";
import { accessesOf, mayFail } from "./accesses.ts";
import { GrowingMap } from "./growing-map.ts";
import type { Buffer, Kernel, MapKernel, View } from "./kernel.ts";
import { type Pass, throughLoops } from "./pass.ts";
import { Places, search } from "./places.ts";

/** Maps that a map asks whether it may join them. */
const CANDIDATES = 32;

/**
 * Makes one kernel of maps that visit the same elements: a map joins an earlier one where everything that it needs
 * has been computed by then, element by element where it is computed there. Values that only this kernel reads stay
 * in registers (`dropDeadStores` takes their stores away). Loop bodies are fused by themselves.
 */
export const fuseMaps: Pass<"fuseMaps"> = {
  name: "fuseMaps",
  run: (kernels, { log }) => throughLoops(kernels, (list) => new FusedKernels(log).add(list)),
};

/** The kernels of one list, those that were fused among them. */
class FusedKernels {
  readonly #log: Log;
  readonly #kernels: (Kernel | GrowingMap)[] = [];
  readonly #buffers = new Map<Buffer, BufferAccesses>();
  /** The last kernel that may end the call. */
  #failing = -1;

  constructor(log: Log) {
    this.#log = log;
  }

  add(kernels: readonly Kernel[]): Kernel[] {
    for (const kernel of kernels) {
      const commits = accessesOf(kernel).writes.some(({ buffer }) => buffer.home === "parameter");
      const after = Math.max(commits ? this.#failing : -1, this.#lastConflict(kernel));
      const at = this.#place(kernel, after);
      if (mayFail(kernel)) this.#failing = at;
      this.#record(kernel, at);
    }
    return this.#kernels.map((kernel) => (kernel instanceof GrowingMap ? kernel.kernel() : kernel));
  }

  /** The last kernel that has to come before this one: one of the two writes what the other reads or writes. */
  #lastConflict(kernel: Kernel): number {
    const { reads, writes } = accessesOf(kernel);
    const whole = kernel.kind === "loop"; // a loop may move its views anywhere
    let last = -1;
    for (const view of reads) {
      const known = this.#buffers.get(view.buffer);
      if (known) last = whole ? Math.max(last, known.lastWrite) : known.writes.last(view, last);
    }
    for (const view of writes) {
      const known = this.#buffers.get(view.buffer);
      if (!known) continue;
      if (whole) last = Math.max(last, known.lastRead, known.lastWrite);
      else last = known.reads.last(view, known.writes.last(view, last));
    }
    return last;
  }

  /** Where the kernel goes: into an earlier one, or behind all. `after`: the last kernel that it depends on. */
  #place(kernel: Kernel, after: number): number {
    if (kernel.kind === "map") {
      for (const at of this.#candidates(kernel, after)) {
        const joined = (this.#kernels[at] as GrowingMap).with(kernel);
        if (!joined) continue;
        this.#log.fire();
        this.#kernels[at] = joined;
        return at;
      }
      if (after >= 0) this.#log.decline(whyApart(kernel, this.#kernels[after]!));
    }
    return this.#kernels.push(kernel.kind === "map" ? new GrowingMap(kernel) : kernel) - 1;
  }

  /** The map that it depends on last, then those behind it that use what it reads. */
  #candidates(map: MapKernel, after: number): number[] {
    const found = new Set<number>();
    const size = sizeOf(map.shape);
    for (const { buffer } of accessesOf(map).reads) {
      const maps = this.#buffers.get(buffer)?.maps.get(size) ?? [];
      const first = search(maps.length, (i) => maps[i]! > after);
      for (let i = first; i < maps.length && i < first + CANDIDATES; ) {
        const at = maps[i]!;
        if (!(this.#kernels[at] as GrowingMap).isFull) {
          found.add(at);
          i++;
        } else maps.splice(i, 1);
      }
    }
    const last = this.#kernels[after];
    const behind = [...found].sort((a, b) => a - b);
    return last instanceof GrowingMap ? [after, ...behind] : behind;
  }

  #record(kernel: Kernel, at: number): void {
    const { reads, writes } = accessesOf(kernel);
    for (const view of reads) {
      const known = this.#accesses(view, kernel, at);
      known.reads.add(view, at);
      known.lastRead = Math.max(known.lastRead, at);
    }
    for (const view of writes) {
      const known = this.#accesses(view, kernel, at);
      known.writes.add(view, at);
      known.lastWrite = Math.max(known.lastWrite, at);
    }
  }

  #accesses({ buffer }: View, kernel: Kernel, at: number): BufferAccesses {
    let known = this.#buffers.get(buffer);
    if (!known) {
      known = { reads: new Places(), writes: new Places(), lastRead: -1, lastWrite: -1, maps: new Map() };
      this.#buffers.set(buffer, known);
    }
    if (kernel.kind === "map") {
      const size = sizeOf(kernel.shape);
      const maps = known.maps.get(size);
      if (!maps) known.maps.set(size, [at]);
      else {
        const place = search(maps.length, (i) => maps[i]! >= at);
        if (maps[place] !== at) maps.splice(place, 0, at);
      }
    }
    return known;
  }
}

/** Which kernels of the new list use a buffer. */
interface BufferAccesses {
  readonly reads: Places;
  readonly writes: Places;
  lastRead: number;
  lastWrite: number;
  /** Maps, by how many elements they have; ascending. */
  readonly maps: Map<number, number[]>;
}

function whyApart(map: MapKernel, last: Kernel | GrowingMap): string {
  if (!(last instanceof GrowingMap)) return `it reads what a ${last.kind} kernel computes`;
  return sizeOf(map.shape) === last.size ? "elements meet in other places" : "other numbers of elements";
}
