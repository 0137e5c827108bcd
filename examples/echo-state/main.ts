/**
 * A reservoir that is never trained, its read-out in closed form: a chaotic series, 200 steps by itself.
 *
 * An echo state network: a random reservoir that is never trained, and a read-out that is found at once, by ridge
 * regression (Jaeger 2001). It listens to the Mackey–Glass series, which is chaotic, and then goes on by itself: what it
 * predicts is what it hears next.
 */
import assert from "node:assert/strict";
import { array, compile, input, scan, type Tensor } from "@org/core";
import { EchoStateCell, Linear, parameters, recurrent, spectrum } from "@org/nn";
import { ridgeRegression } from "@org/optim";
import { mackeyGlass } from "../shared/mackey-glass.ts";
import { saveResults } from "../shared/result.ts";

const [washOut, learned, free] = [200, 2000, 200];
const heard = washOut + learned;
const series = mackeyGlass(heard + free);

const hidden = 200;
const cell = new EchoStateCell({
  inputSize: 1,
  hiddenSize: hidden,
  spectralRadius: 0.95,
  leak: 0.6,
  seed: 1,
  dtype: "f64",
});
const readOut = new Linear({ inputSize: hidden, outputSize: 1, seed: 2, dtype: "f64" });
console.log(`the reservoir: ${hidden} units, ρ = ${spectrum(cell.reservoir.W_hh).spectralRadius.toFixed(3)}`);
console.log(`trained: ${Object.keys(parameters({ cell, readOut })).join(", ")}`);

const xs = input("xs", [heard, 1, 1], "f64");
const run = recurrent(cell, xs);
const listen = compile({ inputs: { xs }, outputs: { states: run.outputs, h: run.state.h } });
const { states, h } = listen({ xs: series.subarray(0, heard) });

// The read-out: from the state after x_t to x_{t+1}. The first states still know of the zeros they began with.
const rows = states.data.subarray(washOut * hidden, (heard - 1) * hidden);
const targets = series.subarray(washOut + 1, heard);
const weights = ridgeRegression(
  array(rows, { shape: [targets.length, hidden], dtype: "f64" }),
  array(targets, { shape: [targets.length, 1], dtype: "f64" }),
  { penalty: 1e-9 },
);
readOut.parameters.W.value = weights.W;
readOut.parameters.b!.value = weights.b;

/** From here on it hears itself. */
const start = { h: input("h", [1, hidden], "f64") };
const { ys } = scan(
  ({ h }: { h: Tensor }) => {
    const x = readOut.apply(h);
    return { carry: cell.step(x, { h }), y: x };
  },
  { init: start, length: free },
);
const dream = compile({ inputs: start, outputs: { ys } });
const predicted = dream({ h }).ys.data;
const truth = series.subarray(heard);

const mean = truth.reduce((sum, x) => sum + x / free, 0);
const deviation = Math.sqrt(truth.reduce((sum, x) => sum + (x - mean) ** 2 / free, 0));
console.log("\nstep    series  predicted  error / deviation");
for (const t of [1, 10, 20, 50, 84, 100, 150, 200]) {
  const [x = 0, y = 0] = [truth[t - 1], predicted[t - 1]];
  const error = Math.abs(x - y) / deviation;
  console.log(
    `${String(t).padStart(4)} ${x.toFixed(4).padStart(9)} ${y.toFixed(4).padStart(10)}  ${error.toExponential(1)}`,
  );
  assert(error < 0.1, `after ${t} steps it is off by ${error} deviations`);
}

const worst = (said: (t: number) => number): number =>
  Math.max(...Array.from(truth, (x, t) => Math.abs(x - said(t)) / deviation));
saveResults("echo-state", {
  seeds: 1,
  results: [
    {
      metric: "largest error in 200 steps by itself, in deviations of the series",
      value: worst((t) => predicted[t]!).toExponential(1),
      baseline: `${worst(() => mean).toFixed(1)}, always its mean`,
    },
  ],
});
