/** What a run is made with. */
export interface Settings {
  readonly cell: Cell;
  /** Of a typed cell: lines such as `h = tanh(x @ W_xh + h @ W_hh + b_h)`. */
  readonly equations: string;
  readonly layers: number;
  readonly hidden: number;
  /** Steps of time between which gradients flow. */
  readonly window: number;
  /** Streams of text read side by side. */
  readonly batch: number;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  /** Steps that the schedule is made for. */
  readonly horizon: number;
  readonly seed: number;
  readonly threads: number;
}

/** What may change while a run goes on. */
export interface Dials {
  /** The largest rate of the schedule. */
  readonly learningRate: number;
  /** The largest norm of the gradient; 0 clips nothing. */
  readonly clip: number;
  readonly temperature: number;
}

export type Cell = "rnn" | "lstm" | "gru" | "typed";
export const cells: readonly Cell[] = ["rnn", "lstm", "gru", "typed"];

export type Optimizer = "sgd" | "momentum" | "adagrad" | "rmsprop" | "adam" | "adamw" | "lion";
export const optimizers: readonly Optimizer[] = [
  "sgd",
  "momentum",
  "adagrad",
  "rmsprop",
  "adam",
  "adamw",
  "lion",
];

export type Schedule = "constant" | "warmupCosine" | "cosine" | "exponential" | "oneCycle";
export const schedules: readonly Schedule[] = [
  "constant",
  "warmupCosine",
  "cosine",
  "exponential",
  "oneCycle",
];

/** The minimal gated unit: Zhou, Wu, Zhang & Zhou 2016, equations 6 to 8. */
const minimalGatedUnit = `f = σ(x @ W_xf + h @ W_hf + b_f)
g = tanh(x @ W_xh + (f ⊙ h) @ W_hh + b_h)
h = (1 - f) ⊙ h + f ⊙ g`;

export const firstSettings: Settings = {
  cell: "lstm",
  equations: minimalGatedUnit,
  layers: 1,
  hidden: 64,
  window: 32,
  batch: 16,
  optimizer: "adam",
  schedule: "constant",
  horizon: 4000,
  seed: 1,
  threads: 1,
};

export const firstDials: Dials = { learningRate: 0.005, clip: 1, temperature: 0.8 };

/** The least and the most of every number. */
export const bounds: Readonly<Record<Bounded, readonly [least: number, most: number]>> = {
  layers: [1, 4],
  hidden: [2, 512],
  window: [2, 512],
  batch: [1, 256],
  horizon: [10, 1_000_000],
  seed: [0, 2_147_483_647],
  threads: [1, 16],
};
export type Bounded = "layers" | "hidden" | "window" | "batch" | "horizon" | "seed" | "threads";

/** A text by its name, and what it says. */
export interface Text {
  /** Of a text that ships with the page, its file; of another, what the reader's file is called. */
  readonly name: string;
  readonly content: string;
}

/** The kinds of words that settings hold. */
const choices: Readonly<Record<"cell" | "optimizer" | "schedule", readonly string[]>> = {
  cell: cells,
  optimizer: optimizers,
  schedule: schedules,
};

/** The name of the first setting that is none, of what a file or the browser had kept. */
export function wrongSetting(found: Settings): string | undefined {
  const numbers = (Object.keys(bounds) as Bounded[]).find((name) => {
    const [least, most] = bounds[name];
    return !(Number.isInteger(found[name]) && found[name] >= least && found[name] <= most);
  });
  const words = (["cell", "optimizer", "schedule"] as const).find(
    (name) => !choices[name].includes(found[name]),
  );
  return numbers ?? words ?? (typeof found.equations === "string" ? undefined : "equations");
}

/** The same of dials. */
export function wrongDial(found: Dials): string | undefined {
  return (Object.keys(firstDials) as (keyof Dials)[]).find(
    (name) => !(typeof found[name] === "number" && Number.isFinite(found[name]) && found[name] >= 0),
  );
}
