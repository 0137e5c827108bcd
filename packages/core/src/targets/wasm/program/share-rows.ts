import { accessesOf, everyKernel, stepsOf } from "../../../lower/accesses.ts";
import type { Buffer, Kernel, LoopCounter, LoopKernel } from "../../../lower/kernel.ts";
import { sizeOf } from "../../../shape.ts";
import { RowSplit } from "./row-split.ts";

/** Kernels in which some loops run once per share of their rows. */
export interface SharedRows {
  readonly kernels: readonly Kernel[];
  /** The counters of the loops over shares: the runs of such a loop do not touch what others write. */
  readonly shares: ReadonlySet<LoopCounter>;
}

/** Rows of a share: with fewer, products read their right factor more often than they gain. */
const LEAST_ROWS = 2;
/** Nanoseconds of a loop that is worth dividing: many times what it costs that threads meet before and behind it. */
export const LEAST_COST = 10_000;

/**
 * Takes loops apart by rows: where every kernel of a loop's body computes row `i` of its results from rows `i` alone,
 * such as the sequences of a batch, the whole loop runs once for each of `count` shares of the rows. Threads that take
 * different shares meet before and behind the loop, not in its steps. So that they need no more, memory inside of the
 * loop is not used in turns: `owners` is told that the buffers in it belong to the loops around.
 */
export function shareRows(
  kernels: readonly Kernel[],
  count: number,
  owners: Map<Buffer, readonly LoopCounter[]>,
  leastCost: number = LEAST_COST,
): SharedRows {
  const shares = new Set<LoopCounter>();
  const loops = everyKernel(kernels).filter((kernel) => kernel.kind === "loop");
  let id = loops.reduce((most, { counter }) => Math.max(most, counter.id), -1) + 1;
  const visit = (list: readonly Kernel[], around: readonly LoopCounter[]): Kernel[] =>
    list.map((kernel) => {
      if (kernel.kind !== "loop") return kernel;
      const counter: LoopCounter = { id: id++, length: count, reverse: false };
      const split = costOf(kernel) < leastCost ? undefined : splitLoop(kernel, counter);
      if (!split) return { ...kernel, body: visit(kernel.body, [...around, kernel.counter]) };
      shares.add(counter);
      for (const buffer of buffersOf(kernel))
        if ((owners.get(buffer)?.length ?? 0) > around.length) owners.set(buffer, around);
      return { kind: "loop", counter, body: [split], nodes: kernel.nodes };
    });
  return { kernels: visit(kernels, []), shares };
}

function buffersOf(kernel: Kernel): Set<Buffer> {
  const { reads, writes } = accessesOf(kernel);
  return new Set([...reads, ...writes].map(({ buffer }) => buffer));
}

function splitLoop(loop: LoopKernel, counter: LoopCounter): LoopKernel | undefined {
  const written = new Set(accessesOf(loop).writes.map(({ buffer }) => buffer));
  for (const rows of candidates(loop)) {
    if (rows % counter.length !== 0 || rows / counter.length < LEAST_ROWS) continue;
    const split = new RowSplit(written, rows, { counter, rows: rows / counter.length, from: 0 }).loop(loop);
    if (split) return split;
  }
  return undefined;
}

/** Numbers of rows: those of products, else the lengths of axes, outer ones first. */
function candidates(loop: LoopKernel): Set<number> {
  const plain = everyKernel([loop]);
  const ofProducts = plain.flatMap((kernel) =>
    kernel.kind === "product" ? [kernel.c.shape.at(-2)!, ...kernel.c.shape.slice(0, -2)] : [],
  );
  if (ofProducts.length > 0) return new Set(ofProducts);
  return new Set(plain.flatMap((kernel) => (kernel.kind === "map" ? kernel.shape.slice(0, 2) : [])));
}

/** About how many nanoseconds a loop takes. */
export function costOf(kernel: Kernel): number {
  switch (kernel.kind) {
    case "loop":
      return stepsOf(kernel) * kernel.body.reduce((sum, part) => sum + costOf(part), 0);
    case "product":
      return (sizeOf(kernel.c.shape) * kernel.a.shape.at(-1)!) / 20;
    case "map":
      return sizeOf(kernel.shape) * kernel.stores.length;
    case "reduce":
      return sizeOf(kernel.kept) * sizeOf(kernel.reduced);
    default:
      return 0;
  }
}
