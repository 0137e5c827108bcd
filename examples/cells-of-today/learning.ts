/** Training of one model at the rates that are best for it, which short trials of the same training find. */
import {
  add,
  cast,
  compile,
  cos,
  div,
  minimum,
  mul,
  type NDArray,
  parameter,
  type Runtime,
  type Tensor,
} from "@org/core";
import { parameters } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";

/** The rates that are tried. */
export const rates: readonly number[] = [0.003, 0.01, 0.03, 0.1];

export type Values = Readonly<Record<string, NDArray | readonly number[]>>;

/** What a model is told, and how well it knows it afterwards. */
export interface Lesson {
  /** Everything with weights. */
  readonly parts: object;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly loss: Tensor;
  /** What goes from step to step beside the weights, by the names of inputs. */
  readonly carried: Readonly<Record<string, Tensor>>;
  /** Begins anew: the same batches every time, each after what the step before it carried. */
  begin(): (carried: Readonly<Record<string, NDArray>>) => Values;
  /** The error of sums, or the perplexity of characters, that it has not seen; of sums, the part that is right within 0.1. */
  measure(): { readonly measured: number; readonly right?: number };
}

export interface Learned {
  readonly rate: number;
  /** The loss of each step. */
  readonly losses: readonly number[];
  /** The processor's time of a step. */
  readonly milliseconds: number;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value / values.length, 0);

/** The loss at the end of a run, in the mean of its last tenth; the largest number where it is none. */
export function lastOf(losses: readonly number[]): number {
  const last = mean(losses.slice(-Math.ceil(losses.length / 10)));
  return Number.isFinite(last) ? last : Number.MAX_VALUE;
}

/**
 * Tries every rate for `trial` steps, trains at the two best of them, and leaves the weights of the run that ended lower.
 * Adam with clipped gradients, a rate that rises for a twentieth of the steps and falls by half a cosine.
 */
export function learn(lesson: Lesson, steps: number, trial: number, runtime: Runtime): Learned {
  const weights = parameters(lesson.parts);
  const [peak, length] = [parameter("peak", 0), parameter("length", 1)];
  // peak · min(20 t / n, ½ (1 + cos(π t / n)))
  const rate = (t: Tensor): Tensor => {
    const progress = div(cast(t, "f32"), length);
    const falling = mul(0.5, add(1, cos(mul(Math.PI, progress))));
    return mul(peak, minimum(mul(20, progress), falling));
  };
  const updates = minimize(lesson.loss, weights, chain(clipByGlobalNorm(1), adam({ learningRate: rate })));
  const { inputs, loss, carried } = lesson;
  const step = compile({ inputs, outputs: { loss, carried }, updates, runtime });
  const start = [...Object.values(weights), ...Object.values(updates.state)].map(
    (each) => [each, each.value] as const,
  );

  const run = (at: number, count: number): Learned => {
    for (const [each, value] of start) each.value = value;
    [peak.value, length.value] = [at, count];
    const next = lesson.begin();
    let before: Readonly<Record<string, NDArray>> = {};
    const losses: number[] = [];
    let microseconds = 0;
    while (losses.length < count) {
      const feeds = next(before);
      const begin = process.cpuUsage();
      const results = step(feeds);
      const { user, system } = process.cpuUsage(begin);
      microseconds += user + system;
      before = results.carried;
      losses.push(results.loss.item());
    }
    return { rate: at, losses, milliseconds: microseconds / 1000 / count };
  };

  const tried = rates.map((each) => run(each, trial)).toSorted((a, b) => lastOf(a.losses) - lastOf(b.losses));
  const finalists = tried.slice(0, 2).map(({ rate }) => {
    const learned = run(rate, steps);
    return { learned, values: start.map(([each]) => [each, each.value] as const) };
  });
  const winner = finalists.reduce((a, b) => (lastOf(b.learned.losses) < lastOf(a.learned.losses) ? b : a));
  for (const [each, value] of winner.values) each.value = value;
  return winner.learned;
}
