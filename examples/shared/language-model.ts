/** Training and measuring a recurrent language model of ids, whatever they stand for. */
import { compile, evaluate, input, type Runtime, type Tensor } from "@org/core";
import {
  type Cell,
  crossEntropy,
  Embedding,
  Linear,
  parameters,
  perplexity,
  recurrent,
  TextBatches,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, train, warmupCosine } from "@org/optim";
import { progressBar } from "@org/optim/node";

/** Ids → vectors → a cell → scores of the id that follows. */
export interface LanguageModel {
  readonly cell: Cell<Readonly<Record<string, Tensor>>>;
  readonly embed: (ids: Tensor) => Tensor;
  readonly score: (h: Tensor) => Tensor;
  /** Everything with weights. */
  readonly parts: object;
}

/** An embedding, a cell and a linear head, the first and the last drawn from seeds 2 and 3. */
export function embeddedModel<State>(
  cell: Cell<State> & { readonly inputSize: number },
  { count, hiddenSize }: { readonly count: number; readonly hiddenSize: number },
): LanguageModel {
  const embedding = new Embedding({ count, size: cell.inputSize, seed: 2 });
  const head = new Linear({ inputSize: hiddenSize, outputSize: count, seed: 3 });
  return {
    cell: cell as unknown as LanguageModel["cell"],
    embed: (ids) => embedding.apply(ids),
    score: (h) => head.apply(h),
    parts: { cell, embedding, head },
  };
}

export interface Plan {
  readonly name: string;
  readonly batch: number;
  readonly window: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly runtime: Runtime;
}

export interface Learned {
  /** The mean loss of each step, in nats. */
  readonly losses: readonly number[];
  /** Ids per second of training. */
  readonly speed: number;
  /** The perplexity on ids that it has not seen, from the state before any text. */
  measure(held: ArrayLike<number>): number;
}

/** Trains with Adam, a rising and falling rate and clipped gradients; the state goes on from window to window. */
export async function learn(model: LanguageModel, training: ArrayLike<number>, plan: Plan): Promise<Learned> {
  const { name, batch, window, steps, learningRate, runtime } = plan;
  const { cell } = model;
  const zero = evaluate(cell.initialState(batch));
  const states = Object.fromEntries(Object.entries(zero).map(([key, { shape }]) => [key, input(key, shape)]));
  const ids = input("ids", [window, batch], "i32");
  const labels = input("labels", [window, batch], "i32");
  const { outputs, state } = recurrent(cell, model.embed(ids), { initialState: states });
  const loss = crossEntropy(model.score(outputs), labels);
  const rate = warmupCosine(learningRate, { warmup: Math.ceil(steps / 20), steps: steps + 1 });
  const updates = minimize(
    loss,
    parameters(model.parts),
    chain(clipByGlobalNorm(1), adam({ learningRate: rate })),
  );
  const inputs = { ids, labels, ...states };
  const step = compile({ inputs, outputs: { loss, state }, updates, runtime });
  const look = compile({ inputs, outputs: { loss, state }, runtime });

  /** Makes a program read windows in order; what it returns is the loss of one. */
  const reader = (run: typeof step) => {
    let before = zero;
    return ({ ids, labels, first }: ReturnType<TextBatches["next"]>): number => {
      const { loss, state } = run({ ids, labels, ...(first ? zero : before) });
      before = state;
      return loss.item();
    };
  };

  const losses: number[] = [];
  const read = reader(step);
  const start = performance.now();
  await train({
    data: new TextBatches(training, { batch, steps: window }),
    step: (each) => {
      const loss = read(each);
      losses.push(loss);
      return { loss };
    },
    steps,
    callbacks: [progressBar({ describe: ({ metrics }) => `${name}: loss ${metrics.loss?.toFixed(3)}` })],
  });
  const speed = (steps * batch * window) / ((performance.now() - start) / 1000);

  return {
    losses,
    speed,
    measure(held) {
      const batches = new TextBatches(held, { batch, steps: window });
      const read = reader(look);
      let nats = 0;
      for (let i = 0; i < batches.windows; i++) nats += read(batches.next()) / batches.windows;
      return perplexity(nats);
    },
  };
}

/** The mean of each stretch of losses, in all `points`, as perplexities. */
export function smoothed(losses: readonly number[], points = 50): { x: number[]; y: number[] } {
  const length = Math.max(1, Math.floor(losses.length / points));
  const starts = Array.from({ length: Math.floor(losses.length / length) }, (_, i) => i * length);
  const mean = (start: number): number =>
    losses.slice(start, start + length).reduce((sum, loss) => sum + loss / length, 0);
  return { x: starts.map((start) => start + length), y: starts.map((start) => perplexity(mean(start))) };
}
