/**
 * Gradients through windows: how far from the full one, and what they can't learn.
 *
 * Backpropagation through time, full and truncated (rows B09 and B10). The state goes on over the borders of windows, its
 * gradient does not: the loss is the same, the gradient is another one, and what lies further back than the window can't
 * be learned. Three looks at it:
 * - how far the truncated gradient is from the full one, by the length of the window: 0 where the window holds all steps;
 * - what each window learns of a task that asks for the input of eight steps ago: short windows get only as far as what
 *   a state remembers that nobody taught to;
 * - windows side by side (`truncate: k`) cut harder than windows at every step (`{ every: 1, back: k }`, the notes' bptt).
 * Source: Williams & Peng 1990, "An efficient gradient-based algorithm for on-line training of recurrent networks".
 */
import assert from "node:assert/strict";
import {
  array,
  compile,
  concat,
  evaluate,
  grad,
  input,
  type NDArray,
  type Parameter,
  reshape,
} from "@org/core";
import { GRUCell, init, Linear, mse, parameters, recurrent, type Truncation } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";
import { lineChart } from "@org/viz";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";

const steps = process.argv.includes("--quick") ? 500 : 1500;
const [time, batch, lag] = [24, 32, 8];

const xs = input("xs", [time, batch, 1]);
const ys = input("ys", [time, batch, 1]);
const inputs = { xs, ys };

/** The same network and the same first weights, with one way of going back. */
function network(truncate: Truncation = time) {
  const model = {
    gru: new GRUCell({ inputSize: 1, hiddenSize: 16, update: "keep", reset: "after", seed: 1 }),
    head: new Linear({ inputSize: 16, outputSize: 1, seed: 2 }),
  };
  const { outputs } = recurrent(model.gru, xs, { truncate });
  return { model, loss: mse(model.head.apply(outputs), ys) };
}

/** Signs at random; the answer is the sign of `lag` steps ago, 0 at first. */
function draw(seed: number): { xs: NDArray; ys: NDArray } {
  const signs = init.uniform([time, batch, 1], { seed }).data.map(Math.sign);
  const shifted = Float32Array.from(signs, (_, i) => signs[i - lag * batch] ?? 0);
  const shape = [time, batch, 1];
  return { xs: array(Float32Array.from(signs), { shape }), ys: array(shifted, { shape }) };
}

/** All gradients as one vector. */
function gradientOf({ model, loss }: ReturnType<typeof network>): { loss: number; gradient: Float32Array } {
  const weights: Parameter[] = Object.values(parameters(model));
  const all = concat(grad(loss, weights).map((g) => reshape(g, [-1])));
  const values = evaluate({ loss, all }, draw(1));
  return { loss: values.loss.item(), gradient: values.all.data as Float32Array };
}

const full = gradientOf(network());
const length = Math.hypot(...full.gradient);
const rows = [1, 2, 4, 6, 8, 12, 24].map((k) => {
  const distances = [k, { every: 1, back: k }].map((truncation) => {
    const { loss, gradient } = gradientOf(network(truncation));
    assert(Math.abs(loss - full.loss) < 1e-6, `a window of ${k} changes the loss`);
    return Math.hypot(...gradient.map((g, i) => g - full.gradient[i]!)) / length;
  });
  return [k, ...distances.map((distance) => Number(distance.toFixed(4)))] as [number, number, number];
});
console.log("distance of the truncated gradient from the full one, relative");
console.log(table(["window", "side by side", "at every step"], rows));
assert(rows.at(-1)![1] < 1e-4 && rows[0]![1] > 0.02, "windows do not make a difference");
assert(
  rows.every(([, beside, overlapping]) => overlapping <= beside + 1e-4),
  "windows at every step cut harder",
);

// What does it learn? Always saying 0 costs what the answers vary.
const lazy = (time - lag) / time;
const ways: Record<string, Truncation> = {
  "windows of 3": 3,
  "windows of 6": 6,
  "windows of 12": 12,
  "10 back at every step": { every: 1, back: 10 },
  "all 24 steps": time,
};
const curves = Object.entries(ways).map(([name, truncate]) => {
  const { model, loss } = network(truncate);
  const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 0.01 }));
  const step = compile({ inputs, outputs: { loss }, updates: minimize(loss, parameters(model), optimizer) });
  const y = Array.from({ length: steps }, (_, i) => step(draw(10 + i)).loss.item());
  const end = y.slice(-50).reduce((sum, each) => sum + each / 50, 0);
  console.log(`${name.padEnd(22)} loss ${end.toFixed(4)}`);
  return { name, y, end };
});
console.log(
  `\nthe input of ${lag} steps ago, after ${steps} steps; always saying 0 costs ${lazy.toFixed(4)}`,
);
console.log(
  table(
    ["gradient through", "loss"],
    curves.map(({ name, end }) => [name, Number(end.toFixed(4))]),
  ),
);
const [three, , twelve, ten, all] = curves.map(({ end }) => end);
assert(three! > 0.5 * lazy, "a window of 3 steps learned what lies 8 steps back");
assert(all! < 0.1 * lazy && ten! < 0.1 * lazy, "full backpropagation did not learn it");
assert(twelve! < three!, "longer windows did not help");

savePicture(
  "truncated-bptt",
  "losses.svg",
  await lineChart(curves, { title: `The input of ${lag} steps ago`, xLabel: "step", yLabel: "loss" }),
);
saveResults("truncated-bptt", {
  seeds: 1,
  picture: "losses.svg",
  results: curves.map(({ name, end }) => ({
    metric: `loss of the input ${lag} steps ago, gradient through ${name}`,
    value: end.toFixed(4),
    baseline: `${lazy.toFixed(4)}, always 0`,
  })),
});
