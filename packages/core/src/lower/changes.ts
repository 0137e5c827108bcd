import { accessesOf, everyKernel, ownReads } from "./accesses.ts";
import { loadsOf } from "./expressions.ts";
import type { Buffer, Kernel, MapKernel, Store, View } from "./kernel.ts";
import { mayOverlap } from "./view.ts";

/** Which kernels of a list read each buffer; a loop reads what its body reads. */
export function readersOf(kernels: readonly Kernel[]): Map<Buffer, Set<number>> {
  const readers = new Map<Buffer, Set<number>>();
  kernels.forEach((kernel, at) => {
    for (const each of everyKernel([kernel])) {
      for (const { buffer } of ownReads(each)) {
        const known = readers.get(buffer);
        if (known) known.add(at);
        else readers.set(buffer, new Set([at]));
      }
    }
  });
  return readers;
}

/** Where kernels of a list write to each buffer. */
export function writesOf(kernels: readonly Kernel[]): Map<Buffer, { at: number; view: View }[]> {
  const writes = new Map<Buffer, { at: number; view: View }[]>();
  kernels.forEach((kernel, at) => {
    for (const view of accessesOf(kernel).writes) {
      const known = writes.get(view.buffer);
      if (known) known.push({ at, view });
      else writes.set(view.buffer, [{ at, view }]);
    }
  });
  return writes;
}

/** Whether something that the map reads, or where it writes to, is written by kernels between two places. */
export function changesBetween(
  map: MapKernel,
  from: number,
  to: number,
  writes: ReadonlyMap<Buffer, readonly { at: number; view: View }[]>,
): boolean {
  const mine = accessesOf(map);
  return [...mine.reads, ...mine.writes].some((view) =>
    writes
      .get(view.buffer)
      ?.some((write) => write.at > from && write.at < to && mayOverlap(write.view, view)),
  );
}

/** Whether the map itself writes over what one of its results is computed from: a parameter's next value. */
export function overwritesOperands(map: MapKernel, store: Store): boolean {
  const reads = loadsOf([store.value]);
  return map.stores.some(({ view }) => reads.some((read) => mayOverlap(view, read)));
}
