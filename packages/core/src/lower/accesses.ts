import { loadsOf } from "./expressions.ts";
import type { Kernel, LoopKernel, View } from "./kernel.ts";

/** The memory that a kernel reads and writes. */
export interface Accesses {
  readonly reads: readonly View[];
  readonly writes: readonly View[];
}

const known = new WeakMap<Kernel, Accesses>();

/** What a kernel reads and writes. Kernels do not change, so each is looked at once. */
export function accessesOf(kernel: Kernel): Accesses {
  let accesses = known.get(kernel);
  if (!accesses) {
    accesses = findAccesses(kernel);
    known.set(kernel, accesses);
  }
  return accesses;
}

function findAccesses(kernel: Kernel): Accesses {
  switch (kernel.kind) {
    case "map":
      return {
        reads: loadsOf(kernel.stores.map(({ value }) => value)),
        writes: kernel.stores.map(({ view }) => view),
      };
    case "reduce":
      return { reads: loadsOf([kernel.value]), writes: [kernel.store] };
    case "product":
      return {
        reads: [kernel.a, kernel.packed ?? kernel.b, ...(kernel.adds ? [kernel.c] : [])],
        writes: [kernel.c],
      };
    case "pack":
      return { reads: [kernel.source], writes: [kernel.target] };
    case "gather":
      return { reads: [kernel.table, kernel.indices], writes: [kernel.result] };
    case "scatterAdd":
      return { reads: [kernel.target, kernel.indices, kernel.updates], writes: [kernel.target] };
    case "box":
      return kernel.direction === "out"
        ? { reads: [kernel.whole, kernel.starts], writes: [kernel.part] }
        : { reads: [kernel.part, kernel.starts], writes: [kernel.whole] };
    case "overlap":
      return { reads: [kernel.source, kernel.target], writes: [kernel.target] };
    case "cumulative":
    case "sort":
      return { reads: [kernel.source], writes: [kernel.result] };
    case "watch":
      return { reads: [kernel.view, ...kernel.unless], writes: [] };
    case "loop": {
      const inner = kernel.body.map(accessesOf);
      const { range } = kernel.counter;
      const counts = range ? [range.count] : [];
      return {
        reads: [...counts, ...inner.flatMap(({ reads }) => reads)],
        writes: inner.flatMap(({ writes }) => writes),
      };
    }
  }
}

/** What a kernel reads itself: a loop, how many steps it makes. */
export function ownReads(kernel: Kernel): readonly View[] {
  if (kernel.kind !== "loop") return accessesOf(kernel).reads;
  return kernel.counter.range ? [kernel.counter.range.count] : [];
}

/** How many steps a loop makes at most. */
export const stepsOf = ({ counter, part }: LoopKernel): number => part?.length ?? counter.length;

/** Whether a call may end in this kernel, for an index out of range or a number that is not finite. */
export const mayFail = (kernel: Kernel): boolean =>
  kernel.kind === "gather" ||
  kernel.kind === "scatterAdd" ||
  kernel.kind === "watch" ||
  (kernel.kind === "loop" && kernel.body.some(mayFail));

/** Every kernel, those inside of loops too. */
export const everyKernel = (kernels: readonly Kernel[]): Kernel[] =>
  kernels.flatMap((kernel) => (kernel.kind === "loop" ? [kernel, ...everyKernel(kernel.body)] : [kernel]));
