import { viewElements } from "../../dtype.ts";
import { GraphError } from "../../errors.ts";
import type { Parameter, ParameterCell, Residence } from "../../graph/leaves.ts";
import { NDArray } from "../../ndarray.ts";
import type { Job, Prepared, Runtime } from "../../runtime.ts";
import { Heap } from "./heap.ts";
import { prepareJob } from "./job.ts";

/** Where a parameter lives in the memory of a runtime. */
export interface Home extends Residence {
  readonly address: number;
}

/** Runs graphs as WebAssembly. One memory holds the parameters and one arena, which executables use in turns. */
export class WasmRuntime implements Runtime {
  readonly target = "wasm";
  readonly threads: number;
  readonly heap: Heap;
  readonly #homes = new Map<ParameterCell, Home>();
  #arena = { address: 0, bytes: 0 };
  #disposed = false;

  constructor(threads: number) {
    this.threads = threads;
    this.heap = new Heap({ shared: threads > 1 });
  }

  prepare(job: Job): Prepared {
    this.check();
    return prepareJob(this, job);
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

  /** Where a parameter lives here; it moves in with its first executable. */
  home(parameter: Parameter): Home {
    const { cell, dtype, shape } = parameter;
    const known = this.#homes.get(cell);
    if (known) return known;
    const size = shape.reduce((product, length) => product * length, 1);
    const { heap } = this;
    const address = heap.allocate(size * 8);
    if (address === undefined) {
      const problem = `no memory for parameter ${JSON.stringify(parameter.name)}: ${heap.bytes} bytes are in use`;
      throw new GraphError({ op: "compile", problem });
    }
    const view = () => viewElements(dtype, heap.memory.buffer, address, size);
    const home: Home = {
      address,
      read: () => new NDArray(dtype, shape, view().slice()),
      write: (value) => view().set(value.data),
    };
    this.#homes.set(cell, home);
    return home;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const [cell, home] of this.#homes) if (cell.residence === home) cell.move();
    this.#homes.clear();
  }
}
