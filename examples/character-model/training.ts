import { add, compile, input, math, parameter, type Tensor } from "@org/core";
import { crossEntropy, parameters, type TextBatch, TextBatches } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, type TrainingState } from "@org/optim";
import { Memory } from "./memory.ts";
import { createModel, type Model, read } from "./model.ts";
import type { Settings } from "./options.ts";
import { Sampler } from "./sampler.ts";
import { type Corpus, requireLength } from "./text.ts";

const largestGradient = 1;
/** The learning rate falls as 1 / √(1 + step / patience). */
const patience = 300;

/** A loss in nats per character, and the number of training steps before it. */
export interface Measurement {
  readonly step: number;
  readonly loss: number;
}

type Step = (window: Pick<TextBatch, "ids" | "labels">) => number;

/** A model in training: all that changes is in `values`, so that it can be saved and restored exactly. */
export class Training {
  readonly model: Model;
  readonly sampler: Sampler;
  /** The mean loss over a window, as a graph, for pictures. */
  readonly loss: Tensor;
  /** Everything that training changes: weights, the optimizer's state, the cell's state, the random key. */
  readonly state: TrainingState;
  /** The loss of every step. */
  losses: number[] = [];
  /** The loss on held-out text, now and then. */
  validations: Measurement[] = [];
  readonly #train: Step;
  readonly #memory: Memory;
  readonly #validate: Step;
  readonly #validationMemory: Memory;
  readonly #corpus: Corpus;
  readonly #sizes: { readonly batch: number; readonly steps: number };

  constructor(settings: Settings, corpus: Corpus, temperature: number) {
    const { batch, window, learningRate, seed } = settings;
    requireLength(corpus, batch, window);
    this.#corpus = corpus;
    this.#sizes = { batch, steps: window };
    this.model = createModel(settings, corpus.vocabulary.size);
    this.sampler = new Sampler(this.model, corpus.vocabulary, temperature, seed);
    this.#memory = new Memory(this.model.cell, batch);
    this.#validationMemory = new Memory(this.model.cell, batch);

    const ids = input("ids", [window, batch], "i32");
    const labels = input("labels", [window, batch], "i32");
    const { logits, state } = read(this.model, ids, this.#memory.state);
    this.loss = crossEntropy(logits, labels);
    const weights = parameters(this.model);
    const step = parameter("step", 0, "i32");
    const rate = math`${learningRate} / sqrt(1 + ${step} / ${patience})`;
    const clippedAdam = chain(clipByGlobalNorm(largestGradient), adam({ learningRate: rate }));
    const updates = minimize(this.loss, weights, clippedAdam);
    const train = compile({
      inputs: { ids, labels },
      outputs: { loss: this.loss },
      updates: [...updates, [step, add(step, 1)], ...this.#memory.updates(state)],
    });
    this.#train = ({ ids, labels }) => train({ ids, labels }).loss.item();

    const forward = read(this.model, ids, this.#validationMemory.state);
    const validate = compile({
      inputs: { ids, labels },
      outputs: { loss: crossEntropy(forward.logits, labels) },
      updates: this.#validationMemory.updates(forward.state),
    });
    this.#validate = ({ ids, labels }) => validate({ ids, labels }).loss.item();

    this.state = {
      weights,
      optimizer: updates.state,
      state: this.#memory.state,
      sampler: { key: this.sampler.key },
      step,
    };
  }

  /** Steps done. The place in the text follows from it: steps read windows in order. */
  get step(): number {
    return this.losses.length;
  }

  /** The windows that steps read, from a step on, without end. */
  windows(step: number): Iterable<TextBatch> {
    return this.#batches(this.#corpus.training, step);
  }

  /** Forward, backward, clipping and Adam on the next window; returns its loss. */
  advance(window: TextBatch): number {
    if (window.first) this.#memory.clear();
    const loss = this.#train(window);
    this.losses.push(loss);
    return loss;
  }

  /** The mean loss on the first windows of the held-out text, or on all of it; it is remembered. */
  validate(most: number = Number.POSITIVE_INFINITY): number {
    const batches = this.#batches(this.#corpus.validation);
    const count = Math.min(most, batches.windows);
    this.#validationMemory.clear();
    let total = 0;
    for (let i = 0; i < count; i++) total += this.#validate(batches.next());
    const loss = total / count;
    this.validations.push({ step: this.step, loss });
    return loss;
  }

  #batches(ids: Int32Array, position = 0): TextBatches {
    return new TextBatches(ids, { ...this.#sizes, position });
  }
}
