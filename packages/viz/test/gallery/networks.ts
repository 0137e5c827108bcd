/** Networks that the figures draw, with values for what is fed. */
import {
  add,
  ancestors,
  array,
  input,
  matmul,
  mean,
  type NDArray,
  named,
  type Parameter,
  parameter,
  scan,
  square,
  sum,
  type Tensor,
  take,
} from "@org/core";
import * as nn from "@org/nn";
import { chance } from "../results/figures.ts";

/** Values for all inputs: numbers around 0, and for `i32` ids below `count`. */
export function feedsOf(tensors: readonly Tensor[], count = 8): Record<string, NDArray> {
  const inputs = ancestors(tensors).filter(({ op }) => op.name === "input");
  return Object.fromEntries(
    inputs.map((node, i) => {
      const { shape, dtype, name } = node.result();
      const size = shape.reduce((product, length) => product * length, 1);
      const numbers = Array.from({ length: size }, (_, k) => chance(1000 * i + k));
      const values = numbers.map((part) => (dtype === "i32" ? Math.floor(part * count) : 2 * part - 1));
      return [name!, array(dtype === "i32" ? Int32Array.from(values) : Float32Array.from(values), { shape })];
    }),
  );
}

export interface LanguageModel {
  readonly loss: Tensor;
  /** Of each step and sequence, `[time, batch]`. */
  readonly losses: Tensor;
}

export interface LanguageModelOptions {
  readonly kind?: "RNN" | "LSTM" | "GRU";
  readonly layers?: number;
  readonly bidirectional?: boolean;
  readonly truncate?: number;
  readonly steps?: number;
}

/** Embedding, recurrent layers, a head, cross-entropy. */
export function languageModel({
  kind = "RNN",
  layers = 1,
  bidirectional = false,
  truncate,
  steps = 4,
}: LanguageModelOptions = {}): LanguageModel {
  const [ids, labels] = [input("ids", [steps, 4], "i32"), input("labels", [steps, 4], "i32")];
  const options = { inputSize: 6, hiddenSize: 10, layers, bidirectional, seed: 2 };
  const layer = {
    RNN: () => new nn.RNN(options),
    LSTM: () => new nn.LSTM(options),
    GRU: () => new nn.GRU({ ...options, update: "keep", reset: "before" }),
  }[kind]();
  const x = new nn.Embedding({ count: 8, size: 6, seed: 1 }).apply(ids);
  const run = layer as { apply(x: Tensor, options: object): { outputs: Tensor } };
  const { outputs } = run.apply(x, truncate === undefined ? {} : { truncate });
  const head = new nn.Linear({ inputSize: bidirectional ? 20 : 10, outputSize: 8, seed: 3 });
  const logits = head.apply(outputs);
  return {
    loss: nn.crossEntropy(logits, labels),
    losses: nn.crossEntropy(logits, labels, { reduction: "none" }),
  };
}

const weight = (name: string, rows: number, columns: number): Parameter =>
  parameter(
    name,
    array(
      Float32Array.from({ length: rows * columns }, (_, i) => chance(i) - 0.5),
      { shape: [rows, columns] },
    ),
  );

/** `h_t = W_hx x_t + W_hh h_{t-1}`, `o_t = W_qh h_t`, an error at each step. Source: Zhang et al., section 9.7. */
export function linearNetwork(steps: number): Tensor {
  const [W_hx, W_hh, W_qh] = [weight("W_hx", 2, 3), weight("W_hh", 3, 3), weight("W_qh", 3, 1)];
  const { ys } = scan(
    ({ h }, x) => {
      const next = named(add(matmul(x, W_hx), matmul(h, W_hh)), "h");
      return { carry: { h: next }, y: named(matmul(next, W_qh), "o") };
    },
    { init: { h: input("h0", [1, 3]) }, xs: input("x", [steps, 1, 2]) },
  );
  return mean(square(ys));
}

/** A loss that only sees the last step, so that its gradient has to go all the way back. */
export function lastStep(kind: "RNN" | "GRU" | "LSTM", steps: number): { loss: Tensor; state: Tensor } {
  const x = input("x", [steps, 4, 3]);
  const sizes = { inputSize: 3, hiddenSize: 8, seed: 5 };
  const result = {
    RNN: () => nn.recurrent(small(new nn.RNNCell(sizes)), x),
    GRU: () => nn.recurrent(small(new nn.GRUCell({ ...sizes, update: "keep", reset: "before" })), x),
    LSTM: () => nn.recurrent(small(new nn.LSTMCell({ ...sizes, forgetBias: 2 })), x),
  }[kind]();
  return { loss: sum(square(take(result.outputs, steps - 1))), state: result.state.h };
}

/** Recurrent weights of 0.6 of their size: what is orthogonal would not fade. */
function small<C extends { readonly parameters: Readonly<Record<string, Parameter>> }>(cell: C): C {
  for (const [name, each] of Object.entries(cell.parameters)) {
    if (name.startsWith("W_h"))
      each.value = each.value.data.map((value: number) => 0.6 * value) as Float32Array;
  }
  return cell;
}
