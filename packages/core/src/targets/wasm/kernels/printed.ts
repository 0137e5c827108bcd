import type { View } from "../../../lower/kernel.ts";
import type { FunctionReference } from "../assembler/function-signature.ts";

/**
 * A kernel as a function of the module. Its parameters are the addresses (bytes) of `pointers`, in their order, then of
 * `scratchBytes` of memory where it needs any, then the units `low ≤ u < high` that this call does. Shapes and strides
 * are constants, so that kernels which differ only in addresses are one function (`ModuleBuilder.once`).
 * The function returns nothing, or an `i32`: 0, or what went wrong where it can fail.
 */
export interface Printed {
  readonly function: FunctionReference;
  readonly pointers: readonly View[];
  /** Into how many independent parts the work can be split; the same bits whatever the split. */
  readonly units: number;
  /** About how many nanoseconds the whole takes; small work is not split. */
  readonly cost: number;
  /** 0 where it needs none. Each call that runs at the same time needs its own; 16-byte aligned. */
  readonly scratchBytes: number;
  readonly fails: boolean;
}
