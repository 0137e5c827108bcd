import { compile, createRuntime, input, type Runtime, type Tensor } from "@org/core";
import { crossEntropy, parameters, randomState, type TextBatch, TextBatches } from "@org/nn";
import {
  adam,
  chain,
  clipByGlobalNorm,
  globalNorm,
  minimize,
  type Schedule,
  type TrainingState,
  warmupCosine,
} from "@org/optim";
import { Memory } from "./memory.ts";
import { createModel, type Model, read } from "./model.ts";
import type { Settings } from "./options.ts";
import { createSampler, type Sampler } from "./sampler.ts";
import { type Corpus, requireLength } from "./text.ts";

const largestGradient = 1;
/** The part of a run in which the learning rate rises. */
const rise = 0.03;
/** Adam's second moment looks back a hundred steps, not a thousand: there are only some thousands in all. */
const beta2 = 0.99;

/** What a training step saw: its loss in nats per character, and the norm of its gradient before clipping. */
export interface Seen {
  readonly loss: number;
  readonly norm: number;
}

/** A loss on held-out text, and the number of training steps before it. */
export interface Measurement {
  readonly step: number;
  readonly loss: number;
}

type Step<Result> = (window: Pick<TextBatch, "ids" | "labels">) => Result;

/**
 * A model in training. All that changes is in `state`, so that it can be saved and restored exactly. Training,
 * evaluation and the sampler are compiled for one runtime: they read the same weights in the same memory.
 */
export class Training {
  readonly model: Model;
  readonly sampler: Sampler;
  /** The mean loss over a window, as a graph, for pictures. */
  readonly loss: Tensor;
  /** Everything that training changes: weights, the optimizer's state, the cell's state, the random key. */
  readonly state: TrainingState;
  /** What every step saw. */
  seen: Seen[] = [];
  /** The loss on held-out text, now and then. */
  validations: Measurement[] = [];
  readonly #runtime: Runtime;
  readonly #train: Step<Seen>;
  readonly #memory: Memory;
  readonly #validate: Step<number>;
  readonly #validationMemory: Memory;
  readonly #corpus: Corpus;
  readonly #sizes: { readonly batch: number; readonly steps: number };

  constructor(settings: Settings, corpus: Corpus, temperature: number) {
    const { batch, window, learningRate, steps, threads, seed } = settings;
    requireLength(corpus, batch, window);
    this.#corpus = corpus;
    this.#sizes = { batch, steps: window };
    this.model = createModel(settings, corpus.vocabulary.size);
    const runtime = createRuntime({ threads });
    this.#runtime = runtime;
    const random = randomState(seed);
    this.sampler = createSampler(this.model, corpus.vocabulary, { temperature, random, runtime });
    this.#memory = new Memory(this.model.cell, batch);
    this.#validationMemory = new Memory(this.model.cell, batch);

    const ids = input("ids", [window, batch], "i32");
    const labels = input("labels", [window, batch], "i32");
    const { logits, state } = read(this.model, ids, this.#memory.state);
    this.loss = crossEntropy(logits, labels);
    const weights = parameters(this.model);
    const clippedAdam = chain(
      clipByGlobalNorm(largestGradient),
      adam({ learningRate: riseAndFall(learningRate, steps), beta2 }),
    );
    const updates = minimize(this.loss, weights, clippedAdam);
    const train = compile({
      runtime,
      inputs: { ids, labels },
      outputs: { loss: this.loss, norm: globalNorm(updates.gradients) },
      updates: [...updates, ...this.#memory.updates(state)],
    });
    this.#train = ({ ids, labels }) => {
      const { loss, norm } = train({ ids, labels });
      return { loss: loss.item(), norm: norm.item() };
    };

    const forward = read(this.model, ids, this.#validationMemory.state);
    const validate = compile({
      runtime,
      inputs: { ids, labels },
      outputs: { loss: crossEntropy(forward.logits, labels) },
      updates: this.#validationMemory.updates(forward.state),
    });
    this.#validate = ({ ids, labels }) => validate({ ids, labels }).loss.item();

    this.state = {
      weights,
      optimizer: updates.state,
      state: this.#memory.state,
      sampler: random.state,
    };
  }

  /** Steps done. The place in the text follows from it: steps read windows in order. */
  get step(): number {
    return this.seen.length;
  }

  /** The windows that steps read, from a step on, without end. */
  windows(step: number): Iterable<TextBatch> {
    return this.#batches(this.#corpus.training, step);
  }

  /** Forward, backward, clipping and Adam on the next window. */
  advance(window: TextBatch): Seen {
    if (window.first) this.#memory.clear();
    const seen = this.#train(window);
    this.seen.push(seen);
    return seen;
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

  /** Ends threads and gives memory back. Weights keep their values. */
  dispose(): void {
    this.#runtime.dispose();
  }

  #batches(ids: Int32Array, position = 0): TextBatches {
    return new TextBatches(ids, { ...this.#sizes, position });
  }
}

/** From near 0 up to the rate given in a line, then down to near 0 as half a cosine, for a run of so many steps. */
function riseAndFall(learningRate: number, steps: number): Schedule {
  const warmup = Math.ceil(rise * steps);
  return warmupCosine(learningRate, { warmup, steps: steps + 1, start: learningRate / (warmup + 1) });
}
