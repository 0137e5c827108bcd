/** Peepholes, layer normalisation and projections of the LSTM, in all combinations, against PyTorch. */
import {
  add,
  compile,
  constant,
  evaluate,
  grad,
  input,
  mul,
  type Nested,
  sigmoid,
  slice,
  square,
  sum,
  take,
  tanh,
} from "@org/core";
import * as nn from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, fixture, values } from "./values.ts";

type Options = Pick<nn.LSTMCellOptions, "peephole" | "layerNorm" | "projectionSize">;

interface Row {
  readonly options: Options;
  readonly parameters: Record<string, Nested>;
  readonly x: Nested;
  readonly state0: { readonly h: Nested; readonly c: Nested };
  readonly y: Nested;
  readonly c: Nested;
  readonly weights: Nested;
  readonly loss: number;
  readonly grads: {
    readonly x: Nested;
    readonly h: Nested;
    readonly c: Nested;
    readonly parameters: Record<string, Nested>;
  };
}

const { inputSize, hiddenSize, rows } = fixture<{ inputSize: number; hiddenSize: number; rows: Row[] }>(
  "lstm-options",
);
const sizes = { inputSize, hiddenSize, seed: 1 } as const;
const named = rows.map(
  (row) =>
    [
      Object.entries(row.options)
        .filter(([, value]) => value)
        .map(([name]) => name)
        .join(", ") || "plain",
      row,
    ] as const,
);

describe.each(named)("A07, %s", (_, row) => {
  describe.each([
    ["f64", 1e-10],
    // Layer normalisation divides by deviations that may be small.
    ["f32", row.options.layerNorm ? 2e-4 : 2e-5],
  ] as const)("%s", (dtype, tolerance) => {
    const cell = new nn.LSTMCell({ ...sizes, ...row.options, dtype });
    nn.assign(nn.parameters(cell), row.parameters as never);
    const x = input("x", [5, 2, inputSize], dtype);
    const initialState = { h: constant(row.state0.h, dtype), c: constant(row.state0.c, dtype) };
    const { outputs, state } = nn.recurrent(cell, x, { initialState });
    const loss = add(sum(mul(outputs, constant(row.weights, dtype))), sum(square(state.c)));
    const gradients = grad(loss, { x, ...initialState, parameters: nn.parameters(cell) });
    const all = { outputs, state, loss, gradients };
    const found =
      dtype === "f64" ? evaluate(all, { x: row.x }) : compile({ inputs: { x }, outputs: all })({ x: row.x });

    test("values are PyTorch's", () => {
      expectClose(found.outputs, row.y, tolerance);
      expectClose(found.state.c, row.c, tolerance);
      expectClose(found.loss, row.loss, tolerance);
    });

    test("gradients are PyTorch's", () => {
      for (const key of ["x", "h", "c"] as const)
        expectClose(found.gradients[key], row.grads[key], tolerance, key);
      expect(Object.keys(found.gradients.parameters).sort()).toEqual(Object.keys(row.parameters).sort());
      for (const [key, value] of Object.entries(row.grads.parameters))
        expectClose(found.gradients.parameters[key]!, value, tolerance, key);
    });
  });

  test("lengths, reverse, noise and checkpoints go with it", () => {
    const lstm = new nn.LSTM({
      ...sizes,
      dtype: "f64",
      layers: 2,
      bidirectional: true,
      recurrentDropout: 0.3,
      zoneout: 0.2,
      dropout: 0.1,
      ...row.options,
    });
    const x = constant(values(2, 6, 2, inputSize));
    const key = [1, 2];
    const plain = lstm.apply(x, { training: true, key, lengths: [6, 3] });
    const other = lstm.apply(x, { training: true, key, lengths: [6, 3], checkpoint: "sqrt" });
    expect(plain.outputs.shape).toEqual([6, 2, 2 * (row.options.projectionSize ?? hiddenSize)]);
    expectClose(other.outputs, plain.outputs, 1e-13);
    expect(evaluate(slice(plain.outputs, [3, 1, 0], [6, 2, 4])).data.every((value) => value === 0)).toBe(
      true,
    );
  });
});

describe("peepholes", () => {
  const cell = new nn.LSTMCell({ ...sizes, dtype: "f64", peephole: true });

  test("start as 0: at first it is the LSTM without them, with the same weights", () => {
    const plain = new nn.LSTMCell({ ...sizes, dtype: "f64" });
    const xs = constant(values(3, 5, 2, inputSize));
    expectClose(nn.recurrent(cell, xs).outputs, nn.recurrent(plain, xs).outputs, 0);
  });

  test("I and F see the memory before the step, O the one after it; the candidate sees none", () => {
    for (const [name, parameter] of Object.entries(cell.parameters)) {
      parameter.value = name.startsWith("w_c") ? [1, 2, 3, 4] : parameter.value.data.map(() => 0);
    }
    const before = constant([[0.1, 0.2, -0.3, 0.4]], "f64");
    const after = cell.step(constant([[1, 2, 3]], "f64"), { h: constant([[0, 0, 0, 0]], "f64"), c: before });
    const w = constant([1, 2, 3, 4], "f64");
    // With all other weights 0 the candidate is tanh 0.
    const C = mul(sigmoid(mul(w, before)), before);
    expectClose(after.c, C, 1e-15);
    const O = sigmoid(mul(w, C));
    expectClose(after.h, mul(O, tanh(C)), 1e-15);
  });
});

describe("layer normalisation", () => {
  const cell = new nn.LSTMCell({ ...sizes, dtype: "f64", layerNorm: true });
  const xs = constant(values(3, 5, 2, inputSize));

  test("the size of a gate's weights does not matter, but for ε", () => {
    const run = () => evaluate(nn.recurrent(cell, xs).outputs);
    const before = run();
    for (const name of ["W_xi", "W_hf", "W_xc", "W_ho"] as const) {
      const parameter = cell.parameters[name];
      parameter.value = parameter.value.data.map((weight) => weight * 50);
    }
    expectClose(run(), before, 1e-3);
  });

  test("without biases there is none for the memory either", () => {
    const names = Object.keys(new nn.LSTMCell({ ...sizes, layerNorm: true, bias: false }).parameters);
    expect(names.filter((name) => name.startsWith("b"))).toEqual([]);
    expect(names.filter((name) => name.startsWith("g"))).toHaveLength(9);
  });

  test("gates keep their names in diagnostics, with all options", () => {
    const all = new nn.LSTMCell({ ...sizes, peephole: true, layerNorm: true, projectionSize: 2 });
    const found = nn.gates(nn.recurrent(all, input("x", [5, 2, inputSize])).outputs);
    expect(Object.keys(found).sort()).toEqual(["f", "i", "o"]);
    expect(found.o!.shape).toEqual([5, 2, hiddenSize]);
  });
});

describe("projections", () => {
  test("shapes: A08 with a smaller h", () => {
    const cell = new nn.LSTMCell({ ...sizes, projectionSize: 2 });
    const { outputs, state } = nn.recurrent(cell, input("x", [5, 3, inputSize]));
    expect([outputs.shape, state.h.shape, state.c.shape]).toEqual([
      [5, 3, 2],
      [3, 2],
      [3, 4],
    ]);
    expect(cell.parameters.W_hi.shape).toEqual([2, 4]);
    expect(cell.parameters.W_mh?.shape).toEqual([4, 2]);
    expect(take(outputs, 0).shape).toEqual([3, 2]);
  });

  test.each([0, -1, 1.5, Number.NaN])("%d is no size", (projectionSize) => {
    expect(() => new nn.LSTMCell({ ...sizes, projectionSize })).toThrow(
      /projectionSize is a whole number from 1/,
    );
  });
});
