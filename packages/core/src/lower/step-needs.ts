import type { Buffer } from "./kernel.ts";
import type { StepRows } from "./step-rows.ts";

/**
 * What readers need of the steps of a buffer, each more than the one before: nothing; the steps below the count; zeros
 * behind it too, up to the end of its block; every step.
 */
export type Level = "nothing" | "run" | "block" | "all";

const ALL = { level: "all" } as const;

type Need =
  | typeof ALL
  | {
      readonly level: "run" | "block";
      readonly stride: number;
      /** No reader's steps begin behind this element. */
      readonly last: number;
      /** Where those begin that need zeros. */
      readonly base: number | undefined;
    };

/** What the kernels need that have been looked at, from the last one on. */
export class StepNeeds {
  readonly #needs = new Map<Buffer, Need>();
  /** Buffers that others read as well. */
  readonly #shared: (buffer: Buffer) => boolean;

  constructor(shared: (buffer: Buffer) => boolean) {
    this.#shared = shared;
  }

  all(buffer: Buffer): void {
    this.#needs.set(buffer, ALL);
  }

  /** `rows` undefined: steps that lie in no order. */
  add(buffer: Buffer, rows: StepRows | undefined, level: "run" | "block"): void {
    const known = this.#needs.get(buffer);
    if (!rows || known?.level === "all") {
      this.all(buffer);
      return;
    }
    const base = level === "block" ? rows.base : undefined;
    if (!known) {
      this.#needs.set(buffer, { level, stride: rows.stride, last: rows.base, base });
      return;
    }
    const agree = known.base === undefined || base === undefined || known.base === base;
    if (known.stride !== rows.stride || !agree) {
      this.all(buffer);
      return;
    }
    this.#needs.set(buffer, {
      level: known.level === "block" ? "block" : level,
      stride: rows.stride,
      last: Math.max(known.last, rows.base),
      base: known.base ?? base,
    });
  }

  /** What is needed of steps that lie as a kernel writes them. */
  of(buffer: Buffer, { stride, base }: StepRows): Level {
    if (this.#shared(buffer)) return "all";
    const need = this.#needs.get(buffer);
    if (!need) return "nothing";
    if (need.level === "all" || need.stride !== stride || need.last > base) return "all";
    return need.level === "block" && need.base !== base ? "all" : need.level;
  }
}
