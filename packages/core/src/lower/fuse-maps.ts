import type { Log } from "../rewrite/rewrite.ts";
import { sizeOf } from "../shape.ts";
import { accessesOf, mayFail } from "./accesses.ts";
import { mapLoads, parts } from "./expressions.ts";
import type { Buffer, Kernel, MapKernel, View } from "./kernel.ts";
import type { Pass } from "./pass.ts";
import { regroupAlike } from "./regroup.ts";
import { mayOverlap, sameView } from "./view.ts";

/** Expressions of a kernel; larger ones run out of registers. */
const LARGEST = 200;

/** A view that some kernel of the new list reads or writes, and the place of that kernel. */
interface Access {
  readonly view: View;
  readonly write: boolean;
  readonly at: number;
}

/**
 * Makes one kernel of maps that visit the same elements: a map joins an earlier one where everything that it needs
 * has been computed by then, element by element where it is computed there. Values that only this kernel reads stay
 * in registers (`dropDeadStores` takes their stores away). Loop bodies are fused by themselves.
 */
export const fuseMaps: Pass<"fuseMaps"> = { name: "fuseMaps", run: (kernels, { log }) => fuse(kernels, log) };

function fuse(kernels: readonly Kernel[], log: Log): Kernel[] {
  const fused: Kernel[] = [];
  const accesses = new Map<Buffer, Access[]>();
  let failing = -1;
  for (const kernel of kernels) {
    const next: Kernel = kernel.kind === "loop" ? { ...kernel, body: fuse(kernel.body, log) } : kernel;
    const commits = accessesOf(next).writes.some(({ buffer }) => buffer.home === "parameter");
    const after = Math.max(commits ? failing : -1, lastConflict(next, accesses));
    const joined = next.kind === "map" ? join(next, after, fused, accesses) : undefined;
    if (joined) log.fire();
    else if (next.kind === "map" && after >= 0) log.decline(whyApart(next, fused[after]!));
    const at = joined ? joined.at : fused.length;
    fused[at] = joined ? joined.kernel : next;
    if (mayFail(next)) failing = at;
    const { reads, writes } = accessesOf(next);
    for (const view of reads) record(accesses, { view, write: false, at });
    for (const view of writes) record(accesses, { view, write: true, at });
  }
  return fused;
}

function whyApart(map: MapKernel, last: Kernel): string {
  if (last.kind !== "map") return `it reads what a ${last.kind} kernel computes`;
  return sizeOf(map.shape) === sizeOf(last.shape)
    ? "elements meet in other places"
    : "other numbers of elements";
}

function record(accesses: Map<Buffer, Access[]>, access: Access): void {
  const known = accesses.get(access.view.buffer);
  if (known) known.push(access);
  else accesses.set(access.view.buffer, [access]);
}

/** The last kernel that has to come before this one: one of the two writes what the other reads or writes. */
function lastConflict(kernel: Kernel, accesses: ReadonlyMap<Buffer, Access[]>): number {
  const { reads, writes } = accessesOf(kernel);
  const isLoop = kernel.kind === "loop";
  let last = -1;
  const meet = (later: View, writes: boolean): void => {
    for (const { view, write, at } of accesses.get(later.buffer) ?? []) {
      if (at > last && (write || writes) && (isLoop || mayOverlap(view, later))) last = at;
    }
  };
  for (const view of reads) meet(view, false);
  for (const view of writes) meet(view, true);
  return last;
}

/** The map together with one that stands before it, or undefined. `after`: the last kernel that it depends on. */
function join(
  map: MapKernel,
  after: number,
  fused: readonly Kernel[],
  accesses: ReadonlyMap<Buffer, Access[]>,
): { at: number; kernel: MapKernel } | undefined {
  for (const at of candidates(map, after, accesses)) {
    const host = fused[at]!;
    if (host.kind !== "map") continue;
    const kernel = mergeMaps(host, map);
    if (kernel) return { at, kernel };
  }
  return undefined;
}

/** The kernel that it depends on last, then those behind it that read what it reads. */
function candidates(map: MapKernel, after: number, accesses: ReadonlyMap<Buffer, Access[]>): number[] {
  const shared = new Set<number>();
  for (const { buffer } of accessesOf(map).reads) {
    for (const { at } of accesses.get(buffer) ?? []) if (at > after) shared.add(at);
  }
  return [...(after >= 0 ? [after] : []), ...[...shared].sort((a, b) => a - b)];
}

/** Two maps over the same elements as one, which computes the first and then the second; undefined where they do not fit. */
export function mergeMaps(host: MapKernel, guest: MapKernel): MapKernel | undefined {
  if (sizeOf(host.shape) !== sizeOf(guest.shape)) return undefined;
  const alike = regroupAlike(host, guest);
  if (!alike || !meetInPlace(...alike)) return undefined;
  const [a, b] = alike;
  const values = mapLoads(
    b.stores.map(({ value }) => value),
    (view, load) => a.stores.find((store) => sameView(store.view, view))?.value ?? load,
  );
  const stores = [...a.stores, ...b.stores.map(({ view }, i) => ({ view, value: values[i]! }))];
  if (parts(stores.map(({ value }) => value)).length > LARGEST) return undefined;
  return { kind: "map", shape: a.shape, stores, nodes: [...a.nodes, ...b.nodes] };
}

/** Whether all that one of them writes and the other reads is the same element at the same time. */
function meetInPlace(a: MapKernel, b: MapKernel): boolean {
  const [first, second] = [accessesOf(a), accessesOf(b)];
  const apart = (x: View, y: View): boolean => !mayOverlap(x, y);
  const fits = (x: View, y: View): boolean => sameView(x, y) || apart(x, y);
  return (
    first.writes.every(
      (w) => second.reads.every((r) => fits(w, r)) && second.writes.every((v) => apart(w, v)),
    ) && second.writes.every((w) => first.reads.every((r) => fits(w, r)))
  );
}
