import { array, compile, input, type Runtime } from "@org/core";
import { type RandomState, randomState, sample, type Vocabulary } from "@org/nn";
import { Memory } from "./memory.ts";
import { type Model, read } from "./model.ts";

/** Writes text: each character is drawn from the model's scores and read back, one compiled step for each. */
export class Sampler {
  /** Where draws come from. It moves on with every character, so texts differ, yet can be repeated. */
  readonly random: RandomState;
  readonly #memory: Memory;
  readonly #vocabulary: Vocabulary;
  readonly #step: (id: number) => number;

  /** @param temperature Scores are divided by it: below 1 the likely gets likelier, 0 always takes the likeliest. */
  constructor(
    model: Model,
    vocabulary: Vocabulary,
    { temperature, seed, runtime }: { temperature: number; seed: number; runtime: Runtime },
  ) {
    this.#vocabulary = vocabulary;
    this.#memory = new Memory(model.cell, 1);
    this.random = randomState(seed);
    const ids = input("ids", [1, 1], "i32");
    const { logits, state } = read(model, ids, this.#memory.state);
    const step = compile({
      runtime,
      inputs: { ids },
      outputs: { id: sample(this.random, logits, { temperature }) },
      updates: [...this.random.updates, ...this.#memory.updates(state)],
    });
    this.#step = (id) => step({ ids: array([[id]], { dtype: "i32" }) }).id.item();
  }

  /** `length` characters that follow the prompt, which is given as ids. */
  write(prompt: Iterable<number>, length: number): string {
    this.#memory.clear();
    let next = 0;
    for (const id of prompt) next = this.#step(id);
    const ids = [next];
    while (ids.length < length) {
      next = this.#step(next);
      ids.push(next);
    }
    return this.#vocabulary.decode(ids);
  }
}
