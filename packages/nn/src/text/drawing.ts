import type { NDArray } from "@org/core";
import type { Call, Collection, Decoding } from "./decoding.ts";
import { checkSampling, type SampleOptions, sample } from "./sample.ts";

/** Each id is drawn by its probability, or is the likeliest. */
export function drawing({
  stop,
  temperature = 1,
  topK,
  topP,
}: SampleOptions & { readonly stop?: number; readonly temperature?: number }): Decoding {
  const options = { temperature, ...(topK !== undefined && { topK }), ...(topP !== undefined && { topP }) };
  checkSampling("generate", options);
  return {
    first: () => ({}),
    choose(carry, { logits, key }) {
      const ids = sample(key, logits, options);
      return { carry: { ...carry, ids }, y: { ids } };
    },
    collect: (prompts, call) => new Drawn(prompts, call, stop),
  };
}

/** The ids after each prompt, up to the stop or the length asked for. */
class Drawn implements Collection {
  readonly #texts: readonly { readonly skip: number; readonly ids: number[]; ended: boolean }[];
  readonly #call: Call;
  readonly #stop: number | undefined;
  /** Steps taken. */
  #at = 0;

  constructor(prompts: readonly ArrayLike<number>[], call: Call, stop: number | undefined) {
    // What is drawn before the last id of the prompt is read is not used.
    this.#texts = prompts.map((prompt) => ({ skip: prompt.length - 1, ids: [], ended: false }));
    this.#call = call;
    this.#stop = stop;
  }

  ended(): boolean {
    return this.#texts.every(({ ended }) => ended);
  }

  take({ ids }: Readonly<Record<string, NDArray>>): void {
    const [chunk = 0, rows = 0] = ids!.shape;
    const { length, onIds } = this.#call;
    for (const [row, text] of this.#texts.entries()) {
      const before = text.ids.length;
      for (let t = Math.max(0, text.skip - this.#at); t < chunk && !text.ended; t++) {
        const id = ids!.data[t * rows + row]!;
        if (id !== this.#stop) text.ids.push(id);
        text.ended = id === this.#stop || text.ids.length === length;
      }
      if (text.ids.length > before) onIds?.(Int32Array.from(text.ids.slice(before)), row);
    }
    this.#at += chunk;
  }

  finish(): Int32Array[] {
    return this.#texts.map(({ ids }) => Int32Array.from(ids));
  }
}
