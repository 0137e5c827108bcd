import { byteWidth } from "../../src/dtype.ts";
import { accessesOf } from "../../src/lower/accesses.ts";
import type { Buffer, Kernel, LoopCounter, LoopKernel, PlainKernel, View } from "../../src/lower/kernel.ts";
import { sizeOf } from "../../src/shape.ts";
import type { JobPlan } from "../../src/targets/wasm/program/job-plan.ts";

/** Bytes that one share of a loop reads and writes. */
interface Touched {
  readonly reads: Set<number>;
  readonly writes: Set<number>;
}

/**
 * Runs a plan step by step, without computing anything: every byte of the arena knows which byte of which buffer was
 * written there last. Takes the plan's loops as they run, and knows nothing of how long the plan thinks a buffer lives.
 */
export class ShadowMemory {
  readonly #plan: JobPlan;
  readonly #bytes: Float64Array;
  /** For each byte the last kernel, by its number, that has it among its operands, and the buffer that it belongs to there. */
  readonly #operandOf: Int32Array;
  readonly #operand: Int32Array;
  #kernels = 0;
  readonly #known = new Map<View, Map<number, Places>>();
  readonly #steps = new Map<LoopCounter, number>();
  readonly #touched: Touched[] = [];

  constructor(plan: JobPlan) {
    this.#plan = plan;
    const { bytes } = plan.memory;
    this.#bytes = new Float64Array(bytes).fill(-1);
    this.#operandOf = new Int32Array(bytes);
    this.#operand = new Int32Array(bytes);
  }

  /** @throws Error where a kernel reads what was never written, or what another buffer has overwritten */
  run(): void {
    const { lowered, kernels } = this.#plan;
    for (const view of lowered.inputs) this.#write(view);
    this.#list(kernels);
    for (const view of lowered.outputs) this.#read(view, "the caller");
  }

  #list(kernels: readonly Kernel[]): void {
    const groups = new Map<number, Map<number, Touched>>();
    for (const kernel of kernels) {
      if (kernel.kind !== "loop") {
        this.#kernel(kernel);
        continue;
      }
      const { counter, body } = kernel;
      const shares: Touched[] = [];
      const atOnce = this.#plan.atOnce.get(counter);
      if (atOnce) {
        const threads = groups.get(atOnce.group) ?? new Map<number, Touched>();
        const touched = threads.get(atOnce.thread) ?? { reads: new Set(), writes: new Set() };
        groups.set(atOnce.group, threads.set(atOnce.thread, touched));
        this.#touched.push(touched);
      }
      for (const i of this.#madeBy(kernel)) {
        this.#steps.set(counter, counter.reverse ? counter.length - 1 - i : i);
        const shared = this.#plan.shares.has(counter);
        if (shared) this.#touched.push({ reads: new Set(), writes: new Set() });
        this.#list(body);
        if (shared) shares.push(this.#touched.pop()!);
      }
      checkApart(shares);
      if (atOnce) this.#touched.pop();
    }
    for (const threads of groups.values()) checkApart([...threads.values()]);
  }

  /** The steps that a loop makes, as numbers in their order. */
  #madeBy({ counter: { length }, part }: LoopKernel): number[] {
    const all = Array.from({ length }, (_, i) => i);
    if (!part) return all;
    const { of } = part;
    const at = of ? this.#steps.get(of)! : 0;
    const start = part.from + part.length * (of?.reverse ? of.length - 1 - at : at);
    return all.filter((i) => i >= start && i < start + part.length);
  }

  #kernel(kernel: PlainKernel): void {
    const { reads, writes } = accessesOf(kernel);
    // A box that is written leaves the rest of the whole as it was.
    const inside = kernel.kind === "box" && kernel.direction === "in";
    const seen = inside ? [...reads, ...writes] : reads;
    for (const view of seen) this.#read(view, kernel.kind);
    // Kernels read and write in an order of their own.
    const number = ++this.#kernels;
    for (const view of reads)
      for (const place of this.#places(view).at) {
        this.#operandOf[place] = number;
        this.#operand[place] = view.buffer.id;
      }
    for (const view of writes)
      for (const place of this.#places(view).at)
        if (this.#operandOf[place] === number && this.#operand[place] !== view.buffer.id)
          throw new Error(`${kernel.kind}: ${view.buffer.label} lies over an operand`);
    for (const view of writes) this.#write(view);
  }

  #read(view: View, reader: string): void {
    const { at, base } = this.#places(view);
    for (const { reads } of this.#touched) for (const place of at) reads.add(place);
    for (const place of at) {
      const found = this.#bytes[place]!;
      if (found === base + place) continue;
      const instead = found < 0 ? "nothing" : `buffer ${bufferOf(found)}`;
      throw new Error(`${reader}: reads ${view.buffer.label} (buffer ${view.buffer.id}), finds ${instead}`);
    }
  }

  #write(view: View): void {
    const { at, base } = this.#places(view);
    for (const { writes } of this.#touched) for (const place of at) writes.add(place);
    for (const place of at) this.#bytes[place] = base + place;
  }

  /** The bytes of every element of a view in the arena, at the steps where the loops are. */
  #places(view: View): Places {
    const { buffer, offset, advances } = view;
    const start = this.#plan.memory.offsets.get(buffer);
    if (start === undefined) {
      if (isPlanned(buffer)) throw new Error(`${buffer.label} has no place`);
      return { at: new Int32Array(), base: 0 };
    }
    let first = offset;
    for (const { counter, stride, alternate } of advances) {
      const step = this.#steps.get(counter);
      if (step === undefined) throw new Error(`${buffer.label} is used outside of a loop that moves it`);
      first += stride * (alternate === undefined ? step : (step + alternate) % 2);
    }
    const known = this.#known.get(view) ?? new Map<number, Places>();
    this.#known.set(view, known);
    const places = known.get(first) ?? placesOf(view, first, start);
    known.set(first, places);
    return places;
  }
}

/** Bytes of the arena; what is found at one is `base + byte`, which tells the buffer and the place in it. */
interface Places {
  readonly at: Int32Array;
  readonly base: number;
}

/** The bytes of a view whose first element is element `first` of its buffer, which begins at byte `start`. */
function placesOf({ buffer, shape, strides }: View, first: number, start: number): Places {
  const width = byteWidth(buffer.dtype);
  const at = new Int32Array(sizeOf(shape) * width);
  for (let i = 0; i * width < at.length; i++) {
    let [element, rest] = [first, i];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      element += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    if (element < 0 || element >= buffer.size)
      throw new Error(`element ${element} of ${buffer.label}, which has ${buffer.size}`);
    for (let byte = 0; byte < width; byte++) at[i * width + byte] = start + element * width + byte;
  }
  return { at, base: buffer.id * 2 ** 32 - start };
}

const isPlanned = ({ home }: Buffer): boolean => home === "arena" || home === "input";

const bufferOf = (key: number): number => Math.floor(key / 2 ** 32);

/** Shares run at the same time, and what threads do of a group: none writes what another one reads or writes. */
function checkApart(shares: readonly Touched[]): void {
  shares.forEach((one, i) => {
    shares.forEach((other, j) => {
      if (i === j) return;
      for (const place of one.writes)
        if (other.reads.has(place) || other.writes.has(place))
          throw new Error(`shares ${i} and ${j} meet at byte ${place}`);
    });
  });
}
