/** The network that learns, and a step of each method. */
import {
  argmax,
  array,
  compile,
  grad,
  hvp,
  input,
  jvp,
  mul,
  type NDArray,
  type Tensor,
  vjp,
} from "@org/core";
import { accuracy, crossEntropy, Linear, parameters, RNNCell, recurrent } from "@org/nn";
import {
  adam,
  chain,
  clipByGlobalNorm,
  conjugateGradients,
  minimize,
  type ParameterRecord,
} from "@org/optim";
import { drawBatch, tasks } from "../shared/memory-tasks.ts";
import { randomFrom } from "../shared/random.ts";

const hidden = 32;
/** How many sequences a test has. */
export const tested = 256;

/** A network with a loss, for batches of any size. */
interface Model {
  readonly inputs: { readonly xs: Tensor; readonly answers: Tensor };
  readonly outputs: Tensor;
  readonly y: Tensor;
  readonly loss: Tensor;
}

export interface Network {
  readonly weights: ParameterRecord;
  model(batch: number): Model;
  /** The part of a test that is right. */
  measure(): number;
}

/** A tanh RNN that reads so many steps and says which of four orders there was. */
export function network(length: number, seed: number): Network {
  const cell = new RNNCell({ inputSize: tasks.order.width, hiddenSize: hidden, seed });
  const head = new Linear({ inputSize: hidden, outputSize: 4, seed: seed + 1 });
  const model = (batch: number): Model => {
    const xs = input("xs", [length, batch, tasks.order.width]);
    const answers = input("answers", [batch], "i32");
    const { outputs, state } = recurrent(cell, xs);
    const y = head.apply(state.h);
    return { inputs: { xs, answers }, outputs, y, loss: crossEntropy(y, answers) };
  };
  const { inputs, y } = model(tested);
  const ask = compile({ inputs: { xs: inputs.xs }, outputs: { said: argmax(y, { axis: -1 }) } });
  const { xs, answers } = drawBatch(tasks.order, length, tested, randomFrom(999));
  return { weights: parameters({ cell, head }), model, measure: () => accuracy(ask({ xs }).said, answers) };
}

/** One step; returns the loss before it. */
export type Step = (data: ReturnType<typeof drawBatch>) => number;

export function adamStep({ weights, model }: Network, batch: number, learningRate: number): Step {
  const { inputs, loss } = model(batch);
  const updates = minimize(loss, weights, chain(clipByGlobalNorm(1), adam({ learningRate })));
  const step = compile({ inputs, outputs: { loss }, updates });
  return (data) => step(data).loss.item();
}

/** Hessian-free: `damping` is μ, how much changes of states count beside those of weights. */
export function newtonStep({ weights, model }: Network, batch: number, damping: number): Step {
  const { inputs, outputs: h, y, loss } = model(batch);
  const names = Object.keys(weights);
  const slope = compile({
    inputs,
    outputs: { loss, gradient: grad(loss, weights) as Record<string, Tensor> },
  });
  const value = compile({ inputs, outputs: { loss } });
  // As gaussNewtonProduct, with the states beside: G v + μ Jₕᵀ Jₕ v = Jᵀ (H J v, μ Jₕ v), the mean over sequences, in one pass forward and one back
  const v = Object.fromEntries(names.map((name) => [name, input(`v.${name}`, weights[name]!.shape)]));
  const mu = input("mu", []);
  const moved = jvp({ y, h }, weights, v);
  const pulled = { y: hvp(loss, y, moved.y), h: mul(mul(mu, 1 / batch), moved.h) };
  const Gv = vjp({ y, h }, weights, pulled) as Record<string, Tensor>;
  const fed = Object.fromEntries(names.map((name) => [`v.${name}`, v[name]!]));
  const given: Readonly<Record<string, Tensor>> = { ...inputs, mu, ...fed };
  const product = compile({ inputs: given, outputs: { Gv } });

  const sizes = names.map((name) => weights[name]!.value.data.length);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const flat = (values: Readonly<Record<string, NDArray>>): Float64Array => {
    const x = new Float64Array(total);
    names.forEach((name, i) => {
      x.set(values[name]!.data, starts[i]);
    });
    return x;
  };
  const apart = (x: Float64Array, prefix = ""): Record<string, NDArray> =>
    Object.fromEntries(
      names.map((name, i) => {
        const part = x.subarray(starts[i]!, starts[i]! + sizes[i]!);
        return [prefix + name, array(part, { shape: weights[name]!.shape, dtype: "f32" })];
      }),
    );
  const assign = (x: Float64Array): void => {
    for (const [name, part] of Object.entries(apart(x))) weights[name]!.value = part;
  };

  let lambda = 0.1;
  let d = new Float64Array(total);
  return (data) => {
    const { loss, gradient } = slope(data);
    const [before, g] = [loss.item(), flat(gradient)];
    const A = (x: Float64Array): Float64Array => {
      const { Gv } = product({ ...data, mu: lambda * damping, ...apart(x, "v.") });
      return flat(Gv).map((each, i) => each + lambda * x[i]!);
    };
    const options = { start: d.map((x) => 0.9 * x), progress: 5e-4, iterations: 40, tolerance: 1e-4 };
    d = conjugateGradients(
      A,
      g.map((x) => -x),
      options,
    ).x as Float64Array<ArrayBuffer>;
    const Ad = A(d);
    const predicted = d.reduce((sum, x, i) => sum + x * g[i]! + 0.5 * x * Ad[i]!, 0);
    const here = flat(Object.fromEntries(names.map((name) => [name, weights[name]!.value])));
    const after = (rate: number): number => {
      assign(here.map((x, i) => x + rate * d[i]!));
      return value(data).loss.item();
    };
    let rate = 1;
    const whole = after(rate);
    let now = whole;
    for (; !(now <= before) && rate > 1e-3; now = after(rate)) rate *= 0.7;
    if (!(now <= before)) assign(here);
    const ratio = (whole - before) / predicted;
    if (ratio > 0.75) lambda /= 1.5;
    else if (!(ratio >= 0.25)) lambda *= 1.5;
    return before;
  };
}
