/**
 * Time and memory of backpropagation through time over 1,000 steps: full, truncated, per step, checkpointed, and in
 * windows that are calls of their own.
 *
 *     npx tsx scripts/bptt.ts [steps]
 *
 * One call computes the loss and all gradients of an LSTM. Memory of the compiled step is what it reserves for values
 * between inputs and outputs; that of the interpreter is the most it held at once. The angle is between a gradient and
 * the full one: 0° is the same direction.
 */
import { array, compile, evaluate, grad, input, MemoryMeter, type NDArray } from "@org/core";
import * as nn from "@org/nn";

const [time = 1000] = process.argv.slice(2).map(Number);
const [batch, size, hidden] = [8, 16, 64];
const window = 50;

const model = {
  cell: new nn.LSTMCell({ inputSize: size, hiddenSize: hidden, seed: 1 }),
  head: new nn.Linear({ inputSize: hidden, outputSize: size, seed: 2 }),
};
const feeds = {
  xs: nn.init.normal([time, batch, size], { seed: 3 }),
  ys: nn.init.normal([time, batch, size], { seed: 4 }),
};

interface Way {
  readonly name: string;
  /** Steps of a call; the state goes from one to the next. */
  readonly steps: number;
  readonly options: nn.RecurrentOptions<nn.LSTMState>;
}
const ways: readonly Way[] = [
  { name: "full", steps: time, options: {} },
  { name: 'checkpoint: "sqrt"', steps: time, options: { checkpoint: "sqrt" } },
  { name: `truncate: ${window}`, steps: time, options: { truncate: window } },
  {
    name: "truncate: { every: 25, back: 100 }",
    steps: time,
    options: { truncate: { every: 25, back: 100 } },
  },
  { name: "truncate: { every: 1, back: 5 }", steps: time, options: { truncate: { every: 1, back: 5 } } },
  { name: `calls of ${window} steps`, steps: Math.min(window, time), options: {} },
];

/** Loss and gradients of a way, and the state at the end. */
function graphOf({ steps, options }: Way) {
  const xs = input("xs", [steps, batch, size]);
  const ys = input("ys", [steps, batch, size]);
  const h = input("h", [batch, hidden]);
  const c = input("c", [batch, hidden]);
  const { outputs, state } = nn.recurrent(model.cell, xs, { ...options, initialState: { h, c } });
  const loss = nn.mse(model.head.apply(outputs), ys);
  return { inputs: { xs, ys, h, c }, outputs: { loss, state, gradients: grad(loss, nn.parameters(model)) } };
}

const zeros = (): NDArray => evaluate(model.cell.initialState(batch)).h;

/** The windows of a whole sequence, the same arrays for each call of a size. */
function windowsOf(steps: number): { xs: Float32Array; ys: Float32Array }[] {
  const part = ({ data }: NDArray, from: number): Float32Array =>
    data.slice(from * batch * size, (from + steps) * batch * size) as Float32Array;
  return Array.from({ length: Math.floor(time / steps) }, (_, i) => ({
    xs: part(feeds.xs, i * steps),
    ys: part(feeds.ys, i * steps),
  }));
}

type Gradients = Record<string, NDArray>;
interface Measured {
  readonly ms: number;
  readonly arenaBytes: number;
  readonly interpreterBytes: number;
  readonly gradients: Gradients;
}

function measure(way: Way): Measured {
  const { inputs, outputs } = graphOf(way);
  const step = compile({ inputs, outputs });
  const windows = windowsOf(way.steps);
  /** How long each call took: other work on the machine disturbs some of them. */
  const times: number[] = [];
  /** The mean of the gradients of all calls. */
  const sequence = (): Gradients => {
    let state = { h: zeros(), c: zeros() };
    const gradients: Gradients = {};
    for (const each of windows) {
      const from = performance.now();
      const found = step({ ...each, ...state });
      times.push(performance.now() - from);
      state = found.state;
      for (const [name, { data, shape }] of Object.entries(found.gradients)) {
        const before = gradients[name]?.data;
        const sums = Float64Array.from(data, (g, i) => (before?.[i] ?? 0) + g / windows.length);
        gradients[name] = array(sums, { shape, dtype: "f64" });
      }
    }
    return gradients;
  };
  const gradients = sequence();
  while (times.length < 21) sequence();
  const ms = times.sort((a, b) => a - b)[times.length >> 1]! * windows.length;
  const memory = new MemoryMeter();
  evaluate(outputs, { ...windows[0]!, h: zeros(), c: zeros() }, { memory });
  const { arenaBytes } = step.report();
  return { ms, arenaBytes, interpreterBytes: memory.peak, gradients };
}

/** In degrees. */
function angle(a: Gradients, b: Gradients): number {
  const inner = (x: Gradients, y: Gradients): number => {
    let sum = 0;
    for (const [name, { data }] of Object.entries(x)) {
      for (let i = 0; i < data.length; i++) sum += data[i]! * y[name]!.data[i]!;
    }
    return sum;
  };
  const cosine = inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
}

const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
console.log(`LSTM ${hidden}, batch ${batch}, ${time} steps, f32, 1 thread\n`);
console.log("| | ms a sequence | MiB compiled | MiB interpreter | updates | angle to full |");
console.log("|---|---:|---:|---:|---:|---:|");
let full: Gradients | undefined;
for (const way of ways) {
  const found = measure(way);
  full ??= found.gradients;
  const cells = [
    `\`${way.name}\``,
    found.ms.toFixed(1),
    mb(found.arenaBytes),
    mb(found.interpreterBytes),
    Math.floor(time / way.steps),
    `${angle(found.gradients, full).toFixed(2)}°`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
