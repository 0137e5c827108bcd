import { accessesOf } from "./accesses.ts";
import { changesBetween, readersOf, writesOf } from "./changes.ts";
import { mergeMaps } from "./growing-map.ts";
import type { Buffer, Kernel, MapKernel } from "./kernel.ts";
import { type Pass, type PassContext, throughLoops } from "./pass.ts";

/**
 * A map whose results are all read by one later map, and by nothing else, is computed there: what waits for a gradient
 * is not stored until then. From the last kernel to the first, so that chains move together.
 */
export const delayMaps: Pass<"delayMaps"> = {
  name: "delayMaps",
  run: (kernels, context) => throughLoops(kernels, (list) => delay(list, context)),
};

function delay(kernels: readonly Kernel[], { kept, log }: PassContext): Kernel[] {
  const result = [...kernels];
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
