import { checkOptionNames, checkOptionValues, GraphError } from "@org/core";
import { natural, oneOf } from "../options.ts";
import type { ParameterRecord } from "../transform.ts";
import type { Callback, TrainingEnd, TrainingEvent, TrainingPosition, TrainingResult } from "./callback.ts";
import { type EarlyStoppingOptions, earlyStopping, type Watcher } from "./early-stopping.ts";
import { type KeepBestOptions, keepBest } from "./keep-best.ts";
import { addTo, type Metrics, meansOf, type Numbers, numbersOf } from "./metrics.ts";
import { type CheckpointOptions, type Progress, pack, unpack } from "./saving.ts";
import { batchesFrom, countOf, type TrainingData } from "./training-data.ts";
import { TrainingError } from "./training-error.ts";
import { turns } from "./turn.ts";

/** What `train` takes. */
export interface TrainOptions<Batch, M extends Metrics, V extends Metrics> {
  /** One step on one batch: a compiled executable, or a function that calls one. Returns what it measured. */
  step(batch: Batch): M | Promise<M>;
  /** The batches of an epoch. */
  readonly data: TrainingData<Batch>;
  /** Passes over the data at most. Default: no limit; there has to be one of `epochs` and `steps`. */
  readonly epochs?: number;
  /** Steps at most, over all epochs. Default: no limit. */
  readonly steps?: number;
  /** Measures how good the weights are, after each epoch and at the end. */
  validate?(): V | Promise<V>;
  /** Steps between validations. Default: one after each epoch. */
  readonly validateEvery?: number;
  /** Stop when a metric has not become better for some time. Default: no. */
  readonly earlyStopping?: EarlyStoppingOptions<keyof (NoInfer<M> & NoInfer<V>) & string>;
  /** Set the weights to the best that were seen, at the end. Default: they are the last. */
  readonly keepBest?: KeepBestOptions<keyof (NoInfer<M> & NoInfer<V>) & string>;
  /** What else is to be called on the way: logs, a progress bar, functions of your own. */
  readonly callbacks?: readonly Callback<Numbers<NoInfer<M>>, Numbers<NoInfer<V>>>[];
  /** Aborted, it ends training after the step that is under way. */
  readonly signal?: { readonly aborted: boolean };
  /** Save, and go on from what was saved. Default: no. */
  readonly checkpoint?: CheckpointOptions;
  /** A `randomState` of `@org/nn` that the step draws from: checkpoints keep it, as `random`. Default: none. */
  readonly random?: { readonly state: ParameterRecord };
  /** What to do about a metric of a step that is NaN or infinite. Default: `"throw"`, before it is saved. */
  readonly nonFinite?: "throw" | "ignore";
}

/**
 * Trains: a step for each batch of each epoch, with validation, early stopping, the best weights, callbacks and
 * checkpoints. Values that are looked at to stop or to keep weights are those of the validation or, without one, the
 * means of an epoch.
 *
 * With a checkpoint it goes on where the last one was made, and ends in the same bits as without a break: weights, state
 * of the optimizer, keys, place in the data, patience and best weights, provided that the data are the same again and
 * steps run on as many threads. An aborted signal saves a checkpoint and ends as `"interrupted"`.
 * @throws GraphError for options out of their ranges; TrainingError for a metric that is not finite, or an epoch without
 *   data; CheckpointError for a checkpoint of another model; whatever `step`, `validate` and callbacks throw
 * @example
 * const x = input("x", []);
 * const w = parameter("w", 0);
 * const loss = square(sub(w, x));
 * const updates = minimize(loss, { w }, sgd({ learningRate: 0.25 }));
 * const { ended, step } = await train({
 *   step: compile({ inputs: { x }, outputs: { loss }, updates }),
 *   data: [{ x: 1 }, { x: 3 }],
 *   epochs: 5,
 * });
 * [ended, step]; // → ["completed", 10]
 */
export async function train<Batch, M extends Metrics, V extends Metrics = Record<never, never>>(
  options: TrainOptions<Batch, M, V>,
): Promise<TrainingResult<Numbers<M>, Numbers<V>>> {
  const training = new Training(options);
  let result: TrainingResult<Numbers<M>, Numbers<V>> | undefined;
  try {
    result = await training.run();
  } finally {
    await training.close(result);
  }
  return result;
}

const OPTIONS =
  "step data epochs steps validate validateEvery earlyStopping keepBest callbacks signal checkpoint random nonFinite";

class Training<Batch, M extends Metrics, V extends Metrics> {
  readonly #options: TrainOptions<Batch, M, V>;
  readonly #callbacks: readonly Callback<Numbers<M>, Numbers<V>>[];
  readonly #watchers: readonly Watcher[];
  readonly #best: ReturnType<typeof keepBest> | undefined;
  readonly #at: Progress = { step: 0, epoch: 0, batch: 0, looked: 0, sums: {} };
  readonly #turn: () => Promise<void> | undefined = turns();
  #metrics: Numbers<M> | undefined;
  #validation: Numbers<V> | undefined;
  #stopped = false;

  constructor(options: TrainOptions<Batch, M, V>) {
    checkOptionNames("train", options, OPTIONS, "step data");
    if (options.checkpoint)
      checkOptionNames(
        "train",
        options.checkpoint,
        "store state every resume metadata restored",
        "store state",
      );
    checkOptions(options);
    this.#options = { ...options, ...withRandom(options) };
    this.#best = options.keepBest && keepBest(options.keepBest);
    const stopper = options.earlyStopping && earlyStopping(options.earlyStopping);
    this.#watchers = [this.#best, stopper].filter((watcher) => watcher !== undefined);
    const given = options.callbacks ?? [];
    this.#callbacks = [...(this.#watchers as unknown as typeof given), ...given];
    checkNames(this.#callbacks);
  }

  async run(): Promise<TrainingResult<Numbers<M>, Numbers<V>>> {
    const { checkpoint, data, steps = Infinity, epochs = Infinity } = this.#options;
    if (checkpoint && checkpoint.resume !== false)
      await unpack(checkpoint, this.#callbacks as Callback[], this.#at);
    const total = Math.min(steps, epochs * countOf(data));
    await this.#tell("start", {
      ...this.#position(),
      total: Number.isFinite(total) ? total : undefined,
      stop: this.#stop,
    });
    let ended = this.#ended();
    while (!ended) ended = await this.#epoch();
    if (ended !== "interrupted" && this.#at.looked < this.#at.step) await this.#look();
    if (checkpoint) await this.#save(checkpoint);
    if (ended !== "interrupted") this.#best?.restore();
    const [metrics, validation] = [this.#metrics, this.#validation];
    return { ended, ...this.#position(), metrics, validation, best: this.#best?.found() };
  }

  async close(result: TrainingResult<Numbers<M>, Numbers<V>> | undefined): Promise<void> {
    await this.#tell("end", result);
  }

  /** Walks the rest of an epoch; returns why training ends, undefined where it goes on. */
  async #epoch(): Promise<TrainingEnd | undefined> {
    const { data, checkpoint, validateEvery } = this.#options;
    const at = this.#at;
    for await (const batch of batchesFrom(data, this.#position())) {
      await this.#step(batch);
      if (validateEvery && at.step % validateEvery === 0) await this.#look();
      if (checkpoint?.every && at.step % checkpoint.every === 0) await this.#save(checkpoint);
      await this.#turn();
      const ended = this.#ended();
      if (ended) return ended;
    }
    if (at.batch === 0) {
      const again = at.epoch > 0 ? ": they can be walked only once; a function could return them anew" : "";
      throw new TrainingError(`epoch ${at.epoch} has no data${again}`, at);
    }
    const means: Numbers<M> = meansOf(at.sums, at.batch);
    Object.assign(at, { epoch: at.epoch + 1, batch: 0, sums: {} });
    await this.#tell("epoch", this.#event(means));
    if (!validateEvery) await this.#look(means);
    if (checkpoint && !checkpoint.every) await this.#save(checkpoint);
    await this.#turn();
    return this.#ended();
  }

  async #step(batch: Batch): Promise<void> {
    const { step, nonFinite = "throw" } = this.#options;
    const metrics = numbersOf(await step(batch));
    if (nonFinite === "throw") this.#refuseNonFinite(metrics);
    this.#metrics = metrics;
    this.#at.step++;
    this.#at.batch++;
    addTo(this.#at.sums, metrics);
    await this.#tell("step", this.#event(metrics));
  }

  /** Validates, and shows the result to those who decide by it. */
  async #look(means?: Numbers<M>): Promise<void> {
    const { validate } = this.#options;
    const { step, batch, sums } = this.#at;
    this.#at.looked = step;
    let seen: Readonly<Record<string, number>> = means ?? meansOf(sums, batch);
    if (validate) {
      this.#validation = numbersOf(await validate());
      seen = this.#validation;
      await this.#tell("validation", this.#event(this.#validation));
    }
    for (const watcher of this.#watchers) watcher.look(seen, step, this.#stop);
  }

  async #save(checkpoint: CheckpointOptions): Promise<void> {
    await this.#tell("checkpoint", this.#position());
    await checkpoint.store.save(pack(checkpoint, this.#callbacks as Callback[], this.#at));
  }

  #ended(): TrainingEnd | undefined {
    const { signal, steps = Infinity, epochs = Infinity } = this.#options;
    if (this.#at.step >= steps || this.#at.epoch >= epochs) return "completed";
    if (this.#stopped) return "stopped";
    return signal?.aborted ? "interrupted" : undefined;
  }

  readonly #stop = (): void => {
    this.#stopped = true;
  };

  #position(): TrainingPosition {
    const { step, epoch, batch } = this.#at;
    return { step, epoch, batch };
  }

  #event<N>(metrics: N): TrainingEvent<N> {
    return { ...this.#position(), metrics, stop: this.#stop };
  }

  async #tell<Event extends keyof Told<M, V>>(event: Event, what: Told<M, V>[Event]): Promise<void> {
    for (const callback of this.#callbacks) {
      const waiting = (callback[event] as ((what: unknown) => unknown) | undefined)?.(what);
      if (waiting) await waiting;
    }
  }

  #refuseNonFinite(metrics: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(metrics)) {
      if (Number.isFinite(value)) continue;
      const { step } = this.#at;
      const hint = "compile({ …, checkNumerics: true }) names the node it comes from";
      throw new TrainingError(`${name} is ${value} in step ${step + 1}\n  hint: ${hint}`, this.#at, name);
    }
  }
}

type Told<M, V> = {
  [Event in "start" | "step" | "epoch" | "validation" | "checkpoint" | "end"]: Parameters<
    NonNullable<Callback<Numbers<M>, Numbers<V>>[Event]>
  >[0];
};

/** The checkpoint's options with the random state among what is saved. */
function withRandom({
  random,
  checkpoint,
}: Pick<TrainOptions<never, never, never>, "random" | "checkpoint">): { checkpoint?: CheckpointOptions } {
  if (!random || !checkpoint) return {};
  if (Object.hasOwn(checkpoint.state, "random")) {
    const problem = "checkpoint.state has a part called random beside the option random";
    throw new GraphError({ op: "train", problem });
  }
  return { checkpoint: { ...checkpoint, state: { ...checkpoint.state, random: random.state } } };
}

function checkOptions(
  options: Pick<
    TrainOptions<never, never, never>,
    "epochs" | "steps" | "validateEvery" | "checkpoint" | "nonFinite"
  >,
): void {
  const { epochs, steps, validateEvery, checkpoint, nonFinite = "throw" } = options;
  if (epochs === undefined && steps === undefined)
    throw new GraphError({ op: "train", problem: "expected epochs or steps, received neither" });
  const numbers = { epochs, steps, validateEvery, "checkpoint.every": checkpoint?.every };
  for (const [name, value] of Object.entries(numbers))
    if (value !== undefined) checkOptionValues("train", { [name]: [value, natural] });
  checkOptionValues("train", { nonFinite: [nonFinite, oneOf("throw", "ignore")] });
}

/** What callbacks remember is saved under their names. */
function checkNames(callbacks: readonly { readonly name?: string; readonly state?: object }[]): void {
  const names = callbacks.filter(({ state }) => state).map(({ name }) => name);
  if (names.every((name, i) => name && names.indexOf(name) === i)) return;
  throw new GraphError({
    op: "train",
    problem: `callbacks with a state need names of their own, received ${names.map((name) => name ?? "none").join(", ")}`,
  });
}
