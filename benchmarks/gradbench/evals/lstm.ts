import {
  add,
  concat,
  exp,
  grad,
  log,
  mean,
  mul,
  neg,
  reshape,
  scan,
  sigmoid,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
} from "@org/core";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

type Rows = readonly (readonly number[])[];

interface Input {
  readonly main_params: Rows;
  readonly extra_params: Rows;
  readonly state: Rows;
  readonly sequence: Rows;
}

/** `main [2 layers, 4 b]`, `extra [3, b]`, `state [2 layers, b]`, `sequence [time, b]`. */
type Given = {
  readonly main: Tensor;
  readonly extra: Tensor;
  readonly state: Tensor;
  readonly sequence: Tensor;
};

type State = { readonly h: Tensor; readonly c: Tensor };

const rowsOf = (x: Tensor): Tensor[] => Array.from({ length: x.shape[0]! }, (_, row) => take(x, row));

/** Neighbours by two: weights and biases, or hidden and cell. */
const pairsOf = (x: Tensor): (readonly [Tensor, Tensor])[] => {
  const rows = rowsOf(x);
  return Array.from({ length: rows.length / 2 }, (_, i) => [rows[2 * i]!, rows[2 * i + 1]!] as const);
};

/** One layer, whose matrices are diagonal: forget and output gates read the input, the others the hidden state. */
function layer(weights: Tensor, biases: Tensor, { h, c }: State, x: Tensor): State {
  const [f, i, o, g] = split(add(mul(weights, concat([x, h, x, h])), biases), 4);
  const cell = add(mul(c, sigmoid(f!)), mul(sigmoid(i!), tanh(g!)));
  return { h: mul(sigmoid(o!), tanh(cell)), c: cell };
}

/** `-Σₜ Σᵢ sₜ₊₁,ᵢ (yₜ,ᵢ - log(2 + Σⱼ exp yₜ,ⱼ))` over the number of terms; ADBench's loss, its 2 included. */
function loss({ main, extra, state, sequence }: Given): Tensor {
  const [time, bits] = sequence.shape as [number, number];
  const [input, output, bias] = rowsOf(extra);
  const layers = pairsOf(main);
  const inputs = slice(sequence, [0, 0], [time - 1, bits]);
  const targets = slice(sequence, [1, 0], [time, bits]);

  const { ys } = scan(
    (states: readonly State[], x: Tensor) => {
      const next: State[] = [];
      for (const [i, [weights, biases]] of layers.entries())
        next.push(layer(weights, biases, states[i]!, next.at(-1)?.h ?? x));
      return { carry: next, y: next.at(-1)!.h };
    },
    { init: pairsOf(state).map(([h, c]) => ({ h, c })), xs: mul(inputs, input!) },
  );

  const y = add(mul(ys, output!), bias!);
  const normaliser = log(add(2, sum(exp(y), { axis: 1, keepDims: true })));
  return neg(mean(mul(targets, sub(y, normaliser))));
}

const on = ({ main_params, extra_params, state, sequence }: Input) => ({
  main: main_params,
  extra: extra_params,
  state,
  sequence,
});

export const objective: Evaluation = evaluation((input: Input) => ({ f: loss, on: on(input) }));

/** By the main and the extra parameters, row by row, in one list. */
export const jacobian: Evaluation = evaluation((input: Input) => ({
  f(given: Given) {
    const gradients = grad(loss(given), [given.main, given.extra]);
    return concat(gradients.map((gradient) => reshape(gradient, [-1])));
  },
  on: on(input),
}));
