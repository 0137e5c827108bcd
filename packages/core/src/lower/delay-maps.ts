import { accessesOf, everyKernel } from "./accesses.ts";
import { mergeMaps } from "./fuse-maps.ts";
import type { Buffer, Kernel, MapKernel, View } from "./kernel.ts";
import type { Pass, PassContext } from "./pass.ts";
import { mayOverlap } from "./view.ts";

/**
 * A map whose results are all read by one later map, and by nothing else, is computed there: what waits for a gradient
 * is not stored until then. From the last kernel to the first, so that chains move together.
 */
export const delayMaps: Pass<"delayMaps"> = { name: "delayMaps", run: delay };

function delay(kernels: readonly Kernel[], context: PassContext): Kernel[] {
  const { kept, log } = context;
  const result = kernels.map((kernel) =>
    kernel.kind === "loop" ? { ...kernel, body: delay(kernel.body, context) } : kernel,
  );
  const readers = readersOf(result);
  const writes = writesOf(result);
  const gone = new Set<number>();
  for (let at = result.length - 1; at >= 0; at--) {
    const map = result[at]!;
    if (map.kind !== "map") continue;
    const to = onlyReader(map, at, readers, kept);
    const host = to === undefined ? undefined : result[to];
    if (to === undefined || host?.kind !== "map" || changesBetween(map, at, to, writes)) continue;
    const merged = mergeMaps(map, host);
    if (!merged) {
      log.decline("its reader visits other elements");
      continue;
    }
    log.fire();
    result[to] = merged;
    gone.add(at);
    for (const { buffer } of accessesOf(map).reads) {
      readers.get(buffer)?.delete(at);
      readers.get(buffer)?.add(to);
    }
  }
  return result.filter((_, at) => !gone.has(at));
}

/** Which kernels of a list read each buffer; a loop reads what its body reads. */
export function readersOf(kernels: readonly Kernel[]): Map<Buffer, Set<number>> {
  const readers = new Map<Buffer, Set<number>>();
  kernels.forEach((kernel, at) => {
    for (const each of everyKernel([kernel])) {
      if (each.kind === "loop") continue;
      for (const { buffer } of accessesOf(each).reads) {
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

/** The kernel behind the map that reads all of its results, where it is one and nothing else reads them. */
function onlyReader(
  map: MapKernel,
  at: number,
  readers: ReadonlyMap<Buffer, ReadonlySet<number>>,
  kept: ReadonlySet<Buffer>,
): number | undefined {
  const found = new Set<number>();
  for (const { view } of map.stores) {
    if (view.buffer.home !== "arena" || kept.has(view.buffer)) return undefined;
    for (const reader of readers.get(view.buffer) ?? []) found.add(reader);
  }
  const [reader] = found;
  return found.size === 1 && reader! > at ? reader : undefined;
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
