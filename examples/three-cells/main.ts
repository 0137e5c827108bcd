/**
 * RNN, GRU and LSTM with equal numbers of weights: what each makes of a text, and its cost (row D04).
 *
 * One character model with three cells (rows D04 and A21): tanh RNN, GRU and LSTM learn Moby-Dick with equal numbers of
 * weights, and are measured by perplexity per character on held-out text, beside counts of characters and of pairs. Then
 * what they cost with equal numbers of units: one, three and four blocks of weights, and the time of a step.
 * Each cell has the learning rate that is best for it, of 4, 8, 16, 32, 48 and 64 thousandths, by a piece of the training
 * text: at the RNN's own, the LSTM would seem far behind. As it is, the GRU leads, and the LSTM, with half the units of the
 * RNN for as many weights, is level with it: what gates are good for shows where there is more to remember, in `memory`.
 * `--text path` reads another text.
 * Source: Chung, Gulcehre, Cho & Bengio 2014, "Empirical evaluation of gated recurrent neural networks on sequence modeling".
 */
import assert from "node:assert/strict";
import { createRuntime } from "@org/core";
import { GRUCell, LSTMCell, parameters, RNNCell, Vocabulary } from "@org/nn";
import { lineChart } from "@org/viz";
import { bigrams, unigrams } from "../shared/counts.ts";
import { embeddedModel, type LanguageModel, learn, smoothed } from "../shared/language-model.ts";
import { readText } from "../shared/moby-dick.ts";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";

const quick = process.argv.includes("--quick");
const [budget, batch, window, steps] = quick ? [12_000, 16, 16, 200] : [60_000, 32, 32, 1500];
const inputSize = 24;

// Small letters, digits and signs of ASCII; all that is rare becomes one sign.
const text = readText()
  .toLowerCase()
  .replaceAll(/\s+/g, " ")
  .replaceAll(/[^ -~]/g, "~");
const vocabulary = Vocabulary.of(text);
const ids = vocabulary.encode(text);
const cut = Math.floor(ids.length * 0.95);
const [training, held] = [ids.subarray(0, cut), ids.subarray(cut, quick ? cut + 8000 : ids.length)];

const cells = {
  RNN: (hiddenSize: number) => new RNNCell({ inputSize, hiddenSize, seed: 1 }),
  GRU: (hiddenSize: number) =>
    new GRUCell({ inputSize, hiddenSize, update: "keep", reset: "after", seed: 1 }),
  LSTM: (hiddenSize: number) => new LSTMCell({ inputSize, hiddenSize, seed: 1 }),
};
type Name = keyof typeof cells;
/** Chosen once, on the last 40,000 characters of the training text. */
const learningRates: Readonly<Record<Name, number>> = { RNN: 8e-3, GRU: 16e-3, LSTM: 48e-3 };
const names = Object.keys(cells) as Name[];

const createModel = (name: Name, hiddenSize: number): LanguageModel =>
  embeddedModel(cells[name](hiddenSize), { count: vocabulary.size, hiddenSize });

const weightsOf = (parts: object): number =>
  Object.values(parameters(parts)).reduce((sum, { value }) => sum + value.data.length, 0);

/** As many units as the budget of weights allows. */
function unitsOf(name: Name): number {
  let units = 8;
  while (weightsOf(createModel(name, units + 8).parts) <= budget) units += 8;
  return units;
}

// 1. Equal numbers of weights.
const runtime = createRuntime({ threads: 1 });
const plan = { batch, window, runtime };
const runs = [];
for (const name of names) {
  const units = unitsOf(name);
  const model = createModel(name, units);
  const learned = await learn(model, training, {
    ...plan,
    name,
    steps,
    learningRate: learningRates[name],
  });
  runs.push({ name, units, weights: weightsOf(model.parts), ...learned, perplexity: learned.measure(held) });
}
const counted = {
  "characters by frequency": unigrams(training, held, vocabulary.size),
  "pairs of characters": bigrams(training, held, vocabulary.size),
};
console.log(`\n${steps} steps of ${batch} × ${window} characters, ${held.length} held out`);
console.log(
  table(
    ["", "units", "weights", "characters/s", "perplexity"],
    [
      ...Object.entries(counted).map(([name, each]) => [name, "", "", "", each.toFixed(2)]),
      ...runs.map(({ name, units, weights, speed, perplexity }) => [
        name,
        `${units}`,
        `${weights}`,
        `${Math.round(speed)}`,
        perplexity.toFixed(2),
      ]),
    ],
  ),
);
const [frequency, pairs] = Object.values(counted) as [number, number];
for (const { name, weights, perplexity } of runs) {
  assert(weights > 0.8 * budget && weights <= budget, `${name} has ${weights} weights of ${budget}`);
  const lazy = quick ? 0.85 * frequency : pairs;
  assert(perplexity < lazy, `${name} has ${perplexity}, counting ${lazy}`);
}

// 2. Equal numbers of units.
const units = quick ? 32 : 128;
const costs = [];
for (const name of names) {
  const model = createModel(name, units);
  const { speed } = await learn(model, training, {
    ...plan,
    name: `${name} of ${units}`,
    learningRate: learningRates[name],
    steps: quick ? 30 : 60,
  });
  costs.push({
    name,
    weights: weightsOf({ cell: model.cell }),
    milliseconds: (1000 * batch * window) / speed,
  });
}
console.log(`\nwhat ${units} units cost`);
console.log(
  table(
    ["cell", "weights", "ms a step"],
    costs.map(({ name, weights, milliseconds }) => [name, weights, Number(milliseconds.toFixed(2))]),
  ),
);
const block = units * (inputSize + units + 1);
// A GRU that resets after the product has a bias more.
assert.deepEqual(
  costs.map(({ weights }) => Math.floor(weights / block)),
  [1, 3, 4],
);

savePicture(
  "three-cells",
  "perplexity.svg",
  await lineChart(
    runs.map(({ name, losses }) => {
      const { x, y } = smoothed(losses);
      return { name, x: x.slice(3), y: y.slice(3) }; // the first steps are alike, and far above
    }),
    { title: `${budget} weights`, xLabel: "step", yLabel: "perplexity per character" },
  ),
);
saveResults("three-cells", {
  seeds: 1,
  picture: "perplexity.svg",
  results: runs.map(({ name, perplexity }) => ({
    metric: `perplexity of held-out characters, ${name} of ${budget} weights`,
    value: perplexity.toFixed(2),
    baseline: `${pairs.toFixed(2)}, pairs of characters`,
  })),
});
