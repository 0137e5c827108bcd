/**
 * How far into a chaotic future: a thousand units that are never trained beside an LSTM that is.
 *
 * Both hear the same 3,000 values of the Mackey–Glass series (delay 17) and learn to say the next one. Then they hear 100
 * other stretches of it, and go on by themselves, each from what it has said: NRMSE₈₄ is the error of what they say 84
 * steps later, relative to the deviation of the series. The echo state network finds its read-out in closed form, by ridge
 * regression; the LSTM is trained by Adam on all its weights for many times as long.
 * Published: log₁₀ NRMSE₈₄ = -4.2 with 1,000 units, where the best before had -1.35 and less (Jaeger & Haas 2004).
 * Sources: Jaeger 2001, "The 'echo state' approach to analysing and training recurrent neural networks"; Jaeger & Haas 2004,
 * "Harnessing nonlinearity", Science 304. Theirs feeds its output back beside an input; here that is the input.
 */
import assert from "node:assert/strict";
import { array, compile, input, scan, slice, type Tensor } from "@org/core";
import { type Cell, EchoStateCell, Linear, LSTMCell, mse, parameters, recurrent } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, ridgeRegression, train, warmupCosine } from "@org/optim";
import { progressBar } from "@org/optim/node";
import { lineChart } from "@org/viz";
import { mackeyGlass } from "../shared/mackey-glass.ts";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";

const quick = process.argv.includes("--quick");
const [units, learned, trials] = quick ? [150, 1500, 20] : [1000, 3000, 100];
const [washOut, horizon, apart] = [200, 84, 100];

const series = mackeyGlass(learned + washOut + trials * apart + horizon);
const heard = series.subarray(0, learned);
const mean = heard.reduce((sum, x) => sum + x / learned, 0);
const variance = heard.reduce((sum, x) => sum + (x - mean) ** 2 / learned, 0);
/** The value `after` steps behind what is heard of each trial; 0 is the last that is heard. */
const later = (after: number): Float64Array =>
  Float64Array.from({ length: trials }, (_, k) => series[learned + k * apart + washOut - 1 + after]!);

/** log₁₀ NRMSE of each step that `predicted [horizon, trials]` looks ahead. */
function errors(predicted: (ahead: number, trial: number) => number): number[] {
  return Array.from({ length: horizon }, (_, i) => {
    const squares = later(i + 1).map((x, k) => (x - predicted(i + 1, k)) ** 2);
    return Math.log10(Math.sqrt(squares.reduce((sum, each) => sum + each / trials, 0) / variance));
  });
}

type States = Readonly<Record<string, Tensor>>;

/** Hears the beginning of each trial, then itself. */
function goOn(cell: Cell<States>, readOut: Linear, dtype: "f32" | "f64"): number[] {
  const xs = input("xs", [washOut, trials, 1], dtype);
  const { ys } = scan(
    (state: States) => {
      const x = readOut.apply(cell.output(state));
      return { carry: cell.step(x, state), y: x };
    },
    { init: recurrent(cell, xs).state, length: horizon },
  );
  const run = compile({ inputs: { xs }, outputs: { ys } });
  const stretches = Float64Array.from({ length: washOut * trials }, (_, i) => {
    const [t, k] = [Math.floor(i / trials), i % trials];
    return series[learned + k * apart + t]!;
  });
  const { data } = run({ xs: array(stretches, { shape: xs.shape, dtype }) }).ys;
  return errors((ahead, k) => data[(ahead - 1) * trials + k]!);
}

/** Reservoir and ridge regression. */
function echoState(): number[] {
  const reservoir = { spectralRadius: 1.4, leak: 0.7, connections: 10 };
  const cell = new EchoStateCell({ inputSize: 1, hiddenSize: units, ...reservoir, seed: 1, dtype: "f64" });
  const readOut = new Linear({ inputSize: units, outputSize: 1, seed: 2, dtype: "f64" });
  const xs = input("xs", [learned - 1, 1, 1], "f64");
  const listen = compile({ inputs: { xs }, outputs: { states: recurrent(cell, xs).outputs } });
  const { states } = listen({ xs: heard.subarray(0, learned - 1) });
  // From the state after x_t to x_{t+1}; the first states still know of the zeros they began with.
  const rows = states.data.subarray(washOut * units);
  const found = ridgeRegression(
    array(rows, { shape: [learned - 1 - washOut, units], dtype: "f64" }),
    array(heard.subarray(washOut + 1), { shape: [learned - 1 - washOut, 1], dtype: "f64" }),
    { penalty: 2e-10 },
  );
  readOut.parameters.W.value = found.W;
  readOut.parameters.b!.value = found.b;
  return goOn(cell as unknown as Cell<States>, readOut, "f64");
}

/** All weights by Adam: stretches of 100 steps, of which the first 20 only warm the state. */
async function trainedLstm(): Promise<number[]> {
  const [time, batch, warm, size] = [100, 32, 20, quick ? 16 : 32];
  const cell = new LSTMCell({ inputSize: 1, hiddenSize: size, seed: 3 });
  const readOut = new Linear({ inputSize: size, outputSize: 1, seed: 4 });
  const [xs, targets] = [input("xs", [time, batch, 1]), input("targets", [time, batch, 1])];
  const said = readOut.apply(recurrent(cell, xs).outputs);
  const warmed = (x: Tensor): Tensor => slice(x, [warm, 0, 0], [time, batch, 1]);
  const loss = mse(warmed(said), warmed(targets));
  const steps = quick ? 100 : 800;
  const learningRate = warmupCosine(1e-2, { warmup: 30, steps: steps + 1 });
  const updates = minimize(
    loss,
    parameters({ cell, readOut }),
    chain(clipByGlobalNorm(1), adam({ learningRate })),
  );
  const stretches = (step: number, ahead: number): Float32Array =>
    Float32Array.from({ length: time * batch }, (_, i) => {
      const start = (((step * batch + (i % batch)) * 1543) % (learned - time - 1)) + ahead;
      return heard[start + Math.floor(i / batch)]!;
    });
  const step = compile({ inputs: { xs, targets }, outputs: { loss }, updates });
  await train({
    data: Array.from({ length: steps }, (_, i) => i),
    step: (i) => step({ xs: stretches(i, 0), targets: stretches(i, 1) }),
    epochs: 1,
    callbacks: [progressBar({ describe: ({ metrics }) => `LSTM: loss ${metrics.loss?.toExponential(1)}` })],
  });
  return goOn(cell as unknown as Cell<States>, readOut, "f32");
}

const results: Record<string, number[]> = {};
const rows: [string, number, number, number, number][] = [];
async function measure(name: string, run: () => number[] | Promise<number[]>): Promise<number> {
  const start = performance.now();
  const found = await run();
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
  results[name] = found;
  rows.push([
    name,
    ...([1, 20, horizon] as const).map((t) => Number(found[t - 1]!.toFixed(2))),
    seconds,
  ] as never);
  return found[horizon - 1]!;
}
const last = later(0);
const copied = await measure("the last value again", () => errors((_, k) => last[k]!));
const echo = await measure(`echo state, ${units} units`, echoState);
const lstm = await measure("LSTM, trained", trainedLstm);
console.log(`\nlog₁₀ NRMSE over ${trials} trials; saying the mean of the series has 0`);
console.log(table(["", "1 step", "20 steps", `${horizon} steps`, "seconds"], rows));
console.log("published, 1,000 units: -4.2 after 84 steps (Jaeger & Haas 2004)");

assert(echo < (quick ? -1 : -4), `the echo state network has 10^${echo.toFixed(2)} after ${horizon} steps`);
assert(echo < copied - 1, "it is hardly better than the last value");
assert(lstm < 0 || quick, "the LSTM is not better than the mean of the series");

const lines = Object.entries(results).map(([name, y]) => ({
  name,
  x: y.map((_, i) => i + 1),
  y: y.map((each) => 10 ** each),
}));
savePicture(
  "chaos",
  "errors.svg",
  await lineChart(lines, {
    title: "Mackey–Glass, each going on from what it said",
    xLabel: "steps ahead",
    yLabel: "NRMSE",
    logY: true,
  }),
);
saveResults("chaos", {
  seeds: 1,
  picture: "errors.svg",
  results: [
    {
      metric: `log₁₀ NRMSE after ${horizon} steps, echo state of ${units} units`,
      value: echo.toFixed(2),
      baseline: `${lstm.toFixed(2)}, a trained LSTM; ${copied.toFixed(2)}, the last value again`,
      published: "-4.2 (Jaeger & Haas 2004)",
    },
  ],
});
