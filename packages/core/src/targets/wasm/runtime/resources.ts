import { GraphError } from "../../../errors.ts";
import type { MemoryPlan } from "../../../lower/memory-plan.ts";
import { type Arithmetic, packsPairs } from "../arithmetic.ts";
import { RuntimeMemory } from "../memory/runtime-memory.ts";
import { CONTROL_BYTES } from "../program/barrier.ts";
import type { Team } from "../program/work-sharing.ts";
import type { ThreadExports, ThreadPool } from "../threads/thread-pool.ts";
import { fusesMultiplyAdd } from "./probe.ts";
import type { ProgramCache } from "./program-cache.ts";
import type { Threading } from "./threading.ts";

/** What jobs hold of a runtime until they are disposed of, or collected. */
export interface Holdings {
  readonly literals: number;
  program: number | undefined;
}

export interface WasmRuntimeOptions {
  /** Pages of 64 KiB that the memory may have. Default: all that addresses reach. */
  readonly maximum?: number;
  /** Nanoseconds of work from which on threads share it. Default: what pays. */
  readonly leastCost?: number;
  /** Default: one thread. */
  readonly threading?: Threading | undefined;
  /** Default: fused where that is one operation here, wide where the engine is known to pack pairs of vectors. */
  readonly arithmetic?: Partial<Arithmetic> | undefined;
  /** Moves the buffers of a program to other places in the arena, as tests do. Default: they stay. */
  readonly layOut?: (plan: MemoryPlan) => MemoryPlan;
  /** Where programs are kept for the next process. Default: nowhere. */
  readonly cache?: ProgramCache | undefined;
}

/** What jobs use of a runtime: its memory and its threads. */
export class Resources extends RuntimeMemory {
  readonly #team: Team | undefined;
  readonly arithmetic: Arithmetic;
  readonly leastCost: number | undefined;
  readonly layOut: (plan: MemoryPlan) => MemoryPlan;
  readonly cache: ProgramCache | undefined;
  /** Where threads meet. */
  readonly control: number;
  readonly #pool: ThreadPool | undefined;
  readonly #forgottenJobs = new FinalizationRegistry<Holdings>((holdings) => this.#free(holdings));
  #disposed = false;

  constructor(options: WasmRuntimeOptions = {}) {
    const { threading } = options;
    super({ shared: threading !== undefined, maximum: options.maximum });
    const { leastCost, arithmetic = {}, layOut = (plan) => plan } = options;
    this.leastCost = leastCost;
    this.arithmetic = {
      fused: arithmetic.fused ?? fusesMultiplyAdd(),
      wide: arithmetic.wide ?? packsPairs(),
    };
    this.layOut = layOut;
    this.cache = options.cache;
    this.control = threading ? this.heap.allocate(CONTROL_BYTES)! : 0;
    const { memory } = this.heap;
    const pool = threading?.start({ memory, control: this.control, imports: ["runtime", "memory"] });
    this.#pool = pool?.lost === undefined ? pool : undefined;
    this.#team = this.#pool && threading;
  }

  /** Undefined for one thread, and where workers could not start. */
  get team(): Team | undefined {
    return this.#pool?.neverStarted ? undefined : this.#team;
  }

  get threads(): number {
    return this.team?.count ?? 1;
  }

  /** @throws GraphError where the runtime was disposed */
  check(): void {
    if (this.#disposed) throw new GraphError({ op: "runtime", problem: "the runtime was disposed" });
  }

  /** Programs on several threads call it where they have waited long. */
  readonly look = (): void => this.#pool?.look();

  /** Whether every thread has all programs; until then the main thread runs them alone. */
  ready(): boolean {
    return this.#pool?.ready() ?? true;
  }

  /** Gives workers a program to run with. */
  share(module: object, exports: ThreadExports): number {
    return this.#pool!.add(module, exports);
  }

  /**
   * Runs a program on all threads; gives what each returned. Undefined while the workers are not ready for it.
   * @throws GraphError where a worker has ended
   */
  runShared(program: number, arena: number, scratchBytes: number): Int32Array | undefined {
    const pool = this.#pool!;
    if (pool.has(program)) return pool.run(program, [arena, scratchBytes]);
    if (pool.lost === undefined || pool.neverStarted) return undefined; // the main thread does it all
    throw new GraphError({
      op: "threads",
      problem: `a worker has ended: ${pool.lost}`,
      hint: "make another runtime; parameters keep their values",
    });
  }

  /** Frees what a job holds when the job is collected. */
  hold(job: object, holdings: Holdings): void {
    this.#forgottenJobs.register(job, holdings, job);
  }

  release(job: object, holdings: Holdings): void {
    this.#forgottenJobs.unregister(job);
    this.#free(holdings);
  }

  #free({ literals, program }: Holdings): void {
    this.heap.free(literals);
    if (program !== undefined && !this.#disposed) this.#pool?.remove(program);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.moveOut();
    this.#pool?.dispose();
  }
}
