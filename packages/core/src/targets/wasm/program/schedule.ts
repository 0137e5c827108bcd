import { byteWidth } from "../../../dtype.ts";
import { accessesOf, everyKernel, mayFail, ownReads } from "../../../lower/accesses.ts";
import type { Buffer, Kernel, LoopCounter, LoopKernel, PlainKernel, View } from "../../../lower/kernel.ts";
import { mayOverlap } from "../../../lower/view.ts";
import type { Printed } from "../kernels/printed.ts";
import type { Place } from "./place.ts";

/** How threads take part in a kernel. */
export interface Task {
  /** All threads meet before it. */
  readonly barrier: boolean;
  /**
   * `alone`: the first thread does it. `units`: every thread does a range of its units. `steps`: a loop whose steps all
   * threads make, and share the kernels in it. `shares`: a loop whose steps are for different threads.
   */
  readonly how: "alone" | "units" | "steps" | "shares";
}

export interface ScheduleOptions {
  readonly threads: number;
  readonly printed: ReadonlyMap<PlainKernel, Printed>;
  /** Loops over shares of rows. */
  readonly shares: ReadonlySet<LoopCounter>;
  place(buffer: Buffer): Place;
  /** Nanoseconds of work that are worth a barrier. Default 2000. */
  readonly leastCost?: number | undefined;
}

const LEAST_COST = 2000;
/** Accesses that are looked through; after so many, threads meet. */
const MOST_PENDING = 500;

interface Access {
  readonly view: View;
  readonly writes: boolean;
  /** By the first thread. */
  readonly alone: boolean;
  /** In an earlier step of a loop. */
  readonly earlier: boolean;
}

/**
 * Decides which thread does what, and where threads meet: before a kernel that touches what another thread may have
 * written, or may still read, since they last met. Memory that buffers use in turns counts as well. Parameters change
 * only when everything that can fail is over.
 */
export function schedule(kernels: readonly Kernel[], options: ScheduleOptions): Map<Kernel, Task> {
  const scheduler = new Scheduler(options);
  scheduler.list(kernels);
  return scheduler.tasks;
}

class Scheduler {
  readonly tasks = new Map<Kernel, Task>();
  readonly #options: ScheduleOptions;
  #pending: Access[] = [];
  #mayHaveFailed = false;
  #barriers = 0;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  list(kernels: readonly Kernel[]): void {
    for (const kernel of kernels) {
      const how = this.#how(kernel);
      if (kernel.kind === "loop" && how === "steps") this.#steps(kernel);
      else this.#whole(kernel, how);
    }
  }

  #how(kernel: Kernel): Task["how"] {
    if (kernel.kind !== "loop") {
      const { units, cost } = this.#options.printed.get(kernel)!;
      return units >= this.#options.threads && cost >= (this.#options.leastCost ?? LEAST_COST)
        ? "units"
        : "alone";
    }
    if (this.#options.shares.has(kernel.counter)) return "shares";
    return kernel.body.every((part) => this.#how(part) === "alone") ? "alone" : "steps";
  }

  #whole(kernel: Kernel, how: Task["how"]): void {
    const accesses = this.#accesses(kernel, how === "alone", false);
    const barrier =
      this.#pending.length > MOST_PENDING ||
      (this.#mayHaveFailed &&
        accesses.some(({ view, writes }) => writes && view.buffer.home === "parameter")) ||
      accesses.some((access) => this.#pending.some((other) => this.#conflict(other, access)));
    if (barrier) this.#meet();
    this.#pending.push(...accesses);
    this.#mayHaveFailed ||= mayFail(kernel);
    this.tasks.set(kernel, { barrier, how });
  }

  /** What is pending when a step begins, in any of them: what was before the loop, and all that earlier steps do. */
  #steps(kernel: LoopKernel): void {
    const counts = this.#counts(kernel, false);
    const barrier = counts.some((access) => this.#pending.some((other) => this.#conflict(other, access)));
    if (barrier) this.#meet();
    this.tasks.set(kernel, { barrier, how: "steps" });
    const earlier = kernel.body.flatMap((part) => this.#ofBody(part));
    const before = this.#barriers;
    const around = [...this.#pending, ...counts];
    const mayHaveFailed = this.#mayHaveFailed;
    this.#pending.push(...counts, ...earlier);
    this.#mayHaveFailed ||= mayFail(kernel);
    this.list(kernel.body);
    if (before !== this.#barriers) this.#mayHaveFailed ||= mayFail(kernel);
    // Where a loop makes no step, nobody has met in it.
    if (kernel.counter.range && before !== this.#barriers) {
      this.#pending.push(...around);
      this.#mayHaveFailed ||= mayHaveFailed;
    }
  }

  #ofBody(kernel: Kernel): Access[] {
    const how = this.#how(kernel);
    if (kernel.kind === "loop" && how === "steps")
      return [...this.#counts(kernel, true), ...kernel.body.flatMap((part) => this.#ofBody(part))];
    return this.#accesses(kernel, how === "alone", true);
  }

  /** What every thread reads that makes the steps of a loop. */
  #counts(kernel: LoopKernel, earlier: boolean): Access[] {
    return ownReads(kernel).map((view) => ({ view, writes: false, alone: false, earlier }));
  }

  #meet(): void {
    this.#pending = [];
    this.#mayHaveFailed = false;
    this.#barriers++;
  }

  #accesses(kernel: Kernel, alone: boolean, earlier: boolean): Access[] {
    return everyKernel([kernel]).flatMap((part) => {
      const writes = part.kind === "loop" ? [] : accessesOf(part).writes;
      const inLoop = earlier || part !== kernel;
      return [
        ...ownReads(part).map((view) => ({ view, writes: false, alone, earlier: inLoop })),
        ...writes.map((view) => ({ view, writes: true, alone, earlier: inLoop })),
      ];
    });
  }

  #conflict(a: Access, b: Access): boolean {
    if (!(a.writes || b.writes) || (a.alone && b.alone)) return false;
    if (a.view.buffer === b.view.buffer) return a.earlier || b.earlier || mayOverlap(a.view, b.view);
    const [p, q] = [this.#range(a.view.buffer), this.#range(b.view.buffer)];
    return p.base === q.base && p.start < q.end && q.start < p.end;
  }

  #range(buffer: Buffer): { readonly base: string; readonly start: number; readonly end: number } {
    const { base, offset } = this.#options.place(buffer);
    return { base, start: offset, end: offset + byteWidth(buffer.dtype) * buffer.size };
  }
}
