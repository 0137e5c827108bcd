/** Trains one network on one task at one length, from several seeds, with one compiled program for all of them. */
import { add, argmax, array, compile, input, type NDArray, reshape, type Tensor } from "@org/core";
import { crossEntropy, EchoStateCell, gradientFlow, Linear, mse, parameters, recurrent } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, ridgeRegression } from "@org/optim";
import { drawBatch, type Task } from "../shared/memory-tasks.ts";
import { randomFrom } from "../shared/random.ts";
import { hidden, type Network } from "./networks.ts";

export interface Plan {
  readonly batch: number;
  /** Sequences at most. */
  readonly most: number;
  readonly learningRate: number;
}

export interface Outcome {
  /** Sequences until 95 % of the test are right; infinity where that was never so. */
  readonly needed: number;
  /** The largest part of the test that was right. */
  readonly best: number;
  /** The gradient that arrives at each state, relative to that at the last, before training and after; none without gradients. */
  readonly flow?: readonly [before: readonly number[], after: readonly number[]];
}

const [testBatches, enough] = [8, 0.95];

type Batch = ReturnType<typeof drawBatch>;

/** The part of the answers that is right. */
function right(task: Task, said: NDArray, answers: readonly number[]): number {
  const hits = answers.filter((answer, i) =>
    task.outputs === 1 ? Math.abs(said.data[i]! - answer) < 0.1 : said.data[i] === answer,
  );
  return hits.length / answers.length;
}

const test = (task: Task, length: number, batch: number): Batch[] =>
  Array.from({ length: testBatches }, (_, i) => drawBatch(task, length, batch, randomFrom(900 + i)));

const answerOf = (task: Task, y: Tensor): Tensor =>
  task.outputs === 1 ? reshape(y, [y.shape[0]!]) : argmax(y, { axis: -1 });

/** By gradients. */
export function learners(
  task: Task,
  length: number,
  network: Network,
  plan: Plan,
): (seed: number) => Outcome {
  const { batch, most, learningRate } = plan;
  const cell = network.cell(task.width, length, 1);
  const head = new Linear({ inputSize: hidden, outputSize: task.outputs, seed: 1 });
  const xs = input("xs", [length, batch, task.width]);
  const answers = input("answers", [batch], task.outputs === 1 ? "f32" : "i32");
  const { outputs, state } = recurrent(cell, xs);
  const y = head.apply(state.h);
  const loss = task.outputs === 1 ? mse(reshape(y, [batch]), answers) : crossEntropy(y, answers);
  const penalized = network.penalty ? add(loss, network.penalty(cell, loss, outputs)) : loss;
  const optimizer = adam({ learningRate });
  const updates = minimize(
    penalized,
    parameters({ cell, head }),
    network.clip > 0 ? chain(clipByGlobalNorm(network.clip), optimizer) : optimizer,
  );
  const inputs = { xs, answers };
  const step = compile({ inputs, outputs: { loss }, updates });
  const ask = compile({ inputs: { xs }, outputs: { said: answerOf(task, y) } });
  const flow = compile({ inputs, outputs: { norms: gradientFlow(loss, outputs) } });
  const start = Object.values(updates.state).map((each) => [each, each.value] as const);
  const tested = test(task, length, batch);

  return (seed) => {
    for (const [each, value] of start) each.value = value;
    const fresh = parameters({
      cell: network.cell(task.width, length, seed),
      head: new Linear({ inputSize: hidden, outputSize: task.outputs, seed: seed + 100 }),
    });
    for (const [name, parameter] of Object.entries(parameters({ cell, head })))
      parameter.value = fresh[name]!.value;
    const arriving = (): number[] => {
      const { xs, answers } = tested[0]!;
      const norms = Array.from(flow({ xs, answers }).norms.data);
      return norms.map((norm) => norm / (norms[length - 1] || 1));
    };
    const before = arriving();
    const random = randomFrom(seed);
    let [best, needed] = [0, Number.POSITIVE_INFINITY];
    const every = 800;
    for (let seen = batch; seen <= most && needed === Number.POSITIVE_INFINITY; seen += batch) {
      const drawn = drawBatch(task, length, batch, random);
      const { loss } = step({ xs: drawn.xs, answers: drawn.answers });
      if (!Number.isFinite(loss.item())) break;
      if (seen % every > 0) continue;
      const share = mean(tested.map(({ xs, answers }) => right(task, ask({ xs }).said, answers)));
      best = Math.max(best, share);
      if (share >= enough) needed = seen;
    }
    return { needed, best, flow: [before, arriving()] };
  };
}

/** In closed form: a reservoir that is not trained, and ridge regression from its last state, of twice as many sequences each time. */
export function echoState(task: Task, length: number, { batch, most }: Plan): (seed: number) => Outcome {
  const units = 3 * hidden;
  return (seed) => {
    const cell = new EchoStateCell({
      inputSize: task.width,
      hiddenSize: units,
      spectralRadius: 1,
      inputScale: 0.5,
      seed,
    });
    const xs = input("xs", [length, batch, task.width]);
    const run = compile({ inputs: { xs }, outputs: { h: recurrent(cell, xs).state.h } });
    const states = (batches: readonly Batch[]): number[][] =>
      batches.flatMap(({ xs }) => {
        const { data } = run({ xs }).h;
        return Array.from({ length: batch }, (_, i) => Array.from(data.subarray(i * units, (i + 1) * units)));
      });
    const targets = ({ answers }: Batch): number[][] =>
      answers.map((answer) =>
        task.outputs === 1 ? [answer] : Array.from({ length: task.outputs }, (_, k) => Number(k === answer)),
      );
    const tested = test(task, length, batch);
    const asked = states(tested);
    const truths = tested.flatMap(({ answers }) => answers);
    const random = randomFrom(seed);
    const heard: { state: number[][]; target: number[][] } = { state: [], target: [] };
    let [best, needed] = [0, Number.POSITIVE_INFINITY];
    for (let seen = 500; seen <= Math.min(most, 2000) && needed === Number.POSITIVE_INFINITY; seen *= 2) {
      while (heard.state.length < seen) {
        const drawn = drawBatch(task, length, batch, random);
        heard.state.push(...states([drawn]));
        heard.target.push(...targets(drawn));
      }
      const { W, b } = ridgeRegression(heard.state, heard.target, { penalty: 1e-4 });
      const said = asked.map((h) => {
        const scores = Array.from(b.data, (start, k) =>
          h.reduce((sum, value, i) => sum + value * W.data[i * task.outputs + k]!, start),
        );
        return task.outputs === 1 ? scores[0]! : scores.indexOf(Math.max(...scores));
      });
      const share = right(task, array(said), truths);
      best = Math.max(best, share);
      if (share >= enough) needed = seen;
    }
    return { needed, best };
  };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value / values.length, 0);
