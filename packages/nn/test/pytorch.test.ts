/** Cells against PyTorch's layers, whose weights are stacked by gate and multiply from the left. */
import {
  add,
  constant,
  evaluate,
  grad,
  mul,
  type Nested,
  type Operand,
  sum,
  type Tensor,
  transpose,
} from "@org/core";
import { type Cell, GRUCell, LSTMCell, RNNCell, recurrent } from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, fixture } from "./values.ts";

interface Recorded {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly parameters: Record<string, Nested>;
  readonly x: Nested;
  readonly state0: Record<string, [Nested]>;
  readonly y: Nested;
  readonly stateT: Record<string, [Nested]>;
  readonly loss: { readonly wy: Nested; readonly wState: Record<string, [Nested]>; readonly value: number };
  readonly grads: {
    readonly x: Nested;
    readonly state0: Record<string, [Nested]>;
    readonly parameters: Record<string, Nested>;
  };
}

type Stacked = Record<string, Nested>;

/** The rows of gate `i` of stacked weights. */
const rows = (stacked: Nested, i: number, size: number): number[][] =>
  (stacked as number[][]).slice(i * size, (i + 1) * size);

const flip = (matrix: Nested): Nested => evaluate(transpose(constant(matrix, "f64"))).toNested();

/** Our names for the weights of gates in PyTorch's order. `combine` makes one bias of PyTorch's two. */
function unstack(
  stacked: Stacked,
  gates: string,
  size: number,
  combine: (a: number, b: number) => number,
): Record<string, Nested> {
  const named: Record<string, Nested> = {};
  [...gates].forEach((gate, i) => {
    named[`W_x${gate}`] = flip(rows(stacked.weight_ih_l0!, i, size));
    named[`W_h${gate}`] = flip(rows(stacked.weight_hh_l0!, i, size));
    const [a, b] = [rows(stacked.bias_ih_l0!, i, size), rows(stacked.bias_hh_l0!, i, size)] as unknown as [
      number[],
      number[],
    ];
    named[`b_${gate}`] = a.map((value, k) => combine(value, b[k]!));
  });
  return named;
}

const both = (a: number, b: number): number => a + b;
/** The gradient of a sum of two biases is that of either. */
const either = (a: number, b: number): number => (a + b) / 2;

interface Case {
  readonly name: string;
  readonly gates: string;
  /** PyTorch's second bias, where it is not just added to the first. */
  readonly secondBias?: string;
  make(options: {
    inputSize: number;
    hiddenSize: number;
    seed: number;
    dtype: "f64";
  }): Cell<Record<string, Tensor>>;
}

const cases: readonly Case[] = [
  { name: "rnn-tanh", gates: "h", make: (options) => new RNNCell(options) as never },
  {
    name: "rnn-relu",
    gates: "h",
    make: (options) => new RNNCell({ ...options, activation: "relu" }) as never,
  },
  { name: "lstm", gates: "ifco", make: (options) => new LSTMCell(options) as never },
  {
    name: "gru-reset-after",
    gates: "rzh",
    secondBias: "b_hh",
    make: (options) => new GRUCell({ ...options, update: "keep", reset: "after" }) as never,
  },
];

describe.each(cases)("$name", ({ name, gates, secondBias, make }) => {
  const recorded = fixture<Recorded>(name);
  const { inputSize, hiddenSize, parameters, loss: defined } = recorded;
  const named = (stacked: Stacked, combine: (a: number, b: number) => number): Record<string, Nested> => {
    const all = unstack(stacked, gates, hiddenSize, combine);
    if (!secondBias) return all;
    const last = gates.length - 1;
    return {
      ...all,
      [`b_${gates[last]}`]: rows(stacked.bias_ih_l0!, last, hiddenSize),
      [secondBias]: rows(stacked.bias_hh_l0!, last, hiddenSize),
    };
  };

  const cell = make({ inputSize, hiddenSize, seed: 0, dtype: "f64" });
  const weights = named(parameters, both);
  for (const [key, value] of Object.entries(weights)) cell.parameters[key]!.value = value;
  const first = ([value]: [Nested]): Tensor => constant(value, "f64");
  const mapStates = <To>(
    states: Record<string, [Nested]>,
    replace: (value: [Nested]) => To,
  ): Record<string, To> =>
    Object.fromEntries(Object.entries(states).map(([key, value]) => [key, replace(value)]));

  const x = constant(recorded.x, "f64");
  const initialState = mapStates(recorded.state0, first);
  const { outputs, state } = recurrent(cell, x, { initialState });
  const weighted = (value: Tensor, weight: Operand): Tensor => sum(mul(value, weight));
  const loss = Object.entries(defined.wState).reduce(
    (total, [key, weight]) => add(total, weighted(state[key]!, first(weight))),
    weighted(outputs, constant(defined.wy, "f64")),
  );

  test("has a value for every parameter", () =>
    expect(Object.keys(cell.parameters).sort()).toEqual(Object.keys(weights).sort()));

  test("outputs and states", () => {
    expectClose(outputs, recorded.y);
    for (const [key, value] of Object.entries(recorded.stateT))
      expectClose(state[key]!, value[0], 1e-10, key);
    expectClose(loss, defined.value);
  });

  test("gradients of inputs, states and parameters", () => {
    const gradients = evaluate(grad(loss, { x, initialState, parameters: cell.parameters }));
    expectClose(gradients.x, recorded.grads.x);
    for (const [key, value] of Object.entries(recorded.grads.state0)) {
      expectClose(gradients.initialState[key]!, value[0], 1e-10, key);
    }
    const expected = named(recorded.grads.parameters, either);
    for (const [key, value] of Object.entries(gradients.parameters)) {
      expectClose(value, expected[key]!, 1e-10, key);
    }
  });
});
