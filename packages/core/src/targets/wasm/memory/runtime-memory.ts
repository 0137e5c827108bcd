import { byteWidth, viewElements } from "../../../dtype.ts";
import { GraphError } from "../../../errors.ts";
import type { Parameter, ParameterCell, Residence } from "../../../graph/leaves.ts";
import { NDArray } from "../../../ndarray.ts";
import { sizeOf } from "../../../shape.ts";
import { Heap } from "./heap.ts";

/** Where a parameter lives in the memory of a runtime. */
export interface Home extends Residence {
  readonly address: number;
}

/** The memory of one runtime: parameters, each in a place of its own, and one arena, which executables use in turns. */
export class RuntimeMemory {
  readonly heap: Heap;
  readonly #homes = new WeakMap<ParameterCell, Home>();
  readonly #residents = new Set<WeakRef<ParameterCell>>();
  readonly #forgotten = new FinalizationRegistry<{ address: number; cell: WeakRef<ParameterCell> }>(
    ({ address, cell }) => {
      this.heap.free(address);
      this.#residents.delete(cell);
    },
  );
  #arena = { address: 0, bytes: 0 };

  /** `maximum`: pages of 64 KiB. Default: all that addresses reach. */
  constructor(options: { readonly shared: boolean; readonly maximum?: number | undefined }) {
    const { shared, maximum } = options;
    this.heap = new Heap({ shared, ...(maximum !== undefined && { maximum }) });
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

  /** Where a parameter lives already, or has a place. */
  knownHome({ cell }: Parameter): Home | undefined {
    return this.#homes.get(cell);
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
    this.#forgotten.register(cell, { address, cell: reference });
    return home;
  }

  /** Leaves parameters that live here their values, as arrays. */
  moveOut(): void {
    for (const reference of this.#residents) {
      const cell = reference.deref();
      if (cell && cell.residence === this.#homes.get(cell)) cell.move();
    }
    this.#residents.clear();
  }
}
