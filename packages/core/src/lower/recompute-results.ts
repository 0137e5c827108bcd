import { sizeOf } from "../shape.ts";
import { accessesOf } from "./accesses.ts";
import { changesBetween, overwritesOperands, readersOf, writesOf } from "./changes.ts";
import { parts } from "./expressions.ts";
import { absorb } from "./fuse-reductions.ts";
import { mergeMaps } from "./growing-map.ts";
import type { Buffer, Kernel, MapKernel, Store, View } from "./kernel.ts";
import { type Pass, type PassContext, throughLoops } from "./pass.ts";

/** Steps that are sooner computed again than stored and read. */
const FEW_STEPS = 4;

/**
 * Results that are cheap to compute from little memory are computed wherever they are read, and not stored: masks that
 * compare labels with column numbers, constants in some places, broadcast sums.
 */
export const recomputeResults: Pass<"recomputeResults"> = {
  name: "recomputeResults",
  run: (kernels, context) => throughLoops(kernels, (list) => recompute(list, context)),
};

function recompute(kernels: readonly Kernel[], { kept, log }: PassContext): Kernel[] {
  const result = [...kernels];
  const readers = readersOf(result);
  const writes = writesOf(result);
  for (let at = 0; at < result.length; at++) {
    const map = result[at]!;
    if (map.kind !== "map") continue;
    for (const store of map.stores) {
      const { buffer } = store.view;
      if (buffer.home !== "arena" || kept.has(buffer) || !isLight(store)) continue;
      if (writes.get(buffer)!.size !== 1) continue;
      const only: MapKernel = { ...map, stores: [store] };
      if (overwritesOperands(map, store)) continue;
      const places = [...(readers.get(buffer) ?? [])];
      const merged = places.map((to) =>
        to > at && !changesBetween(only, at, to, writes) ? into(result[to]!, only, buffer) : undefined,
      );
      if (!merged.every((kernel) => kernel !== undefined)) {
        log.decline("a reader cannot compute it in place");
        continue;
      }
      log.fire();
      places.forEach((to, i) => {
        result[to] = merged[i]!;
        for (const view of accessesOf(only).reads) readers.get(view.buffer)?.add(to);
      });
      readers.delete(buffer);
    }
  }
  return result;
}

/** Whether a result takes few plain steps from memory that is smaller than its own. */
function isLight({ view, value }: Store): boolean {
  const all = parts([value]);
  const steps = all.filter((part) => part.kind === "apply");
  if (steps.length > FEW_STEPS || !steps.every((step) => step.cheap && step.rule.operands === undefined))
    return false;
  const loads = all.flatMap((part) => (part.kind === "load" ? [part.view] : []));
  return (
    4 * loads.reduce((sum, load) => sum + footprint(load), 0) < sizeOf(view.shape) &&
    hasLoads(all.length, steps.length)
  );
}

/** Expressions without any operand, such as arange, may depend on their place. */
const hasLoads = (all: number, steps: number): boolean => all > steps;

/** How many different elements a view reads. */
const footprint = ({ shape, strides }: View): number =>
  shape.reduce((size, length, axis) => (strides[axis] === 0 ? size : size * length), 1);

/** The kernel with the map's result computed inside of it. */
function into(kernel: Kernel, map: MapKernel, buffer: Buffer): Kernel | undefined {
  if (kernel.kind === "reduce") {
    const { value } = kernel;
    return value.kind === "load" ? absorb(kernel, map) : undefined;
  }
  if (kernel.kind !== "map") return undefined;
  const merged = mergeMaps(map, kernel);
  if (!merged) return undefined;
  const stores = merged.stores.filter(({ view }) => view.buffer !== buffer);
  const reads = accessesOf({ ...merged, stores }).reads;
  return reads.some((view) => view.buffer === buffer) ? undefined : { ...merged, stores };
}
