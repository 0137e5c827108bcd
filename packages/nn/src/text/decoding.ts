import type { NDArray, Structure, Tensor } from "@org/core";

/** What goes on from step to step of a text that is being written; `ids [rows]` are the ones to be read next. */
export interface Carry {
  readonly state: Structure<Tensor>;
  readonly ids: Tensor;
  readonly [name: string]: Structure<Tensor>;
}

/** How the next ids are chosen. */
export interface Decoding {
  /** What a carry has beside state and ids, before the first step; `dtype` is that of the state. */
  first(dtype: Tensor["dtype"]): Readonly<Record<string, Tensor>>;
  /**
   * The carry after a step, and what the host is told of it. `logits [rows, classes]`; `writes [batch]` says whose prompt
   * is read, so that what is chosen now counts.
   */
  choose(
    carry: Carry,
    step: { readonly logits: Tensor; readonly key: Tensor; readonly writes: Tensor },
  ): { readonly carry: Carry; readonly y: Readonly<Record<string, Tensor>> };
  /** Texts that follow some prompts, put together from the steps. */
  collect(prompts: readonly ArrayLike<number>[], call: Call): Collection;
}

export interface Call {
  readonly length: number;
  readonly onIds?: ((ids: Int32Array, row: number) => void) | undefined;
}

export interface Collection {
  /** Whether no more steps are needed. */
  ended(): boolean;
  /** What `choose` told of a chunk of steps, `[chunk, rows]` each. */
  take(steps: Readonly<Record<string, NDArray>>): void;
  finish(): Int32Array[];
}
