import type { Buffer, Kernel, LoopCounter, PlainKernel } from "../../../lower/kernel.ts";
import type { Arithmetic } from "../arithmetic.ts";
import type { AtOnce } from "./loops-at-once.ts";
import type { Place } from "./place.ts";
import type { Team } from "./work-sharing.ts";

/** What the threads of a program share. */
export interface ProgramThreads extends Team {
  /** The address of the barrier's memory. */
  readonly control: number;
  /** Loops over shares of rows, which threads take apart. */
  readonly shares: ReadonlySet<LoopCounter>;
  /** Loops that threads run at once. */
  readonly atOnce: AtOnce;
  /** Nanoseconds of a kernel from which on threads share it. Default: what pays. */
  readonly leastCost?: number | undefined;
}

export interface ProgramOptions {
  readonly arithmetic: Arithmetic;
  readonly kernels: readonly Kernel[];
  place(buffer: Buffer): Place;
  /** Where in the arena scratch memory begins. */
  readonly scratchOffset: number;
  /** Pages of 64 KiB that the memory has at least when the program begins. */
  readonly memory: { readonly pages: number; readonly shared: boolean; readonly maximum: number };
  /** Default: one thread. */
  readonly threads?: ProgramThreads | undefined;
  /** Whether it tells of each kernel that has run, by a call of the import `LAP`. Default false. */
  readonly laps?: boolean | undefined;
}

/** What programs that are timed import: called with the number of the kernel that has just run. */
export const LAP = "lap";

/** Kernels that can end a call, by the number that the call returns less 1, with the loops around them. */
export interface FailingKernel {
  readonly kernel: PlainKernel;
  readonly loops: readonly LoopCounter[];
}

/**
 * A program as a module whose function `main(arena)` runs it: 0 for success, else which kernel failed.
 * Of several threads, each calls `main(thread, threads, arena, scratchBytes)`, and -1 says that another one failed.
 */
export interface ProgramModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly failing: readonly FailingKernel[];
  /** Kernels by the numbers that `LAP` is called with. */
  readonly timed: readonly PlainKernel[];
  /** Of each thread. */
  readonly scratchBytes: number;
  /** About how many nanoseconds of work the threads share. */
  readonly sharedCost: number;
}

/** What a kernel that failed leaves at the beginning of the arena, for each thread: its status, then the steps that loops were at. */
export const STATUS_BYTES = 128;
