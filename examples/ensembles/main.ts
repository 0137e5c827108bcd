/**
 * Ten networks in one program: their mean is better than they are, and where they disagree they are wrong.
 *
 * One GRU is written down, as for a single network. `vmap` makes of its loss the losses of ten, each with weights, batches
 * and state of its own, and one step of Adam trains them together; the weights are those that ten separate trainings find.
 * They say the value of a chaotic series 30 steps ahead from 40 noisy ones. Their mean is better than the average member,
 * and how far they are apart tells beforehand how wrong the mean will be. On a series that they have not been made for, the
 * same equation with a longer delay, all are wrong, and three times as far apart. One program is about as fast as ten; what it
 * saves is compiling and keeping ten of them.
 * Sources: Hansen & Salamon 1990, "Neural network ensembles"; Lakshminarayanan, Pritzel & Blundell 2017, arXiv:1612.01474,
 * "Simple and scalable predictive uncertainty estimation using deep ensembles".
 */
import assert from "node:assert/strict";
import {
  array,
  compile,
  input,
  mean,
  type NDArray,
  type Parameter,
  parameter,
  substitute,
  sum,
  type Tensor,
  vmap,
} from "@org/core";
import { GRUCell, init, Linear, mse, parameters, recurrent } from "@org/nn";
import { adam, minimize } from "@org/optim";
import { lineChart } from "@org/viz";
import { mackeyGlass } from "../shared/mackey-glass.ts";
import { savePicture } from "../shared/pictures.ts";
import { practise } from "../shared/practice.ts";
import { randomFrom } from "../shared/random.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";

const quick = process.argv.includes("--quick");
const [members, steps] = quick ? [4, 150] : [10, 1500];
const [window, ahead, batch, hiddenSize, noise] = [40, 30, 16, 16, 0.05];

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value / values.length, 0);
const rms = (values: readonly number[]): number => Math.sqrt(average(values.map((value) => value ** 2)));

/** Noisy windows `[window, batch, 1]` of a series from a place on, each with the value `ahead` steps behind it. */
function windows(series: Float64Array, starts: readonly number[], seed: number) {
  const count = starts.length;
  const { data } = init.normal([window * count], { seed, scale: noise });
  const x = data.map((each, i) => each + series[starts[i % count]! + Math.floor(i / count)]!);
  const target = Float32Array.from(starts, (start) => series[start + window - 1 + ahead]!);
  return { x: array(x, { shape: [window, count, 1] }), target: array(target, { shape: [count, 1] }) };
}
const series = mackeyGlass(4000);
const learned = 1500; // windows are drawn from what is before; those of the test begin behind it
const { below } = randomFrom(1);
const drawn = (seed: number) =>
  windows(
    series,
    Array.from({ length: batch }, () => below(learned)),
    seed,
  );

// 1. One network, as always: it says the value `ahead` steps behind the last of `x [window, batch, 1]`.
function network(seed: number, count = batch) {
  const [x, target] = [input("x", [window, count, 1]), input("target", [count, 1])];
  const cell = new GRUCell({ inputSize: 1, hiddenSize, update: "keep", reset: "after", seed });
  const head = new Linear({ inputSize: hiddenSize, outputSize: 1, seed: seed + 1 });
  const said = head.apply(recurrent(cell, x).state.h);
  return { x, target, said, loss: mse(said, target), weights: Object.values(parameters({ cell, head })) };
}
const seeds = Array.from({ length: members }, (_, i) => 100 * (i + 1));
const alone = seeds.map((seed) => network(seed));

/** Arrays of one shape, one after another. */
function stacked(arrays: readonly NDArray[]): NDArray {
  const { shape, data } = arrays[0]!;
  const values = new Float32Array(arrays.length * data.length);
  arrays.forEach((each, k) => {
    values.set(each.data, k * data.length);
  });
  return array(values, { shape: [arrays.length, ...shape] });
}

// 2. All of them: every weight has an axis of members in front, and `vmap` makes of one loss the losses of all.
const weights = alone[0]!.weights.map(({ name }, i) =>
  parameter(name!, stacked(alone.map(({ weights }) => weights[i]!.value))),
);
/** What a network says, with other weights and other inputs. */
const substituted = (
  y: Tensor,
  { weights }: { readonly weights: readonly Parameter[] },
  own: readonly Tensor[],
  inputs: readonly (readonly [Tensor, Tensor])[],
) => substitute([y], new Map([...weights.map((weight, i) => [weight, own[i]!] as const), ...inputs]))[0]!;

const xs = input("xs", [members, window, batch, 1]);
const targets = input("targets", [members, batch, 1]);
const first = alone[0]!;
const losses = vmap((own: readonly Tensor[], x: Tensor, target: Tensor) =>
  substituted(first.loss, first, own, [
    [first.x, x],
    [first.target, target],
  ]),
)(weights, xs, targets);
// A gradient of the sum is for each member that of its own loss, and Adam knows nothing of neighbours.
const optimizer = () => adam({ learningRate: 4e-3 });
const together = compile({
  inputs: { xs, targets },
  outputs: { loss: mean(losses), losses },
  updates: minimize(sum(losses), weights, optimizer()),
});
const separate = alone.map(({ x, target, loss, weights }) =>
  compile({ inputs: { x, target }, outputs: { loss }, updates: minimize(loss, weights, optimizer()) }),
);

let seed = 1000;
type Batch = ReturnType<typeof windows>;
const next = (): Batch[] => seeds.map(() => drawn(seed++));
const step = (batches: readonly Batch[]) =>
  together({ xs: stacked(batches.map(({ x }) => x)), targets: stacked(batches.map(({ target }) => target)) });

// 3. The same batches for the ensemble and for each network by itself: the same losses, and the fastest step of each.
function compare(count: number) {
  let [apart, ensemble, oneByOne] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < count; i++) {
    const batches = next();
    const start = performance.now();
    const { data } = step(batches).losses;
    const between = performance.now();
    const own = separate.map((run, k) => run(batches[k]!).loss.item());
    apart = Math.max(apart, ...own.map((loss, k) => Math.abs(loss - data[k]!) / loss));
    oneByOne = Math.min(oneByOne, performance.now() - between);
    ensemble = Math.min(ensemble, between - start);
  }
  return { apart, ensemble, oneByOne };
}
const { apart } = compare(40);
console.log(`40 steps of ${members} networks: ${apart.toExponential(1)} apart at most, relative to the loss`);
assert(apart < 1e-2, `the losses are ${apart} apart`);
await practise("ensemble", steps, { batch: next, step });
const { ensemble, oneByOne } = compare(quick ? 10 : 100);

// 4. What they say of windows that none has seen: the series itself, and one with a longer delay.
const tests = quick ? 200 : 2000;
const asked = network(1, tests);
const said = vmap(
  (own: readonly Tensor[], x: Tensor) => substituted(asked.said, asked, own, [[asked.x, x]]),
  {
    inAxes: [0, null],
  },
)(weights, asked.x);
const ask = compile({ inputs: { x: asked.x }, outputs: { said } });

/** Root mean squares of errors, and how far members are apart, in groups from where they agree to where they don't. */
function judge(series: Float64Array) {
  const starts = Array.from({ length: tests }, (_, i) => learned + window + ahead + i);
  const { x, target } = windows(series, starts, 7);
  const { data } = ask({ x }).said;
  const each = starts.map((_, i) => {
    const values = seeds.map((_, k) => data[k * tests + i]!);
    const mean = average(values);
    const apart = Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
    const [truth, last] = [target.data[i]!, x.data[(window - 1) * tests + i]!];
    return { apart, error: mean - truth, member: values.map((value) => value - truth), last: last - truth };
  });
  const byDistance = each.toSorted((a, b) => a.apart - b.apart);
  const size = tests / 10;
  const groups = Array.from({ length: 10 }, (_, g) => byDistance.slice(g * size, (g + 1) * size));
  return {
    ensemble: rms(each.map(({ error }) => error)),
    member: average(seeds.map((_, k) => rms(each.map(({ member }) => member[k]!)))),
    last: rms(each.map(({ last }) => last)),
    apart: average(each.map(({ apart }) => apart)),
    groups: groups.map((group) => ({
      apart: average(group.map(({ apart }) => apart)),
      error: rms(group.map(({ error }) => error)),
    })),
  };
}
const judged = { "the series": judge(series), "another, of delay 30": judge(mackeyGlass(series.length, 30)) };
const columns = [
  "",
  "ensemble",
  "a member",
  "last value",
  "apart",
  "error where they agree",
  "where they don't",
];
const rows = Object.entries(judged).map(([name, { ensemble, member, last, apart, groups }]) => [
  name,
  ...[ensemble, member, last, apart, groups[0]!.error, groups[9]!.error].map((value) => value.toFixed(3)),
]);
console.log(`\nroot mean square of errors ${ahead} steps ahead, ${tests} windows\n${table(columns, rows)}`);
console.log(`a step of all: ${ensemble.toFixed(2)} ms together, ${oneByOne.toFixed(2)} ms one by one`);
const own = judged["the series"];
const other = judged["another, of delay 30"];
assert(own.ensemble < own.member && own.ensemble < own.last, "an ensemble is better than its members");
assert(own.groups[9]!.error > 1.2 * own.groups[0]!.error, "where they disagree they are wrong");
assert(other.apart > 1.2 * own.apart, "they disagree on what they have not been made for");

savePicture(
  "ensembles",
  "disagreement.svg",
  await lineChart(
    [
      {
        name: "tenths of the windows",
        x: own.groups.map(({ apart }) => apart),
        y: own.groups.map(({ error }) => error),
      },
    ],
    {
      title: "Where they disagree they are wrong",
      xLabel: "distance of members from their mean",
      yLabel: "error of their mean",
    },
  ),
);
saveResults("ensembles", {
  seeds: 1,
  picture: "disagreement.svg",
  results: [
    {
      metric: `error ${ahead} steps ahead, mean of ${members} networks`,
      value: own.ensemble.toFixed(3),
      baseline: `${own.member.toFixed(3)}, the average network; ${own.last.toFixed(3)}, the last value again`,
    },
    {
      metric: "the same, of the tenth where they disagree most",
      value: own.groups[9]!.error.toFixed(3),
      baseline: `${own.groups[0]!.error.toFixed(3)}, of the tenth where they agree`,
    },
  ],
});
