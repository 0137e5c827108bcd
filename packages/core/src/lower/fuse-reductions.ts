import { sizeOf } from "../shape.ts";
import { accessesOf, everyKernel, ownReads } from "./accesses.ts";
import { changesBetween, overwritesOperands, writesOf } from "./changes.ts";
import { parts } from "./expressions.ts";
import type { Buffer, Kernel, MapKernel, ReduceKernel } from "./kernel.ts";
import { type Pass, type PassContext, throughLoops } from "./pass.ts";
import { regroup, withAxes } from "./regroup.ts";
import { sameView } from "./view.ts";

/** Steps that may be computed twice rather than stored: a square, a product of two. */
const FEW_STEPS = 4;

const stepsOf = (map: MapKernel): number =>
  parts(map.stores.map(({ value }) => value)).filter(({ kind }) => kind === "apply").length;

/**
 * Reductions compute what they reduce: a result of a map that is read by one reduction, and by nothing else, becomes
 * part of it.
 */
export const fuseReductions: Pass<"fuseReductions"> = { name: "fuseReductions", run };

function run(kernels: readonly Kernel[], { kept, log }: PassContext): Kernel[] {
  const readers = countReaders(kernels, kept);
  const writers = countWriters(kernels);
  const inlined = (list: readonly Kernel[]): Kernel[] => {
    const result = [...list];
    const writes = writesOf(result);
    const maps = new Map<Buffer, number>();
    result.forEach((kernel, at) => {
      if (kernel.kind === "map") for (const { view } of kernel.stores) maps.set(view.buffer, at);
      if (kernel.kind !== "reduce" || kernel.value.kind !== "load") return;
      const { buffer } = kernel.value.view;
      const from = maps.get(buffer);
      const alone = readers.get(buffer) === 1 && writers.get(buffer) === 1 && buffer.home === "arena";
      if (from === undefined || !alone) return;
      const map = result[from] as MapKernel;
      const store = map.stores.find(({ view }) => view.buffer === buffer)!;
      const rest = map.stores.filter((other) => other !== store);
      const only: MapKernel = { ...map, stores: [store] };
      if (rest.length > 0 && stepsOf(only) > FEW_STEPS) {
        log.decline("the map computes other results as well");
        return;
      }
      const merged = absorb(kernel, only);
      if (!merged || overwritesOperands(map, store) || changesBetween(only, from, at, writes)) {
        log.decline("the map visits other elements, or its operands change before the reduction");
        return;
      }
      log.fire();
      result[at] = merged;
      result[from] = { ...map, stores: rest };
    });
    return result.filter((kernel) => kernel.kind !== "map" || kernel.stores.length > 0);
  };
  return throughLoops(kernels, inlined);
}

function countReaders(kernels: readonly Kernel[], kept: ReadonlySet<Buffer>): Map<Buffer, number> {
  const readers = new Map<Buffer, number>([...kept].map((buffer) => [buffer, 1]));
  for (const kernel of everyKernel(kernels)) {
    for (const buffer of new Set(ownReads(kernel).map((view) => view.buffer)))
      readers.set(buffer, (readers.get(buffer) ?? 0) + 1);
  }
  return readers;
}

/** How many kernels write to each buffer: parts of one array may be computed apart. */
function countWriters(kernels: readonly Kernel[]): Map<Buffer, number> {
  const writers = new Map<Buffer, number>();
  for (const kernel of everyKernel(kernels)) {
    if (kernel.kind === "loop") continue;
    for (const { buffer } of accessesOf(kernel).writes) writers.set(buffer, (writers.get(buffer) ?? 0) + 1);
  }
  return writers;
}

/** The reduction of what a map with one result computes. */
export function absorb(reduction: ReduceKernel, map: MapKernel): ReduceKernel | undefined {
  const shape = [...reduction.kept, ...reduction.reduced];
  if (reduction.value.kind !== "load" || sizeOf(map.shape) !== sizeOf(shape)) return undefined;
  const { view } = reduction.value;
  const [store] = map.stores;
  const permuted = orderedLike(map, view.strides, shape);
  const seen = permuted && permuted.stores[0]!;
  if (!seen || !sameView(seen.view, view) || parts([store!.value]).length > 60) return undefined;
  return { ...reduction, value: seen.value, nodes: [...map.nodes, ...reduction.nodes] };
}

/** The map with its axes in the order in which a reduction reads its result. */
function orderedLike(
  map: MapKernel,
  strides: readonly number[],
  shape: readonly number[],
): MapKernel | undefined {
  const plain = regroup(map, shape);
  if (plain && plain.stores[0]!.view.strides.every((stride, i) => stride === strides[i] || shape[i] === 1))
    return plain;
  if (map.shape.length !== shape.length) return undefined;
  const mine = map.stores[0]!.view.strides;
  const order = strides.map((stride, axis) =>
    mine.findIndex((own, i) => own === stride && map.shape[i] === shape[axis]),
  );
  return new Set(order).size === order.length && !order.includes(-1) ? withAxes(map, order) : undefined;
}
