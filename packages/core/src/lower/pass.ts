import type { Log } from "../rewrite/rewrite.ts";
import type { Buffer, Kernel } from "./kernel.ts";

/** What a pass over kernels gets to know. */
export interface PassContext {
  /** Buffers that are read from outside. */
  readonly kept: ReadonlySet<Buffer>;
  readonly log: Log;
}

/** A step from kernels to kernels that compute the same sooner. */
export interface Pass<Name extends string = string> {
  readonly name: Name;
  run(kernels: readonly Kernel[], context: PassContext): Kernel[];
}
