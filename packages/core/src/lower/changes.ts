import { accessesOf, ownReads } from "./accesses.ts";
import { loadsOf } from "./expressions.ts";
import type { Buffer, Kernel, MapKernel, Store, View } from "./kernel.ts";
import { Places } from "./places.ts";
import { mayOverlap } from "./view.ts";

/** Which kernels of a list read each buffer; a loop reads what its body reads. */
export function readersOf(kernels: readonly Kernel[]): Map<Buffer, Set<number>> {
  const readers = new Map<Buffer, Set<number>>();
  const note = (kernel: Kernel, at: number): void => {
    for (const { buffer } of ownReads(kernel)) {
      const known = readers.get(buffer);
      if (known) known.add(at);
      else readers.set(buffer, new Set([at]));
    }
    if (kernel.kind === "loop") for (const inner of kernel.body) note(inner, at);
  };
  kernels.forEach(note);
  return readers;
}

/** Where kernels of a list write to each buffer. */
export type Writes = ReadonlyMap<Buffer, Places>;

export function writesOf(kernels: readonly Kernel[]): Writes {
  const writes = new Map<Buffer, Places>();
  kernels.forEach((kernel, at) => {
    for (const view of accessesOf(kernel).writes) {
      const known = writes.get(view.buffer) ?? new Places();
      writes.set(view.buffer, known);
      known.add(view, at);
    }
  });
  return writes;
}

/** Whether something that the map reads, or where it writes to, is written by kernels between two places. */
export function changesBetween(map: MapKernel, from: number, to: number, writes: Writes): boolean {
  const changes = (view: View): boolean => writes.get(view.buffer)?.between(view, from, to) ?? false;
  const { reads, writes: mine } = accessesOf(map);
  return reads.some(changes) || mine.some(changes);
}

/** Whether the map itself writes over what one of its results is computed from: a parameter's next value. */
export function overwritesOperands(map: MapKernel, store: Store): boolean {
  const reads = loadsOf([store.value]);
  return map.stores.some(({ view }) => reads.some((read) => mayOverlap(view, read)));
}
