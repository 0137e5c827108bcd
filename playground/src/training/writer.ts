import { div, maximum } from "@org/core";
import { generate, randomState, type Writer } from "@org/nn";
import { cellsOf, readOne } from "./model.ts";
import type { Training } from "./training.ts";

/** What a sample goes on from, and what was written. */
export interface Sample {
  readonly step: number;
  readonly temperature: number;
  readonly prompt: string;
  readonly text: string;
}

const PROMPT = 24;

/** Writes on from held-out text. The temperature is a parameter: turning it compiles nothing anew. */
export class TextWriter {
  readonly #training: Training;
  readonly #write: Writer;

  constructor(training: Training) {
    const { model, dials, settings, runtime } = training;
    const temperature = maximum(dials.temperature, 1e-3);
    this.#training = training;
    this.#write = generate({
      step: (ids, before) => {
        const { logits, state } = readOne(model, ids, before);
        return { logits: div(logits, temperature), state };
      },
      initialState: cellsOf(model).map((cell) => cell.initialState(1)),
      random: randomState(settings.seed),
      runtime,
    });
  }

  write(length: number): Sample {
    const { corpus, dials, step } = this.#training;
    const { heldOut, training, vocabulary } = corpus;
    const prompt = (heldOut.length > 0 ? heldOut : training).subarray(0, PROMPT);
    return {
      step,
      temperature: dials.temperature.value.item(),
      prompt: vocabulary.decode(prompt),
      text: vocabulary.decode(this.#write(prompt, { length })),
    };
  }
}
