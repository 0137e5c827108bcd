/** A recurrent language model: embedding → cell → linear head → mean cross-entropy over all steps. */
export interface Network {
  readonly cell: "lstm" | "rnn" | "gru";
  readonly hidden: number;
  readonly batch: number;
  readonly time: number;
  /** Default 1; only ours has more. */
  readonly layers?: number;
}

export const vocabulary = 64;
export const embedding = 32;

/** Adam and the clipping of all gradients together, for everyone. */
export const training = { learningRate: 2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, clip: 1 } as const;

/** What everyone is measured on. */
export const workloads: Readonly<Record<"W1" | "W2" | "W3", Network>> = {
  W1: { cell: "lstm", hidden: 128, batch: 32, time: 64 },
  W2: { cell: "rnn", hidden: 64, batch: 1, time: 25 },
  W3: { cell: "gru", hidden: 256, batch: 64, time: 32 },
};

export type WorkloadName = keyof typeof workloads;

export const workloadNames: readonly WorkloadName[] = ["W1", "W2", "W3"];

const cellNames = { lstm: "LSTM", rnn: "tanh RNN", gru: "GRU" };

/** `LSTM, hidden 128, batch 32, T 64` */
export const describe = ({ cell, hidden, batch, time, layers = 1 }: Network): string =>
  `${layers > 1 ? `${layers} × ` : ""}${cellNames[cell]}, hidden ${hidden}, batch ${batch}, T ${time}`;

/** How many blocks of `hidden` rows a cell's weights have: i f g o, or r z n. */
export const gateCount: Readonly<Record<Network["cell"], number>> = { lstm: 4, rnn: 1, gru: 3 };

/**
 * A matrix product `[m, k] × [k, n]`. `left`: the left operand is stored `[k, m]`; `right`: the right one `[n, k]`.
 * `loop`: the right operand stays and the left one depends on the product before, as in a recurrent network; `once`:
 * both are new.
 */
export interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposed?: "left" | "right";
  readonly form: "loop" | "once";
}

export const flopsOf = ({ m, k, n }: Product): number => 2 * m * k * n;

/** How many products one call does, so that the call itself does not count. */
export const repetitions = (product: Product): number =>
  product.form === "once" ? 1 : Math.max(8, Math.min(4096, Math.round(4e7 / flopsOf(product))));

export const linearCells = ["minGRU", "S5", "selective state space"] as const;

/** A linear cell of as many inputs as units, over sequences: step by step, or all steps at once. */
export interface LinearRun {
  readonly cell: (typeof linearCells)[number];
  readonly units: number;
  readonly batch: number;
  readonly time: number;
  readonly parallel: boolean;
  /** Whether a step of training is made, or outputs alone. */
  readonly gradient: boolean;
}

/** Steps that read neighbours, over 1,000 points. */
export interface Stencil {
  readonly form: "heat" | "ode";
  readonly dtype: "f32" | "f64";
  readonly steps: number;
}
