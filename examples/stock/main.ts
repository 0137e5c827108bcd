/**
 * Tomorrow's price from the last sixty: what four layers of LSTM know more than "like today" (row D15).
 *
 * The network of the script that the lecture links (row C22): windows of sixty prices, four LSTMs of 50 with dropout 0.2,
 * Adam, mean squared error, batches of 32; fewer passes than its 100, on the S&P 500 of each day. `--data FILE.csv` reads
 * prices of your own, with a column `close` or `Close`, the oldest day first. Pictures of such forecasts look good because
 * any curve does that runs a day behind. So the table has forecasts beside it that cost nothing, in prices and in returns
 * (the part of the price that a day wins), and says it where the network loses, as it should: if it were far ahead, it
 * would have seen what it may not see. Three ways to do that by mistake, avoided here:
 * - scaling by the whole series: its highest price is known to the first day. Only the days learned from scale here.
 * - shuffling windows before the series is cut: two that overlap share 59 days. Here the cut comes first.
 * - choosing the epoch by the days that are tested. Here the last one is taken.
 * A network on prices has to say tomorrow what it never saw, once prices rise above those learned from. So a second one
 * sees returns and says one; today's price is added to it.
 * Sources: the S&P 500 from 2000 to 2020 of vega-datasets; Malkiel 1973, "A Random Walk Down Wall Street", on today's price.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { array, compile, createRuntime, expandDims, input, type NDArray, transpose } from "@org/core";
import { batches, Dropout, Linear, LSTM, mse, parameters, randomState, windows } from "@org/nn";
import { adam, minimize, train } from "@org/optim";
import { progressBar } from "@org/optim/node";
import { predictionChart } from "@org/viz";
import { csvParse } from "d3-dsv";
import { readData } from "../shared/data.ts";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, data: { type: "string" } },
});
const [steps, batch, testDays] = [60, 32, 320];
const [layers, epochs, learningRate, most] = options.quick ? [2, 2, 0.003, 900] : [4, 14, 0.001, 1600];

const path = options.data ?? "vega-datasets/data/sp500-2000.csv";
const prices = pricesOf(path, options.data ? readFileSync(path, "utf8") : readData(path)).slice(-most);
const cut = prices.length - testDays; // days before it are learned from

/** @throws Error for a file without a price on every line, or with too few of them */
function pricesOf(path: string, text: string): number[] {
  const found = csvParse(text).map((row) => Number(row.close || row.Close || Number.NaN));
  const wrong = found.findIndex((price) => !(price > 0 && Number.isFinite(price)));
  if (wrong >= 0) throw new Error(`${path}: line ${wrong + 2} has no price in a column close or Close`);
  const least = testDays + steps + 5 * batch;
  if (found.length < least) throw new Error(`${path}: ${found.length} prices, at least ${least} are needed`);
  return found;
}

/** What a network sees of the days, and how what it says of day `t` becomes a price. */
interface View {
  readonly series: readonly number[];
  price(said: number, t: number): number;
}

/** Prices scaled to 0 … 1 by those of the days learned from. */
function levels(): View {
  const known = prices.slice(0, cut);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const series = prices.map((price) => (price - low) / (high - low));
  return { series, price: (said) => low + said * (high - low) };
}

/** `log(pₜ / pₜ₋₁)`, scaled to a deviation of 1 on the days learned from. */
function returns(): View {
  const logs = prices.map((price, t) => (t === 0 ? 0 : Math.log(price / prices[t - 1]!)));
  const scale = rms(logs.slice(1, cut));
  const series = logs.map((each) => each / scale);
  return { series, price: (said, t) => prices[t - 1]! * Math.exp(said * scale) };
}

const runtime = createRuntime({ threads: options.quick ? 1 : 2 });

/** Trains on the days before the cut, and says a price for each day after it, from the true ones before that day. */
async function forecast(name: string, { series, price }: View): Promise<number[]> {
  const model = {
    lstm: new LSTM({ inputSize: 1, hiddenSize: 50, layers, dropout: 0.2, seed: 1 }),
    head: new Linear({ inputSize: 50, outputSize: 1, seed: 2 }),
  };
  const dropout = new Dropout({ rate: 0.2 }); // behind the last layer too, as in the script
  const xs = input("xs", [batch, steps]);
  const ys = input("ys", [batch, 1]);
  const random = randomState(3);
  const says = (how: { training: boolean; key?: typeof random }) => {
    const { state } = model.lstm.apply(expandDims(transpose(xs), 2), how);
    return model.head.apply(dropout.apply(state.at(-1)!.h, how));
  };
  const loss = mse(says({ training: true, key: random }), ys);
  const updates = minimize(loss, parameters(model), adam({ learningRate }));
  const step = compile({
    inputs: { xs, ys },
    outputs: { loss },
    updates: [...updates, ...random.updates],
    runtime,
  });
  const say = compile({ inputs: { xs }, outputs: { said: says({ training: false }) }, runtime });

  const known = windows(series.slice(0, cut), { steps });
  const count = known.targets.shape[0]!;
  const order = Array.from({ length: count }, (_, i) => i);
  await train({
    data: ({ epoch }) =>
      batches(order, { batch, seed: 4, pass: epoch }).map((some) => ({
        xs: rowsOf(known.inputs, some),
        ys: rowsOf(known.targets, some),
      })),
    step,
    steps: epochs * Math.floor(count / batch),
    callbacks: [progressBar({ describe: ({ metrics }) => `${name}: loss ${metrics.loss?.toFixed(5)}` })],
  });

  const test = windows(series.slice(cut - steps), { steps }).inputs;
  const days = Array.from({ length: testDays }, (_, i) => i);
  return batches(days, { batch }).flatMap((some) => {
    const { said } = say({ xs: rowsOf(test, some) });
    return some.map((day, i) => price(said.data[i]!, cut + day));
  });
}

/** Some rows of a matrix. */
function rowsOf({ data, shape: [, width = 0] }: NDArray, rows: readonly number[]): NDArray {
  const picked = rows.flatMap((row) => [...data.subarray(row * width, (row + 1) * width)]);
  return array(picked, { shape: [rows.length, width], dtype: "f32" });
}

function rms(errors: readonly number[]): number {
  return Math.sqrt(errors.reduce((sum, error) => sum + error ** 2 / errors.length, 0));
}

const truth = prices.slice(cut);
const today = prices.slice(cut - 1, -1);
const rise = (prices[cut - 1]! / prices[0]!) ** (1 / (cut - 1)); // what the days learned from won in a day
const lately = truth.map((_, i) =>
  prices.slice(cut + i - steps, cut + i).reduce((sum, price) => sum + price / steps, 0),
);
const forecasts: Record<string, readonly number[]> = {
  "LSTM on prices": await forecast("prices", levels()),
  "LSTM on returns": await forecast("returns", returns()),
  "tomorrow is like today": today,
  "today and the usual rise": today.map((price) => price * rise),
  "mean of the last 60": lately,
};
const scores = Object.entries(forecasts).map(([name, said]) => ({
  name,
  rmse: rms(said.map((price, i) => price - truth[i]!)),
  last: rms(said.slice(-20).map((price, i) => price - truth.slice(-20)[i]!)),
  inReturns: 100 * rms(said.map((price, i) => (price - truth[i]!) / today[i]!)),
  // Does it know more of the direction than a coin does?
  direction: said.filter((price, i) => (price - today[i]!) * (truth[i]! - today[i]!) > 0).length / testDays,
}));
const [least, greatest] = [Math.min(...truth), Math.max(...truth)].map((price) => price.toFixed(0));
console.log(`\n${testDays} days after ${cut} learned from, prices ${least} to ${greatest}`);
console.log(
  table(
    ["forecast", "RMSE", "of the last 20 days", "in returns, %", "direction right, %"],
    scores.map(({ name, rmse, last, inReturns, direction }) => [
      name,
      Number(rmse.toFixed(2)),
      Number(last.toFixed(2)),
      Number(inReturns.toFixed(3)),
      name === "tomorrow is like today" ? "–" : Number((100 * direction).toFixed(1)),
    ]),
  ),
);
const [onPrices, onReturns, naive, rising, mean] = scores.map(({ rmse }) => rmse) as [
  number,
  number,
  number,
  number,
  number,
];
const gain = 100 * (1 - Math.min(onPrices, onReturns) / Math.min(naive, rising));
console.log(
  `\nthe better network is ${Math.abs(gain).toFixed(2)} % ${gain > 0 ? "ahead of" : "behind"} today's price`,
);

// A day's news is not in the days before it: near today's price is all there is, and far ahead of it there must be a leak.
assert(onPrices < mean, `on prices ${onPrices}: no better than the mean of the last 60 days, ${mean}`);
assert(onReturns < 1.05 * naive, `on returns ${onReturns}: far behind today's price, ${naive}`);
assert(Math.min(onPrices, onReturns) > 0.95 * naive, `${gain} % ahead of today's price: what does it see?`);

const x = truth.map((_, i) => cut + i);
const networks = Object.entries(forecasts).slice(0, 2);
savePicture(
  "stock",
  "forecast.svg",
  await predictionChart(
    prices,
    networks.map(([name, y]) => ({ name, x, y })),
    { title: "Each day's price, from the sixty before it", split: cut, xLabel: "day", yLabel: "price" },
  ),
);
savePicture(
  "stock",
  "last-days.svg",
  await predictionChart(
    truth.slice(-40),
    Object.entries(forecasts)
      .slice(0, 3)
      .map(([name, y]) => ({ name, y: y.slice(-40) })),
    { title: "The last forty days: forecasts run a day behind", xLabel: "day", yLabel: "price" },
  ),
);
saveResults("stock", {
  seeds: 1,
  picture: "last-days.svg",
  results: (["LSTM on prices", "LSTM on returns"] as const).map((name, i) => ({
    metric: `RMSE of ${testDays} days of the S&P 500, ${name}`,
    value: [onPrices, onReturns][i]!.toFixed(2),
    baseline: `${naive.toFixed(2)}, tomorrow is like today`,
  })),
});
