import { accessesOf, ownReads } from "./accesses.ts";
import { loadsOf } from "./expressions.ts";
import type { Buffer, Kernel } from "./kernel.ts";

/** The kernels without stores that nobody reads, and without kernels that have no other. `kept` are read from outside. */
export function dropDeadStores(kernels: readonly Kernel[], kept: ReadonlySet<Buffer>): Kernel[] {
  const live = new Set(kept);
  for (let size = -1; size !== live.size; ) {
    size = live.size;
    mark(kernels, live);
  }
  return sweep(kernels, live);
}

const isLive = (buffer: Buffer, live: ReadonlySet<Buffer>): boolean =>
  buffer.home !== "arena" || live.has(buffer);

/** Adds what live kernels read; from the last kernel to the first, so that only loops need another round. */
function mark(kernels: readonly Kernel[], live: Set<Buffer>): void {
  for (let i = kernels.length - 1; i >= 0; i--) {
    const kernel = kernels[i]!;
    if (kernel.kind === "loop") {
      mark(kernel.body, live);
      for (const { buffer } of ownReads(kernel)) live.add(buffer);
    } else if (kernel.kind === "map") {
      const stores = kernel.stores.filter(({ view }) => isLive(view.buffer, live));
      for (const { buffer } of loadsOf(stores.map(({ value }) => value))) live.add(buffer);
    } else {
      const { reads, writes } = accessesOf(kernel);
      if (kernel.kind === "watch" || writes.some(({ buffer }) => isLive(buffer, live)))
        for (const { buffer } of reads) live.add(buffer);
    }
  }
}

function sweep(kernels: readonly Kernel[], live: ReadonlySet<Buffer>): Kernel[] {
  return kernels.flatMap((kernel): Kernel[] => {
    if (kernel.kind === "loop") {
      const body = sweep(kernel.body, live);
      return body.length > 0 ? [{ ...kernel, body }] : [];
    }
    if (kernel.kind === "map") {
      const stores = kernel.stores.filter(({ view }) => isLive(view.buffer, live));
      return stores.length > 0 ? [{ ...kernel, stores }] : [];
    }
    const { writes } = accessesOf(kernel);
    return kernel.kind === "watch" || writes.some(({ buffer }) => isLive(buffer, live)) ? [kernel] : [];
  });
}
