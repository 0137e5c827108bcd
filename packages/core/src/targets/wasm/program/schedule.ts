import { byteWidth } from "../../../dtype.ts";
import { accessesOf, everyKernel, mayFail, ownReads } from "../../../lower/accesses.ts";
import type { Buffer, Kernel, LoopCounter, LoopKernel, PlainKernel, View } from "../../../lower/kernel.ts";
import { mayOverlap } from "../../../lower/view.ts";
import type { Printed } from "../kernels/printed.ts";
import type { AtOnce } from "./loops-at-once.ts";
import type { Place } from "./place.ts";

/** How threads take part in a kernel. */
export interface Task {
  /** All threads meet before it. */
  readonly barrier: boolean;
  /**
   * `alone`: one thread does it. `units`: every thread does a range of its units. `steps`: a loop whose steps all
   * threads make, and share the kernels in it. `shares`: a loop whose steps are for different threads.
   */
  readonly how: "alone" | "units" | "steps" | "shares";
  /** Whose it is where one does it alone. Default: the first thread's. */
  readonly thread?: number;
}

export interface ScheduleOptions {
  readonly threads: number;
  readonly printed: ReadonlyMap<PlainKernel, Printed>;
  /** Loops over shares of rows. */
  readonly shares: ReadonlySet<LoopCounter>;
  /** Loops that run at once; those of a group stand side by side. */
  readonly atOnce: AtOnce;
  place(buffer: Buffer): Place;
  /** Nanoseconds of a kernel that is worth sharing. Default: what pays. */
  readonly leastCost?: number | undefined;
}

/** Nanoseconds of a kernel that threads share. */
export const LEAST_SHARED = 2000;
/** Accesses that are looked through; after so many, threads meet. */
const MOST_PENDING = 500;

interface Access {
  readonly view: View;
  readonly writes: boolean;
  /** Whose it is, where one thread does it alone. */
  readonly thread: number | undefined;
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
    for (let i = 0; i < kernels.length; i++) {
      const kernel = kernels[i]!;
      const how = this.#how(kernel);
      const group = this.#groupOf(kernel);
      if (group !== undefined) {
        const end = kernels.findIndex((other, j) => j > i && this.#groupOf(other) !== group);
        const loops = kernels.slice(i, end < 0 ? kernels.length : end);
        // They do not touch what another one writes: threads meet before all of them, not between.
        this.#whole(loops, "alone", this.#threadOf);
        i += loops.length - 1;
      } else if (kernel.kind === "loop" && this.#groupOf(kernel.body[0]!) !== undefined) this.#rounds(kernel);
      else if (kernel.kind === "loop" && how === "steps") this.#steps(kernel);
      else this.#whole([kernel], how);
    }
  }

  #how(kernel: Kernel): Task["how"] {
    if (kernel.kind !== "loop") {
      const { units, cost } = this.#options.printed.get(kernel)!;
      return units >= this.#options.threads && cost >= (this.#options.leastCost ?? LEAST_SHARED)
        ? "units"
        : "alone";
    }
    if (this.#options.shares.has(kernel.counter)) return "shares";
    return kernel.body.every((part) => this.#how(part) === "alone") ? "alone" : "steps";
  }

  #groupOf(kernel: Kernel): number | undefined {
    return kernel.kind === "loop" ? this.#options.atOnce.get(kernel.counter)?.group : undefined;
  }

  /** Whose a loop is that runs beside others. */
  readonly #threadOf = (loop: Kernel): number =>
    this.#options.atOnce.get((loop as LoopKernel).counter)!.thread;

  /** A pipeline: in each round threads meet, make parts of different steps, and share what lies between these. */
  #rounds(kernel: LoopKernel): void {
    this.#meet();
    this.tasks.set(kernel, { barrier: false, how: "steps" });
    const stages = kernel.body.filter((part) => this.#groupOf(part) !== undefined);
    stages.forEach((stage, i) => {
      const thread = this.#threadOf(stage);
      this.tasks.set(stage, { barrier: i === 0, how: "alone", thread });
      this.#pending.push(...this.#accesses(stage, thread, true));
    });
    this.list(kernel.body.slice(stages.length));
  }

  #whole(kernels: readonly Kernel[], how: Task["how"], threadOf: (kernel: Kernel) => number = () => 0): void {
    const accesses = kernels.flatMap((kernel) =>
      this.#accesses(kernel, how === "alone" ? threadOf(kernel) : undefined, false),
    );
    const barrier =
      this.#pending.length > MOST_PENDING ||
      (this.#mayHaveFailed &&
        accesses.some(({ view, writes }) => writes && view.buffer.home === "parameter")) ||
      accesses.some((access) => this.#pending.some((other) => this.#conflict(other, access)));
    if (barrier) this.#meet();
    this.#pending.push(...accesses);
    kernels.forEach((kernel, i) => {
      this.#mayHaveFailed ||= mayFail(kernel);
      this.tasks.set(kernel, {
        barrier: barrier && i === 0,
        how,
        ...(how === "alone" && { thread: threadOf(kernel) }),
      });
    });
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
    if ((kernel.counter.range || kernel.part) && before !== this.#barriers) {
      this.#pending.push(...around);
      this.#mayHaveFailed ||= mayHaveFailed;
    }
  }

  #ofBody(kernel: Kernel): Access[] {
    const how = this.#how(kernel);
    if (kernel.kind === "loop" && how === "steps")
      return [...this.#counts(kernel, true), ...kernel.body.flatMap((part) => this.#ofBody(part))];
    return this.#accesses(kernel, how === "alone" ? 0 : undefined, true);
  }

  /** What every thread reads that makes the steps of a loop. */
  #counts(kernel: LoopKernel, earlier: boolean): Access[] {
    return ownReads(kernel).map((view) => ({ view, writes: false, thread: undefined, earlier }));
  }

  #meet(): void {
    this.#pending = [];
    this.#mayHaveFailed = false;
    this.#barriers++;
  }

  #accesses(kernel: Kernel, thread: number | undefined, earlier: boolean): Access[] {
    return everyKernel([kernel]).flatMap((part) => {
      const writes = part.kind === "loop" ? [] : accessesOf(part).writes;
      const inLoop = earlier || part !== kernel;
      return [
        ...ownReads(part).map((view) => ({ view, writes: false, thread, earlier: inLoop })),
        ...writes.map((view) => ({ view, writes: true, thread, earlier: inLoop })),
      ];
    });
  }

  #conflict(a: Access, b: Access): boolean {
    if (!(a.writes || b.writes) || (a.thread !== undefined && a.thread === b.thread)) return false;
    if (a.view.buffer === b.view.buffer) return a.earlier || b.earlier || mayOverlap(a.view, b.view);
    const [p, q] = [this.#range(a.view.buffer), this.#range(b.view.buffer)];
    return p.base === q.base && p.start < q.end && q.start < p.end;
  }

  #range(buffer: Buffer): { readonly base: string; readonly start: number; readonly end: number } {
    const { base, offset } = this.#options.place(buffer);
    return { base, start: offset, end: offset + byteWidth(buffer.dtype) * buffer.size };
  }
}
