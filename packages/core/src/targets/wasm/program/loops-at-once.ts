import { everyKernel } from "../../../lower/accesses.ts";
import type { Kernel, LoopCounter, LoopKernel } from "../../../lower/kernel.ts";
import { changesParameter, conflict, FARTHEST, mayBothFail, withNeeded } from "./independence.ts";
import { costOf, LEAST_COST } from "./share-rows.ts";

/**
 * Loops that run at once, each on one thread: which group a loop belongs to, and whose it is. The stages of a pipeline are
 * a group, too.
 */
export type AtOnce = ReadonlyMap<LoopCounter, { readonly group: number; readonly thread: number }>;

/** Of the loops' time, how much is left at most where they run at once. */
export const MOST_LEFT = 0.75;

/**
 * Finds loops that do not need each other, such as the two directions of a layer, and puts each group of them side by
 * side: what the later ones need comes before all. `shares` are loops that all threads do anyway, `pipelines` what runs at
 * once already.
 */
export function loopsAtOnce(
  kernels: readonly Kernel[],
  count: number,
  shares: ReadonlySet<LoopCounter>,
  pipelines: AtOnce = new Map(),
  leastCost: number = LEAST_COST,
): { readonly kernels: readonly Kernel[]; readonly atOnce: AtOnce } {
  const atOnce = new Map(pipelines);
  const isCandidate = (kernel: Kernel): kernel is LoopKernel =>
    kernel.kind === "loop" &&
    everyKernel([kernel]).every((part) => part.kind !== "loop" || !(shares.has(part.counter) || part.part)) &&
    costOf(kernel) >= leastCost;
  let list = [...kernels];
  let group = pipelines.size;
  for (let i = 0; i < list.length; i++) {
    const first = list[i]!;
    if (!isCandidate(first)) continue;
    const { order, loops } = gathered(list, i, isCandidate);
    const threads = divided(loops, count);
    if (!threads) continue;
    list = order;
    for (const [k, { counter }] of loops.entries()) atOnce.set(counter, { group, thread: threads[k]! });
    group++;
    i = list.indexOf(loops.at(-1)!);
  }
  return { kernels: list, atOnce };
}

/** The list with all loops that can run beside the one at `start` next to it. */
function gathered(
  list: readonly Kernel[],
  start: number,
  isCandidate: (kernel: Kernel) => kernel is LoopKernel,
): { readonly order: Kernel[]; readonly loops: LoopKernel[] } {
  const loops = [list[start] as LoopKernel];
  const needed: Kernel[] = [];
  let rest = list.slice(start + 1);
  for (let j = 0; j < Math.min(rest.length, FARTHEST); j++) {
    const loop = rest[j]!;
    if (!isCandidate(loop)) continue;
    const moved = withNeeded(rest, j);
    const staysBehind = (kernel: Kernel): boolean =>
      changesParameter(kernel) ||
      loops.some((other) => conflict(kernel, other) || (kernel !== loop && mayBothFail(kernel, other)));
    if (moved.some(staysBehind)) continue;
    const gone = new Set(moved);
    rest = rest.filter((kernel) => !gone.has(kernel));
    needed.push(...moved.slice(0, -1));
    loops.push(loop);
    j -= moved.length;
  }
  return { order: [...list.slice(0, start), ...needed, ...loops, ...rest], loops };
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
