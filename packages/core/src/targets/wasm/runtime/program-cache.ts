import type { DType } from "../../../dtype.ts";
import type { Parameter } from "../../../graph/leaves.ts";
import type { NDArray } from "../../../ndarray.ts";
import type { Draft, JobReport, JobTimes, Prepared } from "../../../runtime.ts";
import type { Shape } from "../../../shape.ts";
import type { Arithmetic } from "../arithmetic.ts";
import type { Home, RuntimeMemory } from "../memory/runtime-memory.ts";

/** Where the value of an input or output lies in the arena, in bytes from its beginning. */
export interface Slot {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly offset: number;
}

/** Where the constants of a program lie. */
export interface Literals {
  readonly address: number;
  readonly bytes: number;
}

/** All that it takes to run a program, without what it was made from. */
export interface ReadyProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly threads: number;
  readonly homes: readonly { readonly parameter: Parameter; readonly home: Home }[];
  readonly literals: Literals;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly arenaBytes: number;
  /** Of each thread. */
  readonly scratchBytes: number;
  /** About how many nanoseconds of work the threads share. */
  readonly sharedCost: number;
}

/** What a job tells of itself beside its results: it takes what the program was made from. */
export interface Details {
  /** @throws the error of a call that returned these numbers */
  fail(codes: ArrayLike<number>, values: readonly NDArray[], arena: number): never;
  report(): JobReport;
  profile(values: readonly NDArray[], run: () => void): JobTimes;
  dispose?(): void;
}

/** The place of one program in a cache. */
export interface CacheEntry {
  /** Looks for it where that takes time: before `restore`, where somebody waits. */
  load?(): Promise<void>;
  /**
   * A job that runs what was kept; undefined where there is nothing, or nothing that fits. `make` makes a job of a program whose
   * constants are in the memory, `anew` one of the graph.
   */
  restore(
    make: (program: ReadyProgram, details: Details) => Prepared,
    anew: () => Prepared,
  ): Prepared | undefined;
  keep(program: ReadyProgram): void;
}

/** What a program depends on of the runtime it is for. */
export interface ProgramHost extends RuntimeMemory {
  readonly arithmetic: Arithmetic;
  readonly threads: number;
  /** Where threads meet. */
  readonly control: number;
  readonly leastCost: number | undefined;
}

/** Programs that were compiled before, by another process or on another visit. */
export interface ProgramCache {
  /** Undefined for what cannot be told from other graphs. */
  entry(runtime: ProgramHost, draft: Draft): CacheEntry | undefined;
}
