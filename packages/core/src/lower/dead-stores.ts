import { accessesOf, ownReads } from "./accesses.ts";
import { loadsOf } from "./expressions.ts";
import type { Buffer, Kernel } from "./kernel.ts";
import { isSame } from "./pass.ts";

/** The kernels without stores that nobody reads, and without kernels that have no other. `kept` are read from outside. */
export function dropDeadStores(kernels: readonly Kernel[], kept: ReadonlySet<Buffer>): Kernel[] {
  const live = new Set(kept);
  const hasLoops = kernels.some(({ kind }) => kind === "loop");
  let size: number;
  do {
    size = live.size;
    mark(kernels, live);
  } while (hasLoops && live.size > size);
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
      const all = stores.length === kernel.stores.length;
      const reads = all ? accessesOf(kernel).reads : loadsOf(stores.map(({ value }) => value));
      for (const { buffer } of reads) live.add(buffer);
    } else {
      const { reads, writes } = accessesOf(kernel);
      if (kernel.kind === "watch" || writes.some(({ buffer }) => isLive(buffer, live)))
        for (const { buffer } of reads) live.add(buffer);
    }
  }
}

function sweep(kernels: readonly Kernel[], live: ReadonlySet<Buffer>): Kernel[] {
  const left: Kernel[] = [];
  for (const kernel of kernels) {
    if (kernel.kind === "loop") {
      const body = sweep(kernel.body, live);
      if (body.length > 0) left.push(isSame(body, kernel.body) ? kernel : { ...kernel, body });
    } else if (kernel.kind === "map") {
      const stores = kernel.stores.filter(({ view }) => isLive(view.buffer, live));
      if (stores.length > 0)
        left.push(stores.length === kernel.stores.length ? kernel : { ...kernel, stores });
    } else if (kernel.kind === "watch") left.push(kernel);
    else if (accessesOf(kernel).writes.some(({ buffer }) => isLive(buffer, live))) left.push(kernel);
  }
  return left;
}
