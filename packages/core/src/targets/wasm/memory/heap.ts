import { engine, type WasmMemory } from "../engine.ts";

const PAGE = 65536;
const ALIGNMENT = 64;
/** The most that 32-bit addresses reach. */
const MOST_PAGES = 65536;

interface Block {
  address: number;
  bytes: number;
}

/** Memory of one runtime, handed out in blocks that do not move. It grows where it has to, and never shrinks. */
export class Heap {
  readonly memory: WasmMemory;
  /** Free blocks, by address; no two of them touch. */
  readonly #free: Block[];
  readonly #taken = new Map<number, number>();
  /** Pages that the memory may have. */
  readonly maximum: number;
  readonly shared: boolean;

  constructor(options: { shared: boolean; pages?: number; maximum?: number }) {
    const { shared, pages = 16, maximum = MOST_PAGES } = options;
    this.maximum = maximum;
    this.shared = shared;
    const initial = Math.min(pages, maximum);
    this.memory = new (engine().Memory)({ initial, maximum, shared });
    this.#free = [{ address: ALIGNMENT, bytes: initial * PAGE - ALIGNMENT }];
  }

  /** Bytes that the memory has. */
  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Bytes that the memory may have. */
  get mostBytes(): number {
    return this.maximum * PAGE;
  }

  /** The free blocks: where they are the same, the next ones that are taken are the same. */
  get freeBlocks(): readonly Readonly<Block>[] {
    return this.#free;
  }

  /** Bytes of the blocks that are in use. */
  get used(): number {
    return [...this.#taken.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** The address of so many bytes, 64-byte aligned; undefined where the memory cannot grow so far. */
  allocate(wanted: number): number | undefined {
    const bytes = Math.max(1, Math.ceil(wanted / ALIGNMENT)) * ALIGNMENT;
    let at = this.#free.findIndex((block) => block.bytes >= bytes);
    if (at < 0) {
      if (!this.#grow(bytes)) return undefined;
      at = this.#free.length - 1;
    }
    const block = this.#free[at]!;
    const { address } = block;
    if (block.bytes === bytes) this.#free.splice(at, 1);
    else {
      block.address += bytes;
      block.bytes -= bytes;
    }
    this.#taken.set(address, bytes);
    return address;
  }

  free(address: number): void {
    const bytes = this.#taken.get(address);
    if (bytes === undefined) return;
    this.#taken.delete(address);
    this.#insert({ address, bytes });
  }

  #insert(block: Block): void {
    const next = this.#free.findIndex(({ address }) => address > block.address);
    const at = next < 0 ? this.#free.length : next;
    this.#free.splice(at, 0, block);
    this.#merge(at);
    this.#merge(at - 1);
  }

  /** Joins the free block at an index with the one behind it where they touch. */
  #merge(at: number): void {
    const [block, behind] = [this.#free[at], this.#free[at + 1]];
    if (!block || !behind || block.address + block.bytes !== behind.address) return;
    block.bytes += behind.bytes;
    this.#free.splice(at + 1, 1);
  }

  /** Makes the last free block at least so large. Grows by a quarter at least, so that growing stays rare. */
  #grow(bytes: number): boolean {
    const end = this.bytes;
    const last = this.#free.at(-1);
    const have = last && last.address + last.bytes === end ? last.bytes : 0;
    const needed = Math.ceil((bytes - have) / PAGE);
    const room = this.maximum - end / PAGE;
    if (needed > room) return false;
    const pages = Math.min(room, Math.max(needed, Math.ceil(end / PAGE / 4)));
    for (const attempt of new Set([pages, needed])) {
      try {
        this.memory.grow(attempt);
      } catch {
        continue;
      }
      this.#insert({ address: end, bytes: attempt * PAGE });
      return true;
    }
    return false;
  }
}
