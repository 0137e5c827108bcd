import { sizeOf } from "../shape.ts";
import { accessesOf } from "./accesses.ts";
import { mapLoads, operandsOf, parts } from "./expressions.ts";
import type { Buffer, Expression, MapKernel, Store, View } from "./kernel.ts";
import { inOrderOf, isLight, regroup } from "./regroup.ts";
import { mayOverlap, sameView } from "./view.ts";

/** Expressions of a kernel; larger ones run out of registers. */
const LARGEST = 200;
/** After so many maps that were too large for it, a map takes no more: long lists would ask it again and again. */
const REFUSALS = 8;

/** A map that takes others in, one by one. What that costs depends on the guest, not on what is there already. */
export class GrowingMap {
  readonly #first: MapKernel;
  readonly #stores: Store[];
  readonly #nodes: MapKernel["nodes"][number][];
  readonly #parts: Set<Expression>;
  readonly #reads = new Map<Buffer, View[]>();
  readonly #writes = new Map<Buffer, Store[]>();
  #refusals = 0;

  constructor(map: MapKernel) {
    this.#first = map;
    this.#stores = [...map.stores];
    this.#nodes = [...map.nodes];
    this.#parts = new Set(parts(map.stores.map(({ value }) => value)));
    for (const view of accessesOf(map).reads) note(this.#reads, view.buffer, view);
    for (const store of map.stores) note(this.#writes, store.view.buffer, store);
  }

  /** How many elements it has. */
  get size(): number {
    return sizeOf(this.#first.shape);
  }

  get isFull(): boolean {
    return this.#refusals >= REFUSALS;
  }

  /** All that it has taken in. */
  kernel(): MapKernel {
    const { kind, shape, stores } = this.#first;
    if (stores.length === this.#stores.length) return this.#first;
    return { kind, shape, stores: [...this.#stores], nodes: [...this.#nodes] };
  }

  /** The map with another one over the same elements, which is computed behind what it has; undefined where they do not fit. */
  with(guest: MapKernel): GrowingMap | undefined {
    if (this.size !== sizeOf(guest.shape)) return undefined;
    return this.#inOneShape(guest) ?? this.#across(guest);
  }

  /** A map that can only be seen in the other's shape is a new one. */
  #inOneShape(guest: MapKernel): GrowingMap | undefined {
    const { shape } = this.#first;
    const alike = regroup(guest, shape);
    if (alike) return this.#take(alike) ? this : undefined;
    const other = regroup(this.kernel(), guest.shape);
    if (!other) return undefined;
    const turned = new GrowingMap(other);
    return turned.#take(guest) ? turned : undefined;
  }

  /** The guest reads in another order what this one writes: both in the order in which it lies in memory. */
  #across(guest: MapKernel): GrowingMap | undefined {
    for (const read of accessesOf(guest).reads) {
      const store = this.#writes
        .get(read.buffer)
        ?.find(({ view }) => sizeOf(view.shape) === sizeOf(read.shape));
      if (!store) continue;
      if (!isLight(guest) || !isLight(this.kernel())) return undefined;
      const [host, other] = [inOrderOf(this.kernel(), store.view), inOrderOf(guest, read)];
      if (!host || !other || (host.shape === this.#first.shape && other.shape === guest.shape)) continue;
      return new GrowingMap(host).#inOneShape(other);
    }
    return undefined;
  }

  #take(guest: MapKernel): boolean {
    if (!this.#meetsInPlace(guest)) return false;
    const values = mapLoads(
      guest.stores.map(({ value }) => value),
      (view, load) =>
        this.#writes.get(view.buffer)?.find((store) => sameView(store.view, view))?.value ?? load,
    );
    const added = this.#newParts(values);
    if (this.#parts.size + added.size > LARGEST) {
      this.#refusals++;
      return false;
    }
    for (const part of added) {
      this.#parts.add(part);
      if (part.kind === "load") note(this.#reads, part.view.buffer, part.view);
      else if (part.kind === "lookup") note(this.#reads, part.whole.buffer, part.whole);
    }
    guest.stores.forEach(({ view }, i) => {
      const store = { view, value: values[i]! };
      this.#stores.push(store);
      note(this.#writes, view.buffer, store);
    });
    this.#nodes.push(...guest.nodes);
    return true;
  }

  /** Whether all that one of them writes and the other reads is the same element at the same time. */
  #meetsInPlace(guest: MapKernel): boolean {
    const { reads, writes } = accessesOf(guest);
    const apart = (x: View, y: View): boolean => !mayOverlap(x, y);
    const fits = (x: View, y: View): boolean => sameView(x, y) || apart(x, y);
    const written = ({ buffer }: View): readonly Store[] => this.#writes.get(buffer) ?? [];
    return (
      reads.every((read) => written(read).every(({ view }) => fits(view, read))) &&
      writes.every(
        (write) =>
          written(write).every(({ view }) => apart(view, write)) &&
          (this.#reads.get(write.buffer) ?? []).every((read) => fits(write, read)),
      )
    );
  }

  /** The parts of expressions that it does not compute yet. */
  #newParts(values: readonly Expression[]): Set<Expression> {
    const added = new Set<Expression>();
    const open = [...values];
    for (let next = open.pop(); next; next = open.pop()) {
      if (added.has(next) || this.#parts.has(next)) continue;
      added.add(next);
      open.push(...operandsOf(next));
    }
    return added;
  }
}

/** Two maps over the same elements as one, which computes the first and then the second; undefined where they do not fit. */
export const mergeMaps = (host: MapKernel, guest: MapKernel): MapKernel | undefined =>
  new GrowingMap(host).with(guest)?.kernel();

function note<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const known = lists.get(key);
  if (known) known.push(value);
  else lists.set(key, [value]);
}
