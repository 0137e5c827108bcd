import { accessesOf, everyKernel } from "../../../lower/accesses.ts";
import type { Kernel, LoopCounter, LoopKernel, View } from "../../../lower/kernel.ts";
import { mayOverlap } from "../../../lower/view.ts";
import { costOf } from "./share-rows.ts";

/** Loops that run at once, each on one thread: which group a loop belongs to, and whose it is. */
export type AtOnce = ReadonlyMap<LoopCounter, { readonly group: number; readonly thread: number }>;

/** Nanoseconds of the cheapest loop that is worth a thread. */
const LEAST_COST = 10_000;
/** Of the loops' time, how much is left at most where they run at once. */
const MOST_LEFT = 0.75;
/** Kernels behind a loop that are looked through for another one. */
const FARTHEST = 60;

/**
 * Finds loops that do not need each other, such as the two directions of a layer, and puts each group of them side by
 * side: what the later ones need comes before all. `shares` are loops that all threads do anyway.
 */
export function loopsAtOnce(
  kernels: readonly Kernel[],
  count: number,
  shares: ReadonlySet<LoopCounter>,
  leastCost: number = LEAST_COST,
): { readonly kernels: readonly Kernel[]; readonly atOnce: AtOnce } {
  const atOnce = new Map<LoopCounter, { group: number; thread: number }>();
  const isCandidate = (kernel: Kernel): kernel is LoopKernel =>
    kernel.kind === "loop" &&
    everyKernel([kernel]).every((part) => part.kind !== "loop" || !shares.has(part.counter)) &&
    costOf(kernel) >= leastCost;
  let list = [...kernels];
  let groups = 0;
  for (let i = 0; i < list.length; i++) {
    const first = list[i]!;
    if (!isCandidate(first)) continue;
    const { order, group } = gathered(list, i, isCandidate);
    const threads = divided(group, count);
    if (!threads) continue;
    list = order;
    group.forEach(({ counter }, k) => {
      atOnce.set(counter, { group: groups, thread: threads[k]! });
    });
    groups++;
    i = list.indexOf(group.at(-1)!);
  }
  return { kernels: list, atOnce };
}

/** The list with all loops that can run beside the one at `start` next to it. */
function gathered(
  list: readonly Kernel[],
  start: number,
  isCandidate: (kernel: Kernel) => kernel is LoopKernel,
): { readonly order: Kernel[]; readonly group: LoopKernel[] } {
  const group = [list[start] as LoopKernel];
  const needed: Kernel[] = [];
  let rest = list.slice(start + 1);
  for (let j = 0; j < Math.min(rest.length, FARTHEST); j++) {
    const loop = rest[j]!;
    if (!isCandidate(loop)) continue;
    const moved: Kernel[] = [loop];
    for (const kernel of rest.slice(0, j).reverse())
      if (moved.some((other) => conflict(kernel, other))) moved.unshift(kernel);
    if (moved.some((kernel) => changesParameter(kernel) || group.some((other) => conflict(kernel, other))))
      continue;
    const gone = new Set(moved);
    rest = rest.filter((kernel) => !gone.has(kernel));
    needed.push(...moved.slice(0, -1));
    group.push(loop);
    j -= moved.length;
  }
  return { order: [...list.slice(0, start), ...needed, ...group, ...rest], group };
}

/** A thread for each loop, the dearest first to whoever has least; undefined where that gains too little. */
function divided(loops: readonly LoopKernel[], count: number): number[] | undefined {
  const loads = new Array<number>(count).fill(0);
  const threads = new Array<number>(loops.length).fill(0);
  const costs = loops.map(costOf);
  for (const k of [...loops.keys()].sort((a, b) => costs[b]! - costs[a]! || a - b)) {
    threads[k] = loads.indexOf(Math.min(...loads));
    loads[threads[k]!]! += costs[k]!;
  }
  const total = costs.reduce((a, b) => a + b, 0);
  return Math.max(...loads) <= MOST_LEFT * total ? threads : undefined;
}

const changesParameter = (kernel: Kernel): boolean =>
  accessesOf(kernel).writes.some(({ buffer }) => buffer.home === "parameter");

/** Whether one writes what the other touches, in any steps. */
function conflict(a: Kernel, b: Kernel): boolean {
  const [x, y] = [accessesOf(a), accessesOf(b)];
  const meet = (written: View, touched: View): boolean =>
    written.buffer === touched.buffer && mayOverlap(inAllSteps(written), inAllSteps(touched));
  return (
    x.writes.some((view) => [...y.reads, ...y.writes].some((other) => meet(view, other))) ||
    y.writes.some((view) => x.reads.some((other) => meet(view, other)))
  );
}

const known = new WeakMap<View, View>();

/** What a view is in all steps of the loops around it: steps are axes in front. */
function inAllSteps(view: View): View {
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
