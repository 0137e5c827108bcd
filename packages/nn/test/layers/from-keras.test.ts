/**
 * Keras 3.15.1's own values: `fixtures/keras.json` has the weights of five models by `w.path`, inputs and outputs, f32, written by
 * its JAX backend; `[batch, time, features]`.
 */
import { GraphError, type Nested } from "@org/core";
import {
  Conv2d,
  Embedding,
  fromKeras,
  GRU,
  LayerNorm,
  Linear,
  LSTM,
  LSTMCell,
  parameters,
  RNN,
} from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, fixture } from "../values.ts";

type Recorded = Readonly<
  Record<
    string,
    { readonly weights: Record<string, Nested>; readonly inputs: Nested; readonly outputs: Nested }
  >
>;
const keras = fixture<Recorded>("keras");

const sizes = { inputSize: 3, hiddenSize: 4, seed: 1, dtype: "f64", layout: "batch-major" } as const;
const layers = {
  simple: { rnn: new RNN(sizes) },
  lstm: { lstm: new LSTM(sizes) },
  gru: { gru: new GRU({ ...sizes, update: "keep", reset: "after" }) },
  gru_before: { gru: new GRU({ ...sizes, update: "write", reset: "before" }) },
};

describe("values of Keras", () => {
  test.each(Object.entries(layers))("%s", (name, model) => {
    const { weights, inputs, outputs } = keras[name]!;
    fromKeras(model, weights);
    const [layer] = Object.values(model) as [LSTM];
    expectClose(layer.apply(inputs).outputs, outputs, 1e-6);
  });

  test("an embedding, both directions, one more layer, a head", () => {
    const model = {
      embedding: new Embedding({ count: 6, size: 3, seed: 1, dtype: "f64" }),
      both: new LSTM({ ...sizes, bidirectional: true }),
      second: new GRU({ ...sizes, inputSize: 8, update: "keep", reset: "after" }),
      head: new Linear({ inputSize: 4, outputSize: 2, seed: 1, dtype: "f64" }),
    };
    const { weights, inputs, outputs } = keras.text!;
    fromKeras(model, weights);
    const read = model.both.apply(model.embedding.apply(inputs)).outputs;
    expectClose(model.head.apply(model.second.apply(read).outputs), outputs, 1e-6);
  });
});

test("kernels of pictures are turned to channels first; gamma and beta of a norm", () => {
  const conv = new Conv2d({ inputChannels: 2, outputChannels: 3, kernel: [1, 2], seed: 1 });
  // W[o, i, 0, k] is kernel[0, k, i, o]: 100 k + 10 i + o.
  const kernel = [[0, 1].map((k) => [0, 1].map((i) => [0, 1, 2].map((o) => 100 * k + 10 * i + o)))];
  fromKeras(conv, { "conv2d/kernel": kernel, "conv2d/bias": [1, 2, 3] });
  expect(conv.parameters.W.value.toNested()).toEqual(
    [0, 1, 2].map((o) => [0, 1].map((i) => [[o + 10 * i, 100 + o + 10 * i]])),
  );
  const norm = new LayerNorm({ size: 2 });
  fromKeras({ norm }, { "norm/gamma": [2, 3], "norm/beta": [4, 5] });
  expect(norm.parameters.g!.value.toNested()).toEqual([2, 3]);
});

test("what does not fit is listed by path, and nothing changes", () => {
  const model = { lstm: new LSTMCell({ inputSize: 3, hiddenSize: 4, seed: 1 }) };
  const before = Object.values(parameters(model)).map(({ value }) => value.toNested());
  const { "sequential_1/lstm/lstm_cell/bias": _, ...rest } = keras.lstm!.weights;
  expect(() => fromKeras(model, { ...rest, "other/kernel": [1] })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: fromKeras: 2 differences, so nothing was changed
      lstm/bias: expected [16], received nothing
      other/kernel: the model has none]
  `);
  expect(Object.values(parameters(model)).map(({ value }) => value.toNested())).toEqual(before);
  const deep = new LSTM({ inputSize: 3, hiddenSize: 4, layers: 2, seed: 1 });
  expect(() => fromKeras({ deep }, {})).toThrow(
    /deep: Keras has a layer for each of the 2 layers of this stack/,
  );
  expect(() => fromKeras(new LSTMCell({ inputSize: 1, hiddenSize: 1, peephole: true, seed: 1 }), {})).toThrow(
    /Keras's LSTM has no peepholes/,
  );
  expect(() => fromKeras(model, null as never)).toThrow(GraphError);
});
