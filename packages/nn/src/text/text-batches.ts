import { array, checkOptionNames, GraphError, type NDArray } from "@org/core";

/** What `TextBatches` takes. */
export interface TextBatchesOptions {
  /** How many streams the text is cut into. */
  readonly batch: number;
  /** The length of a window. */
  readonly steps: number;
  /** Windows already taken, over all passes. @default 0 */
  readonly position?: number;
}

/** A window of every stream of a text. */
export interface TextBatch {
  /** `[steps, batch]`, i32. */
  readonly ids: NDArray;
  /** What comes after each of `ids`. */
  readonly labels: NDArray;
  /** Whether the streams begin here: the state carried from the last window has to be reset. */
  readonly first: boolean;
}

/**
 * Windows of a text for a language model that carries its state from window to window. The text is cut into `batch`
 * streams of equal length, read side by side: column b of a window goes on where column b of the window before it
 * ended. Goes round for ever; what does not fill a last window is passed over.
 * @throws GraphError for a text that is too short for one window, or sizes that are not whole numbers from 1
 * @example
 * const batches = new TextBatches([0, 1, 2, 3, 4, 5, 6, 7, 8], { batch: 2, steps: 2 });
 * const [window] = batches;
 * window.ids; // → [[0, 4], [1, 5]]
 * window.labels; // → [[1, 5], [2, 6]]
 * batches.next().ids; // → [[2, 6], [3, 7]]
 * [batches.next().first, batches.position]; // → [true, 3]
 */
export class TextBatches implements Iterable<TextBatch> {
  /** Windows in one pass over the text. */
  readonly windows: number;
  #position: number;
  readonly #ids: ArrayLike<number>;
  readonly #batch: number;
  readonly #steps: number;
  readonly #stride: number;

  constructor(ids: ArrayLike<number>, options: TextBatchesOptions) {
    const { batch, steps, position = 0 } = checkOptionNames("TextBatches", options, "batch steps position");
    for (const [name, value, least] of [
      ["batch", batch, 1],
      ["steps", steps, 1],
      ["position", position, 0],
    ] as const) {
      if (Number.isSafeInteger(value) && value >= least) continue;
      throw new GraphError({
        op: "TextBatches",
        problem: `${name} is a whole number from ${least}, received ${value}`,
      });
    }
    this.#stride = Math.floor((ids.length - 1) / batch);
    this.windows = Math.floor(this.#stride / steps);
    if (this.windows < 1) {
      throw new GraphError({
        op: "TextBatches",
        problem: `${ids.length} ids are too few for ${batch} streams of ${steps} steps`,
        rule: "one window takes batch · steps + 1 ids",
      });
    }
    this.#ids = ids;
    this.#batch = batch;
    this.#steps = steps;
    this.#position = position;
  }

  /** Windows taken so far, over all passes. Saved, and given as an option later, reading goes on from here. */
  get position(): number {
    return this.#position;
  }

  /** The window at `position`, which moves on. */
  next(): TextBatch {
    const window = this.#position % this.windows;
    const cut = (shift: number): NDArray => {
      const rows = Array.from({ length: this.#steps }, (_, t) => window * this.#steps + t + shift);
      return array(
        rows.map((row) => Array.from({ length: this.#batch }, (_, b) => this.#ids[b * this.#stride + row]!)),
        { dtype: "i32" },
      );
    };
    this.#position++;
    return { ids: cut(0), labels: cut(1), first: window === 0 };
  }

  /** Windows from `position` on, without end. */
  *[Symbol.iterator](): Generator<TextBatch, never> {
    for (;;) yield this.next();
  }
}
