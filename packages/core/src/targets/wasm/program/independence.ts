import { accessesOf, mayFail } from "../../../lower/accesses.ts";
import type { Buffer, Kernel, View } from "../../../lower/kernel.ts";
import { mayOverlap } from "../../../lower/view.ts";

/** Kernels behind a loop that are looked through for another one. */
export const FARTHEST = 60;

type Overlap = (ofA: View, ofB: View) => boolean;

/** Whether one writes what the other touches, in any steps: then they stay in their order. */
export function conflict(a: Kernel, b: Kernel): boolean {
  let ofA = conflicts.get(a);
  if (!ofA) {
    ofA = new WeakMap();
    conflicts.set(a, ofA);
  }
  let found = ofA.get(b);
  if (found === undefined) {
    found = meet(a, b, everMayOverlap);
    ofA.set(b, found);
  }
  return found;
}

/** Answers: where there are many loops, each pair is asked for many times. */
const conflicts = new WeakMap<Kernel, WeakMap<Kernel, boolean>>();

const everMayOverlap: Overlap = (a, b) => mayOverlap(inAllSteps(a), inAllSteps(b));

/** Whether one writes a view, and the other touches one, of one buffer, of which `overlap` holds. */
export function meet(a: Kernel, b: Kernel, overlap: Overlap): boolean {
  const [x, y] = [viewsOf(a), viewsOf(b)];
  return (
    anyMeet(x.writes, y.reads, overlap) ||
    anyMeet(x.writes, y.writes, overlap) ||
    anyMeet(x.reads, y.writes, overlap)
  );
}

function anyMeet(a: ViewsOfBuffers, b: ViewsOfBuffers, overlap: Overlap): boolean {
  for (const buffer of (a.size < b.size ? a : b).keys()) {
    const [ofA, ofB] = [a.get(buffer), b.get(buffer)];
    if (ofA && ofB && ofA.some((view) => ofB.some((other) => overlap(view, other)))) return true;
  }
  return false;
}

type ViewsOfBuffers = ReadonlyMap<Buffer, readonly View[]>;
const byBuffer = new WeakMap<Kernel, { readonly reads: ViewsOfBuffers; readonly writes: ViewsOfBuffers }>();

function viewsOf(kernel: Kernel): { readonly reads: ViewsOfBuffers; readonly writes: ViewsOfBuffers } {
  let found = byBuffer.get(kernel);
  if (!found) {
    const { reads, writes } = accessesOf(kernel);
    found = { reads: grouped(reads), writes: grouped(writes) };
    byBuffer.set(kernel, found);
  }
  return found;
}

function grouped(views: readonly View[]): ViewsOfBuffers {
  const groups = new Map<Buffer, View[]>();
  for (const view of views) {
    const group = groups.get(view.buffer);
    if (group) group.push(view);
    else groups.set(view.buffer, [view]);
  }
  return groups;
}

/** Whether both may end the call: the first one of the program does. */
export const mayBothFail = (a: Kernel, b: Kernel): boolean => mayFail(a) && mayFail(b);

/** Kernel `at` of a list, behind all that come before it and cannot stay behind it. */
export function withNeeded(list: readonly Kernel[], at: number): Kernel[] {
  const moved = [list[at]!];
  for (const kernel of list.slice(0, at).reverse())
    if (moved.some((other) => mayBothFail(kernel, other) || conflict(kernel, other))) moved.unshift(kernel);
  return moved;
}

export const changesParameter = (kernel: Kernel): boolean =>
  accessesOf(kernel).writes.some(({ buffer }) => buffer.home === "parameter");

const known = new WeakMap<View, View>();

/** What a view is in all steps of the loops around it: steps are axes in front. */
export function inAllSteps(view: View): View {
  if (view.advances.length === 0) return view;
  let all = known.get(view);
  if (!all) {
    const lengths = view.advances.map(({ counter, alternate }) =>
      alternate === undefined ? counter.length : 2,
    );
    all = {
      ...view,
      advances: [],
      shape: [...lengths, ...view.shape],
      strides: [...view.advances.map(({ stride }) => stride), ...view.strides],
    };
    known.set(view, all);
  }
  return all;
}
