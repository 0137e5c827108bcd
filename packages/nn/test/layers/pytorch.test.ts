/** Layers with PyTorch's weights against PyTorch's outputs, states and gradients. */
import {
  add,
  array,
  compile,
  constant,
  evaluate,
  grad,
  input,
  mul,
  type NDArray,
  type Nested,
  type Operand,
  sum,
  type Tensor,
} from "@org/core";
import { fromPyTorch, GRU, LSTM, parameters, type RecurrentStack, RNN, type RNNOptions } from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, fixture } from "../values.ts";

type States = Record<string, Nested>;
type Stacked = Record<string, Nested>;

interface Recorded {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly lengths: number[] | null;
  readonly parameters: Stacked;
  readonly x: Nested;
  readonly state0: States;
  readonly y: Nested;
  readonly stateT: States;
  readonly loss: { readonly wy: Nested; readonly wState: States; readonly value: number };
  readonly grads: { readonly x: Nested; readonly state0: States; readonly parameters: Stacked };
}

type Options = Pick<RNNOptions, "inputSize" | "hiddenSize" | "seed" | "dtype">;
type Stack = RecurrentStack<Record<string, Tensor>>;

const gru = { update: "keep", reset: "after" } as const;

const cases: readonly (readonly [name: string, make: (options: Options) => unknown])[] = [
  ["rnn-tanh", (options) => new RNN(options)],
  ["rnn-relu", (options) => new RNN({ ...options, activation: "relu" })],
  ["lstm", (options) => new LSTM(options)],
  ["lstm-deep", (options) => new LSTM({ ...options, layers: 2 })],
  [
    "lstm-projection",
    (options) => new LSTM({ ...options, layers: 2, bidirectional: true, projectionSize: 2 }),
  ],
  ["lstm-lengths", (options) => new LSTM(options)],
  ["gru-reset-after", (options) => new GRU({ ...options, ...gru })],
  ["gru-bidirectional", (options) => new GRU({ ...options, ...gru, bidirectional: true })],
];

/**
 * Gradients of PyTorch's two biases are equal where the biases are added up, and then each is that of our one. With the
 * second set to zero, `fromPyTorch` gives gradients our names. A GRU's candidate has both.
 */
function ownGradients(layer: Stack, gradients: Stacked, hiddenSize: number): void {
  const single = Object.entries(gradients).map(([name, value]) => {
    if (!name.startsWith("bias_hh")) return [name, value];
    const kept = layer instanceof GRU ? 2 * hiddenSize : Number.POSITIVE_INFINITY;
    return [name, (value as number[]).map((g, i) => (i < kept ? 0 : g))];
  });
  fromPyTorch(layer, Object.fromEntries(single));
}

describe.each(cases)("A15, A16, A20: %s", (name, make) => {
  const recorded = fixture<Recorded>(name);
  const { inputSize, hiddenSize, lengths } = recorded;

  describe.each([
    ["f64", 1e-10],
    ["f32", 1e-5],
  ] as const)("%s to %f", (dtype, tolerance) => {
    const create = (): Stack => make({ inputSize, hiddenSize, dtype, seed: 1 }) as Stack;
    const layer = create();
    fromPyTorch(layer, recorded.parameters);
    /** `[layers and directions, batch, hidden]` as one record for each. */
    const unstack = (states: States, count: number): Record<string, Tensor>[] =>
      Array.from({ length: count }, (_, i) =>
        Object.fromEntries(
          Object.entries(states).map(([key, value]) => [key, constant((value as Nested[])[i]!, dtype)]),
        ),
      );
    const count = layer.initialState(1).length;
    const x = input("x", array(recorded.x).shape, dtype);
    const initialState = unstack(recorded.state0, count);
    const { outputs, state } = layer.apply(x, { initialState, ...(lengths && { lengths }) });
    const weighted = (value: Tensor, weight: Operand): Tensor => sum(mul(value, weight));
    const loss = unstack(recorded.loss.wState, count)
      .flatMap((weights, i) =>
        Object.entries(weights).map(([key, weight]) => weighted(state[i]![key]!, weight)),
      )
      .reduce((a, b) => add(a, b), weighted(outputs, constant(recorded.loss.wy, dtype)));

    const own = parameters(layer);
    const all = { outputs, state, loss, gradients: grad(loss, { x, initialState, own }) };
    const found =
      dtype === "f64"
        ? evaluate(all, { x: recorded.x })
        : compile({ inputs: { x }, outputs: all })({ x: recorded.x });

    const expectStates = (actual: readonly Record<string, NDArray>[], states: States): void => {
      expect(actual).toHaveLength(count);
      unstack(states, count).forEach((expected, i) => {
        for (const [key, value] of Object.entries(expected)) {
          expectClose(actual[i]![key]!, value, tolerance, `${i} ${key}`);
        }
      });
    };

    test("outputs and states", () => {
      expectClose(found.outputs, recorded.y, tolerance);
      expectStates(found.state, recorded.stateT);
      expectClose(found.loss, recorded.loss.value, tolerance);
    });

    test("gradients of inputs, states and all parameters", () => {
      const { gradients } = found;
      expectClose(gradients.x, recorded.grads.x, tolerance);
      expectStates(gradients.initialState, recorded.grads.state0);
      const expected = create();
      ownGradients(expected, recorded.grads.parameters, hiddenSize);
      expect(Object.keys(gradients.own)).toEqual(Object.keys(parameters(expected)));
      for (const [key, { value }] of Object.entries(parameters(expected))) {
        expectClose(gradients.own[key]!, value, tolerance, key);
      }
    });
  });
});
