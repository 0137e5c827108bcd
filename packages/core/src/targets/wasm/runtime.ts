import { byteWidth, viewElements } from "../../dtype.ts";
import { GraphError } from "../../errors.ts";
import type { Parameter, ParameterCell, Residence } from "../../graph/leaves.ts";
import type { MemoryPlan } from "../../lower/memory-plan.ts";
import { NDArray } from "../../ndarray.ts";
import type { Job, Prepared, Runtime } from "../../runtime.ts";
import { sizeOf } from "../../shape.ts";
import { Heap } from "./heap.ts";
import { type Holdings, prepareJob, prepareJobAsync } from "./job.ts";
import { CONTROL_BYTES } from "./threads/barrier.ts";
import { sayNoWorkers } from "./threads/no-workers.ts";
import { type ThreadExports, ThreadPool, threadsAvailable } from "./threads/thread-pool.ts";

/** Where a parameter lives in the memory of a runtime. */
export interface Home extends Residence {
  readonly address: number;
}

export interface WasmRuntimeOptions {
  /** Pages of 64 KiB that the memory may have. Default: all that addresses reach. */
  readonly maximum?: number;
  /** Nanoseconds of work from which on threads share it. Default: what pays. */
  readonly leastCost?: number;
  /** Where workers find their program. Default: they bring it along. */
  readonly worker?: string | URL | undefined;
  /** Moves the buffers of a program to other places in the arena, as tests do. Default: they stay. */
  readonly layOut?: (plan: MemoryPlan) => MemoryPlan;
}

/**
 * Runs graphs as WebAssembly. One memory holds the parameters and one arena, which executables use in turns. The blocks
 * of executables and parameters that nobody holds any more are freed when the collector has found them.
 */
export class WasmRuntime implements Runtime {
  readonly target = "wasm";
  readonly #threads: number;
  readonly heap: Heap;
  readonly leastCost: number | undefined;
  readonly layOut: (plan: MemoryPlan) => MemoryPlan;
  /** Where threads meet. */
  readonly control: number;
  readonly #pool: ThreadPool | undefined;
  readonly #homes = new WeakMap<ParameterCell, Home>();
  readonly #residents = new Set<WeakRef<ParameterCell>>();
  readonly #forgottenJobs = new FinalizationRegistry<Holdings>((holdings) => this.#free(holdings));
  readonly #forgottenCells = new FinalizationRegistry<{ address: number; cell: WeakRef<ParameterCell> }>(
    ({ address, cell }) => {
      this.heap.free(address);
      this.#residents.delete(cell);
    },
  );
  #arena = { address: 0, bytes: 0 };
  #disposed = false;

  /** Where no threads can be had, there is one. */
  constructor(threads: number, options: WasmRuntimeOptions = {}) {
    const shared = threads > 1 && threadsAvailable();
    const { maximum, leastCost, layOut = (plan) => plan } = options;
    this.leastCost = leastCost;
    this.layOut = layOut;
    this.heap = new Heap({ shared, ...(maximum !== undefined && { maximum }) });
    this.control = shared ? this.heap.allocate(CONTROL_BYTES)! : 0;
    const { memory } = this.heap;
    const { worker } = options;
    const unavailable = sayNoWorkers;
    const imports = ["runtime", "memory"] as const;
    const pool = shared
      ? new ThreadPool({ threads, memory, control: this.control, imports, worker, unavailable })
      : undefined;
    this.#pool = pool?.lost === undefined ? pool : undefined;
    this.#threads = this.#pool ? threads : 1;
  }

  /** One where workers could not start. */
  get threads(): number {
    return this.#pool?.neverStarted ? 1 : this.#threads;
  }

  prepare(job: Job): Prepared {
    this.check();
    return prepareJob(this, job);
  }

  async prepareAsync(job: Job): Promise<Prepared> {
    this.check();
    return prepareJobAsync(this, job);
  }

  /** @throws GraphError where the runtime was disposed */
  check(): void {
    if (this.#disposed) throw new GraphError({ op: "runtime", problem: "the runtime was disposed" });
  }

  /** The address of memory that every call may use as it likes, of at least so many bytes; undefined for too many. */
  arena(bytes: number): number | undefined {
    if (bytes <= this.#arena.bytes) return this.#arena.address;
    if (this.#arena.address > 0) this.heap.free(this.#arena.address);
    this.#arena = { address: 0, bytes: 0 };
    const address = this.heap.allocate(bytes);
    if (address === undefined) return undefined;
    this.#arena = { address, bytes };
    return address;
  }

  /** Where a parameter lives here; it moves in when an executable runs. */
  home(parameter: Parameter): Home {
    const { cell, dtype, shape } = parameter;
    const known = this.#homes.get(cell);
    if (known) return known;
    const size = sizeOf(shape);
    const { heap } = this;
    const address = heap.allocate(size * byteWidth(dtype));
    if (address === undefined) {
      const problem = `no memory for parameter ${JSON.stringify(parameter.name)}: ${heap.used} of ${heap.mostBytes} bytes are in use`;
      throw new GraphError({ op: "compile", problem });
    }
    const view = () => viewElements(dtype, heap.memory.buffer, address, size);
    const home: Home = {
      address,
      read: () => new NDArray(dtype, shape, view().slice()),
      write: (value) => view().set(value.data),
    };
    this.#homes.set(cell, home);
    const reference = new WeakRef(cell);
    this.#residents.add(reference);
    this.#forgottenCells.register(cell, { address, cell: reference });
    return home;
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
    for (const reference of this.#residents) {
      const cell = reference.deref();
      if (cell && cell.residence === this.#homes.get(cell)) cell.move();
    }
    this.#residents.clear();
    this.#pool?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
