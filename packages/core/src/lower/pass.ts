import type { DType } from "../dtype.ts";
import type { Log } from "../rewrite/rewrite.ts";
import type { Buffer, Kernel, LoopCounter } from "./kernel.ts";

/** What a pass over kernels gets to know. */
export interface PassContext {
  /** Buffers that are read from outside. */
  readonly kept: ReadonlySet<Buffer>;
  readonly log: Log;
  /** The loops around the scope that a buffer was made in. */
  readonly owners: ReadonlyMap<Buffer, readonly LoopCounter[]>;
  /** A buffer beside all others. */
  newBuffer(dtype: DType, size: number, label: string): Buffer;
  /** A number for a counter of steps. */
  newCounter(): number;
}

/** A step from kernels to kernels that compute the same sooner. */
export interface Pass<Name extends string = string> {
  readonly name: Name;
  run(kernels: readonly Kernel[], context: PassContext): Kernel[];
}

/**
 * What a pass makes of every list of kernels, innermost loops first. A loop whose body stays as it is stays the same
 * object, so that what is known of it is not found out again.
 */
export function throughLoops(
  kernels: readonly Kernel[],
  run: (list: readonly Kernel[]) => Kernel[],
): Kernel[] {
  return run(
    kernels.map((kernel) => {
      if (kernel.kind !== "loop") return kernel;
      const body = throughLoops(kernel.body, run);
      return isSame(body, kernel.body) ? kernel : { ...kernel, body };
    }),
  );
}

/** Whether two lists hold the same objects. */
export const isSame = (a: readonly Kernel[], b: readonly Kernel[]): boolean =>
  a.length === b.length && a.every((kernel, i) => kernel === b[i]);
