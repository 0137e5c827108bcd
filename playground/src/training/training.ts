import {
  compile,
  createRuntime,
  input,
  type Parameter,
  parameter,
  type Runtime,
  type Tensor,
} from "@org/core";
import { crossEntropy, parameters, type TextBatch, TextBatches } from "@org/nn";
import { globalNorm, minimize, type TrainingState } from "@org/optim";
import { Problem } from "../problem.ts";
import type { Dials, Settings } from "../settings.ts";
import { type Corpus, streamsIn } from "./corpus.ts";
import { Memory } from "./memory.ts";
import { type CellTyper, createModel, type Model, read } from "./model.ts";
import { transformOf } from "./transform.ts";
import type { State } from "./typed-cell.ts";

/** What a step saw: nats per character, and the norm of the gradient before clipping. */
export interface Seen {
  readonly loss: number;
  readonly norm: number;
}

type Window = Pick<TextBatch, "ids" | "labels">;

/** The most windows of held-out text that one look takes. */
const MOST_WINDOWS = 4;

/**
 * A model in training. All that changes is in `state`, so that a run goes on where it was saved. What else is compiled,
 * such as `validate`, waits until it is asked for: the first step comes sooner.
 */
export class Training {
  readonly settings: Settings;
  readonly corpus: Corpus;
  readonly model: Model;
  readonly runtime: Runtime;
  /** The mean loss over a window, and what it is made of: for pictures and diagnostics. */
  readonly graph: {
    readonly ids: Tensor;
    readonly labels: Tensor;
    readonly loss: Tensor;
    readonly outputs: Tensor;
    readonly state: readonly State[];
  };
  readonly dials: {
    readonly learningRate: Parameter;
    readonly clip: Parameter;
    readonly temperature: Parameter;
  };
  /** All that changes: `files.ts` saves and restores it. */
  readonly state: TrainingState;
  readonly weights: Readonly<Record<string, Parameter>>;
  /** Streams read side by side: those asked for, or as many as the text fills. */
  readonly batch: number;
  readonly #batches: TextBatches;
  readonly #memory: Memory;
  readonly #advance: (window: Window) => Seen;
  #validate: (() => number) | undefined;
  #last: TextBatch | undefined;

  /**
   * @throws Problem for a text that fills no window, equations that are no cell, and an engine without WebAssembly; what
   * the library throws for a model it cannot make
   */
  constructor(settings: Settings, dials: Dials, corpus: Corpus, position = 0, typer?: CellTyper) {
    if (!("WebAssembly" in globalThis)) throw new Problem({ kind: "noWebAssembly", said: {} });
    const { window } = settings;
    this.settings = settings;
    this.corpus = corpus;
    this.batch = streamsIn(corpus.training, window, settings.batch);
    if (this.batch === 0) {
      const said = { window, needed: window + 1, found: corpus.training.length };
      throw new Problem({ kind: "shortText", said });
    }
    this.model = createModel(settings, corpus.vocabulary.size, typer);
    this.weights = parameters(this.model);
    this.runtime = createRuntime({ threads: settings.threads });
    this.#memory = new Memory(this.model, this.batch);
    this.#batches = new TextBatches(corpus.training, { batch: this.batch, steps: window, position });
    this.dials = {
      learningRate: parameter("learningRate", dials.learningRate),
      clip: parameter("clip", boundOf(dials.clip)),
      temperature: parameter("temperature", dials.temperature),
    };

    const shape = [window, this.batch];
    const [ids, labels] = [input("ids", shape, "i32"), input("labels", shape, "i32")];
    const { logits, outputs, state } = read(this.model, ids, this.#memory.state);
    const loss = crossEntropy(logits, labels);
    this.graph = { ids, labels, loss, outputs, state };
    const updates = minimize(loss, this.weights, transformOf(settings, this.dials));
    const step = compile({
      runtime: this.runtime,
      inputs: { ids, labels },
      outputs: { loss, norm: globalNorm(updates.gradients) },
      updates: [...updates, ...this.#memory.updates(state)],
    });
    this.#advance = ({ ids, labels }) => {
      const { loss, norm } = step({ ids, labels });
      return { loss: loss.item(), norm: norm.item() };
    };
    this.state = { weights: this.weights, optimizer: updates.state, memory: this.#memory.record };
  }

  /** Steps done. */
  get step(): number {
    return this.#batches.position;
  }

  /** Characters that one step reads. */
  get characters(): number {
    return this.batch * this.settings.window;
  }

  /** The window that the last step read; before the first step, the one it will read. */
  get window(): TextBatch {
    const { training } = this.corpus;
    const options = { batch: this.batch, steps: this.settings.window, position: Math.max(0, this.step - 1) };
    return this.#last ?? new TextBatches(training, options).next();
  }

  /** Forward, backward, clipping and the optimizer's step on the next window. */
  advance(): Seen {
    const window = this.#batches.next();
    if (window.first) this.#memory.clear();
    this.#last = window;
    return this.#advance(window);
  }

  turn({ learningRate, clip, temperature }: Dials): void {
    this.dials.learningRate.value = learningRate;
    this.dials.clip.value = boundOf(clip);
    this.dials.temperature.value = temperature;
  }

  /** The mean loss on held-out text; undefined for a text too short to have any. */
  validate(): number | undefined {
    const { window } = this.settings;
    const batch = streamsIn(this.corpus.heldOut, window, this.batch);
    if (batch === 0) return undefined;
    this.#validate ??= this.#compileValidation(window, batch);
    return this.#validate();
  }

  #compileValidation(window: number, batch: number): () => number {
    const memory = new Memory(this.model, batch);
    const shape = [window, batch];
    const [ids, labels] = [input("ids", shape, "i32"), input("labels", shape, "i32")];
    const { logits, state } = read(this.model, ids, memory.state);
    const look = compile({
      runtime: this.runtime,
      inputs: { ids, labels },
      outputs: { loss: crossEntropy(logits, labels) },
      updates: memory.updates(state),
    });
    return () => {
      memory.clear();
      const batches = new TextBatches(this.corpus.heldOut, { batch, steps: window });
      const count = Math.min(MOST_WINDOWS, batches.windows);
      let total = 0;
      for (let i = 0; i < count; i++) {
        const { ids, labels } = batches.next();
        total += look({ ids, labels }).loss.item();
      }
      return total / count;
    };
  }

  /** Ends threads and gives memory back. */
  dispose(): void {
    this.runtime.dispose();
  }
}

const boundOf = (clip: number): number => (clip > 0 ? clip : Number.POSITIVE_INFINITY);
