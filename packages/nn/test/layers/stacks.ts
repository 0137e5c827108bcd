/** Layers of each kind with values for all parameters, in f64. */
import { add, constant, mul, square, sum, type Tensor } from "@org/core";
import {
  GRU,
  LSTM,
  type LSTMOptions,
  parameters,
  type RecurrentStack,
  type RecurrentStackOptions,
  RNN,
} from "@org/nn";
import { randomize, values } from "../values.ts";

export const T = 5;
export const B = 2;
export const D = 3;
export const H = 4;

type Sizes = Pick<LSTMOptions, "inputSize" | "hiddenSize" | "seed" | "dtype">;
export const sizes: Sizes = { inputSize: D, hiddenSize: H, seed: 1, dtype: "f64" };
export const x: Tensor = constant(values(1, T, B, D));

export type Stack = RecurrentStack<Record<string, Tensor>>;
export type Options = RecurrentStackOptions & { layers?: number; bidirectional?: boolean };

export const kinds: readonly (readonly [name: string, make: (options?: Options) => Stack])[] = [
  ["RNN", (options) => new RNN({ ...sizes, ...options }) as never],
  ["LSTM", (options) => new LSTM({ ...sizes, ...options }) as never],
  ["GRU", (options) => new GRU({ ...sizes, ...options, update: "write", reset: "before" }) as never],
];

export const filled = (stack: Stack, seed = 3): Stack => {
  randomize(parameters(stack), seed);
  return stack;
};

export const norm2 = ({
  outputs,
  state,
}: {
  outputs: Tensor;
  state: readonly Record<string, Tensor>[];
}): Tensor =>
  state
    .flatMap((each) => Object.values(each))
    .reduce((total, h, i) => add(total, mul(sum(square(h)), 0.5 + i)), sum(square(outputs)));
