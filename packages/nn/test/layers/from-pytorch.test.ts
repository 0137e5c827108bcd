import { add, array, constant, evaluate, input, type NDArray, type Nested, parameter } from "@org/core";
import {
  Conv2d,
  Dropout,
  Embedding,
  fromPyTorch,
  GRU,
  GRUCell,
  LayerNorm,
  Linear,
  LSTM,
  LSTMCell,
  loadTensors,
  parameters,
  RNN,
  RNNCell,
  recurrent,
  Sequential,
  saveTensors,
  toPyTorch,
} from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { expectClose, fixture, values } from "../values.ts";

interface Recorded {
  readonly parameters: Record<string, Nested>;
  readonly x: Nested;
  readonly y: Nested;
  readonly state0: Record<string, [Nested]>;
}

const sizes = { inputSize: 3, hiddenSize: 4, seed: 1, dtype: "f64" } as const;

describe("layers that are not recurrent", () => {
  test("Linear: y = x weightᵀ + bias", () => {
    const head = new Linear({ inputSize: 3, outputSize: 2, seed: 1 });
    fromPyTorch(head, {
      weight: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      bias: [10, 20],
    });
    expectClose(head.apply([[1, 10, 100]]), [[331, 674]], 0);
    const plain = new Linear({ inputSize: 2, outputSize: 1, seed: 1, bias: false });
    fromPyTorch(plain, { weight: [[5, 7]] });
    expect(plain.parameters.W.value.toNested()).toEqual([[5], [7]]);
  });

  test("Embedding, LayerNorm and Conv2d as they are", () => {
    const model = {
      embedding: new Embedding({ count: 3, size: 2, seed: 1 }),
      norm: new LayerNorm({ size: 2 }),
      conv: new Conv2d({ inputChannels: 1, outputChannels: 2, kernel: [1, 2], seed: 1 }),
    };
    const weights = {
      "embedding.weight": [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      "norm.weight": [2, 3],
      "norm.bias": [4, 5],
      "conv.weight": [[[[1, 2]]], [[[3, 4]]]],
      "conv.bias": [5, 6],
    };
    fromPyTorch(model, weights);
    const own = Object.values(parameters(model)).map(({ value }) => value.toNested());
    expect(own).toEqual(Object.values(weights));
  });
});

describe("recurrent layers", () => {
  const recorded = fixture<Recorded>("gru-reset-after");
  const x = constant(recorded.x, "f64");

  test("a GRU that writes: its update gate is PyTorch's with the other sign (A12)", () => {
    const gru = new GRU({ ...sizes, update: "write", reset: "after" });
    fromPyTorch(gru, recorded.parameters);
    const initialState = [{ h: constant(recorded.state0.h![0]!, "f64") }];
    expectClose(gru.apply(x, { initialState }).outputs, recorded.y);
  });

  test("a cell has the same names without an ending", () => {
    for (const [name, cell] of [
      ["gru-reset-after", new GRUCell({ ...sizes, update: "keep", reset: "after" })],
      ["lstm", new LSTMCell(sizes)],
      ["rnn-tanh", new RNNCell(sizes)],
    ] as const) {
      const { parameters: stacked, x, y, state0 } = fixture<Recorded>(name);
      fromPyTorch(
        cell,
        Object.fromEntries(Object.entries(stacked).map(([key, value]) => [key.slice(0, -3), value])),
      );
      const initialState = Object.fromEntries(
        Object.entries(state0).map(([key, [value]]) => [key, constant(value, "f64")]),
      );
      expectClose(recurrent(cell as never, constant(x, "f64"), { initialState }).outputs, y);
    }
  });

  test("without biases", () => {
    const lstm = new LSTM({ ...sizes, bias: false });
    const { weight_ih_l0, weight_hh_l0 } = fixture<Recorded>("lstm").parameters;
    fromPyTorch(lstm, { weight_ih_l0: weight_ih_l0!, weight_hh_l0: weight_hh_l0! });
    const W_xi = (weight_ih_l0 as number[][]).slice(0, 4);
    expect(parameters(lstm)["0.W_xi"]!.value.toNested()).toEqual(
      [0, 1, 2].map((d) => W_xi.map((row) => row[d])),
    );
  });

  test("f64 values are rounded once where the layer has f32, sums of biases too", () => {
    const rnn = new RNN({ inputSize: 1, hiddenSize: 1, seed: 1 });
    fromPyTorch(rnn, { weight_ih_l0: [[0.1]], weight_hh_l0: [[0.2]], bias_ih_l0: [0.1], bias_hh_l0: [0.2] });
    expect(Object.values(parameters(rnn)).map(({ value }) => value.data[0])).toEqual(
      [0.1, 0.2, 0.1 + 0.2].map(Math.fround),
    );
  });
});

test("a model of many parts, through a safetensors file", () => {
  const make = () => ({
    encoder: new Sequential([
      new Embedding({ count: 5, size: 3, seed: 1 }),
      new Dropout({ rate: 0.5 }),
      new LSTM({ ...sizes, dtype: "f32", layers: 2, bidirectional: true }),
    ]),
    heads: [new Linear({ inputSize: 8, outputSize: 2, seed: 2 })],
    scale: parameter("scale", [1, 2]),
  });
  const record: Record<string, ReturnType<typeof values>> = {
    "encoder.0.weight": values(1, 5, 3),
    "heads.0.weight": values(2, 2, 8),
    "heads.0.bias": values(3, 2),
    scale: values(4, 2),
  };
  for (const [l, width] of [3, 8].entries()) {
    for (const [d, direction] of ["", "_reverse"].entries()) {
      const suffix = `l${l}${direction}`;
      record[`encoder.2.weight_ih_${suffix}`] = values(10 + 4 * l + d, 16, width);
      record[`encoder.2.weight_hh_${suffix}`] = values(20 + 4 * l + d, 16, 4);
      record[`encoder.2.bias_ih_${suffix}`] = values(30 + 4 * l + d, 16);
      record[`encoder.2.bias_hh_${suffix}`] = values(40 + 4 * l + d, 16);
    }
  }
  const model = make();
  fromPyTorch(model, loadTensors(saveTensors(record)));
  expectClose(model.scale.value, record.scale!, 1e-7);
  const own = parameters(model);
  expect(own["encoder.2.1.backward.W_xf"]!.value.data[1]).toBe(
    Math.fround(record["encoder.2.weight_ih_l1_reverse"]!.data[(4 + 1) * 8]!),
  );
  const ids = input("ids", [2, 1], "i32");
  const logits = model.heads[0]!.apply(model.encoder.apply(ids));
  expect(evaluate(logits, { ids: [[1], [2]] }).shape).toEqual([2, 1, 2]);
});

describe("toPyTorch is the inverse", () => {
  const seed = fc.nat(1000);
  const stack = fc.record({
    layers: fc.integer({ min: 1, max: 3 }),
    bidirectional: fc.boolean(),
    merge: fc.constantFrom("concat" as const, "sum" as const),
    bias: fc.boolean(),
    dtype: fc.constantFrom("f32" as const, "f64" as const),
    inputSize: fc.integer({ min: 1, max: 4 }),
    hiddenSize: fc.integer({ min: 1, max: 4 }),
  });
  const update = fc.constantFrom("keep" as const, "write" as const);
  const make = fc.oneof(
    stack.map((options) => (seed: number) => new RNN({ ...options, seed })),
    fc.tuple(stack, fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined })).map(
      ([options, projectionSize]) =>
        (seed: number) =>
          new LSTM({ ...options, ...(projectionSize && { projectionSize }), seed }),
    ),
    fc.tuple(stack, update).map(
      ([options, update]) =>
        (seed: number) =>
          new GRU({ ...options, update, reset: "after", seed }),
    ),
    fc.tuple(stack, update).map(
      ([{ inputSize, hiddenSize, bias, dtype }, update]) =>
        (seed: number) =>
          new GRUCell({ inputSize, hiddenSize, bias, dtype, update, reset: "after", seed }),
    ),
    stack.map(({ bias, dtype }) => (seed: number) => ({
      parts: new Sequential([
        new Conv2d({ inputChannels: 2, outputChannels: 3, kernel: [1, 2], bias, dtype, seed }),
        new Dropout({ rate: 0.1 }),
        new Linear({ inputSize: 3, outputSize: 2, bias, dtype, seed }),
      ]),
      deep: [
        {
          embedding: new Embedding({ count: 3, size: 2, dtype, seed }),
          norm: new LayerNorm({ size: 2, dtype }),
        },
      ],
      scale: parameter("scale", [seed, 2], dtype),
    })),
  );

  test("any model to another of its kind and back, through a file, to the last bit", () => {
    fc.assert(
      fc.property(make, seed, (make, seed) => {
        const [from, to] = [make(seed), make(seed + 1)];
        const own = parameters(from);
        Object.values(own).forEach((each, i) => {
          each.value = array(values(seed + i, ...each.shape), { dtype: each.dtype });
        });
        const record = toPyTorch(from);
        fromPyTorch(to, loadTensors(saveTensors(record)));
        const copied = parameters(to);
        for (const [name, { value }] of Object.entries(own)) expect(copied[name]!.value, name).toEqual(value);
        expect(toPyTorch(to)).toEqual(record);
      }),
      runs(40),
    );
  });

  test("what PyTorch wrote, where each block has one bias but for the sum of the two", () => {
    for (const [name, make] of [
      ["gru-reset-after", () => new GRU({ ...sizes, update: "keep", reset: "after" })],
      ["lstm", () => new LSTM(sizes)],
    ] as const) {
      const written = fixture<Recorded>(name).parameters;
      const layer = make();
      fromPyTorch(layer, written);
      const again = toPyTorch(layer);
      expect(Object.keys(again).sort()).toEqual(Object.keys(written).sort());
      for (const weight of ["weight_ih_l0", "weight_hh_l0"]) expectClose(again[weight]!, written[weight]!, 0);
      const biases = (record: Record<string, Nested | NDArray>) =>
        add(constant(record.bias_ih_l0!, "f64"), constant(record.bias_hh_l0!, "f64"));
      expectClose(biases(again), biases(written), 1e-15);
    }
  });

  test("layers that PyTorch has no like of", () => {
    const model = {
      gru: new GRU({ ...sizes, update: "keep", reset: "before" }),
      head: new Linear({ inputSize: 1, outputSize: 1, seed: 1 }),
    };
    expect(() => toPyTorch(model)).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: toPyTorch: gru: reset: "before" has no like in PyTorch, whose reset gate stands after the recurrent product]`,
    );
  });
});

describe("what does not fit", () => {
  const untouched = (model: unknown, record: Record<string, Nested>): string => {
    const before = Object.values(parameters(model)).map(({ value }) => value);
    let message = "";
    try {
      fromPyTorch(model, record);
    } catch (error) {
      message = String(error);
    }
    expect(Object.values(parameters(model)).map(({ value }) => value)).toEqual(before);
    return message;
  };

  test("every difference is listed, and the model stays as it was", () => {
    const model = {
      lstm: new LSTM({ ...sizes, layers: 2 }),
      head: new Linear({ inputSize: 4, outputSize: 1, seed: 1 }),
    };
    const one = fixture<Recorded>("lstm").parameters;
    const record = {
      ...Object.fromEntries(Object.entries(one).map(([name, value]) => [`lstm.${name}`, value])),
      "lstm.weight_hr_l0": [[1]],
      "head.weight": [[1], [2]],
      "head.bias": [[1, 2], [3]],
    } as Record<string, Nested>;
    expect(untouched(model, record)).toMatchInlineSnapshot(`
      "GraphError: fromPyTorch: 7 differences, so nothing was changed
        lstm.weight_ih_l1: expected [16, 4], received nothing
        lstm.weight_hh_l1: expected [16, 4], received nothing
        lstm.bias_ih_l1: expected [16], received nothing
        lstm.bias_hh_l1: expected [16], received nothing
        head.weight: expected [1, 4], received [2, 1]
        head.bias: expected [1], received array: ragged rows: axis 1 has 2 elements in one row and 1 in another
        lstm.weight_hr_l0: the model has none"
    `);
  });

  test("names of the prototype are no values", () => {
    expect(untouched({ constructor: parameter("w", 1) }, {})).toMatchInlineSnapshot(`
      "GraphError: fromPyTorch: 1 difference, so nothing was changed
        constructor: expected [], received nothing"
    `);
  });

  test("layers that PyTorch has no like of", () => {
    class Own {
      readonly parameters = { w: parameter("w", 1) };
    }
    const model = {
      own: new Own(),
      gru: new GRU({ ...sizes, update: "keep", reset: "before" }),
      looking: new LSTMCell({ ...sizes, peephole: true }),
      level: new LSTM({ ...sizes, layerNorm: true }),
    };
    expect(untouched(model, {})).toMatchInlineSnapshot(`
      "GraphError: fromPyTorch: 4 differences, so nothing was changed
        own: PyTorch has no layer like Own
        gru: reset: "before" has no like in PyTorch, whose reset gate stands after the recurrent product
        looking: PyTorch's LSTM has no peepholes
        level: PyTorch's LSTM has no layer normalisation"
    `);
  });
});
