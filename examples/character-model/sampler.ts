import type { Runtime } from "@org/core";
import { generate, type RandomState, type Vocabulary } from "@org/nn";
import type { Model, State } from "./model.ts";

/** Writes so many characters after a prompt, which is given as ids. */
export type Sampler = (prompt: ArrayLike<number>, length: number) => string;

interface SamplerOptions {
  /** Scores are divided by it: below 1 the likely gets likelier, 0 always takes the likeliest. */
  readonly temperature: number;
  /** Where draws come from. It moves on as it writes, so texts differ, yet can be repeated. */
  readonly random: RandomState;
  readonly runtime: Runtime;
}

/** Each character is drawn from the model's scores and read back, in one compiled loop. */
export function createSampler(
  { embedding, cell, head }: Model,
  vocabulary: Vocabulary,
  options: SamplerOptions,
): Sampler {
  const write = generate({
    step(ids, before: State) {
      const state = cell.step(embedding.apply(ids), before);
      return { logits: head.apply(cell.output(state)), state };
    },
    initialState: cell.initialState(1),
    ...options,
  });
  return (prompt, length) => vocabulary.decode(write(prompt, { length }));
}
