import {
  add,
  ancestors,
  constant,
  grad,
  input,
  jacobian,
  matmul,
  mul,
  type NDArray,
  oneHot,
  Parameter,
  reshape,
  sigmoid,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  take,
  transpose,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import {
  type Activation,
  Embedding,
  Linear,
  parameters,
  RNNCell,
  type RNNCellOptions,
  recurrent,
} from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, randomize, values } from "../values.ts";
import { agrees, type Listing } from "./agreement.ts";
import { cellOptions, notesModel, sizes } from "./model.ts";
import type { Matrix } from "./plain.ts";
import * as plain from "./plain.ts";

const zeros: Matrix = Array.from({ length: sizes.batch }, () => new Array<number>(sizes.hiddenSize).fill(0));

/** `rnn(inputs, state, params)` of the notes, and the chain rule through it; `slope` is φ' as a function of φ. */
function listing(φ: (x: number) => number, slope: (y: number) => number): Listing {
  const steps: { X: Matrix; before: Matrix; H: Matrix }[] = [];
  let W: Record<string, Matrix> = {};
  return {
    forward(parameters, inputs) {
      W = parameters;
      let H = zeros;
      for (const X of inputs) {
        const before = H;
        const sum = plain.add(plain.matmul(X, W.W_xh!), plain.matmul(H, W.W_hh!));
        H = plain.map(plain.addRow(sum, W.b_h![0]!), φ);
        steps.push({ X, before, H });
      }
      return { H: steps.map(({ H }) => H), state: { h: H } };
    },
    backward(dHs, totals) {
      let dHNext = zeros;
      for (const [t, { X, before, H }] of [...steps.entries()].reverse()) {
        const dZ = plain.mul(plain.add(dHs[t]!, dHNext), plain.map(H, slope));
        totals.addBlock("h", dZ, X, before);
        dHNext = plain.matmul(dZ, plain.transpose(W.W_hh!));
      }
    },
  };
}

describe.each<[Activation & string, (x: number) => number, (y: number) => number]>([
  ["tanh", Math.tanh, (y) => 1 - y * y],
  ["relu", (x) => Math.max(x, 0), (y) => Number(y > 0)],
  ["identity", (x) => x, () => 1],
])("A03: the RNN of minibatches, %s", (activation, φ, slope) => {
  agrees(notesModel(new RNNCell({ ...cellOptions, activation })), listing(φ, slope), 5);
});

describe("A02: g₁ of the state and g₂ of the output, as one likes", () => {
  const pairs = (["tanh", "relu"] as const).flatMap((g1) =>
    (["identity", "softmax", "sigmoid"] as const).map((g2) => [g1, g2] as const),
  );
  test.each(pairs)("%s, %s", (activation, g2) => {
    const cell = new RNNCell({ ...cellOptions, activation });
    const head = new Linear({ inputSize: 3, outputSize: 2, seed: 0, dtype: "f64" });
    const model = { cell, head };
    randomize(parameters(model), 5);
    const output = { identity: (x: Tensor) => x, softmax, sigmoid }[g2];
    const y = output(head.apply(recurrent(cell, constant(values(1, 3, 2, 4))).outputs));
    checkGradients(sum(square(sub(y, 0.3))), parameters(model), { order: 2 }).assert();
  });

  test("a function of one's own", () => {
    const cell = new RNNCell({ ...cellOptions, activation: (x) => mul(x, sigmoid(x)) });
    randomize(cell.parameters, 5);
    const { outputs } = recurrent(cell, constant(values(1, 3, 2, 4)));
    checkGradients(sum(square(outputs)), cell.parameters, { order: 2 }).assert();
  });
});

describe("A05: a one-hot input picks a row of the weights", () => {
  const ids = [
    [2, 0],
    [2, 1],
    [2, 2],
  ];
  const embedding = new Embedding({ count: 4, size: 2, seed: 1, dtype: "f64" });
  const { E } = embedding.parameters;
  const gathered = embedding.apply(ids);
  const multiplied = matmul(oneHot(ids, 4, { dtype: "f64" }), E);
  const weight = constant(values(3, 3, 2, 2));

  test("in value", () => expectClose(gathered, multiplied, 0));
  test("in gradient: repeated ids add up, absent ones get nothing (A17)", () => {
    const lookup = grad(sum(mul(gathered, weight)), E);
    expectClose(lookup, grad(sum(mul(multiplied, weight)), E), 1e-15);
    expectClose(take(lookup, 3), [0, 0], 0);
  });
});

/** Cells with the same numbers in all of them, so that each step can have parameters of its own. */
const copiesOf = (count: number, options: RNNCellOptions, seed: number): RNNCell[] =>
  Array.from({ length: count }, () => {
    const copy = new RNNCell(options);
    randomize(copy.parameters, seed);
    return copy;
  });

const total = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b));

describe("A19: one W for all steps", () => {
  test.each([3, 300])("%i steps have three parameters, each of them once", (length) => {
    const cell = new RNNCell(cellOptions);
    const { outputs } = recurrent(cell, input("xs", [length, 1, 4], "f64"));
    const gradients = grad(sum(outputs), parameters(cell));
    const tensors = ancestors(Object.values(gradients)).map((node) => node.result());
    expect(tensors.filter((tensor) => tensor instanceof Parameter)).toHaveLength(3);
  });

  test("its gradient is the sum of what copies, one for each step, receive", () => {
    const xs = constant(values(2, 4, 2, 4));
    const [cell, ...copies] = copiesOf(5, cellOptions, 6) as [RNNCell, ...RNNCell[]];
    const shared = grad(sum(square(recurrent(cell, xs).outputs)), cell.parameters.W_hh);
    let state = cell.initialState(2);
    const losses = copies.map((copy, t) => {
      state = copy.step(take(xs, t), state);
      return sum(square(state.h));
    });
    const parts = copies.map(({ parameters }) => parameters.W_hh);
    expectClose(shared, total(grad(total(losses), parts)), 1e-14);
  });
});

test("B11: ∂h_t/∂h_{t-1} = diag(1 - h_t²) W, where W multiplies from the left: the transpose of ours", () => {
  const cell = new RNNCell(cellOptions);
  randomize(cell.parameters, 7);
  const before = constant(values(1, 1, 3));
  const { h } = cell.step(constant(values(2, 1, 4)), { h: before });
  const slopes = sub(1, square(reshape(h, [3, 1])));
  const expected = mul(slopes, transpose(cell.parameters.W_hh));
  expectClose(reshape(jacobian(h, before), [3, 3]), expected, 1e-15);
});

describe("B13: without a non-linearity, dL_T/dW is made of matrix powers", () => {
  // Rows: h_t = x_t W_x + h_{t-1} W, and L_T = h_T gᵀ. Step k adds h_{k-1}ᵀ (g (Wᵀ)^(T-k)). The notes write out k = 1,
  // with columns: dL_T/dh_T W^(T-1) ∂h_1/∂W.
  const T = 6;
  const options = { ...cellOptions, activation: "identity", bias: false } as const;
  const [shared, ...copies] = copiesOf(T + 1, options, 8) as [RNNCell, ...RNNCell[]];
  const [xs, g, h0] = [values(1, T, 1, 4), values(2, 1, 3), values(3, 1, 3)];

  const matrix = (value: NDArray): Matrix => value.toNested() as unknown as Matrix;
  const [W, Wx] = [matrix(shared.parameters.W_hh.value), matrix(shared.parameters.W_xh.value)];
  const states: Matrix[] = [matrix(h0)];
  for (const x of xs.toNested() as unknown as Matrix[]) {
    states.push(plain.add(plain.matmul(x, Wx), plain.matmul(states.at(-1)!, W)));
  }
  /** `row Aⁿ`, one product after another. */
  const timesPower = (row: Matrix, A: Matrix, n: number): Matrix =>
    n === 0 ? row : timesPower(plain.matmul(row, A), A, n - 1);
  const contribution = (k: number): Matrix =>
    plain.matmul(plain.transpose(states[k - 1]!), timesPower(matrix(g), plain.transpose(W), T - k));

  test("what the first step adds: dL_T/dh_T W^(T-1) ∂h_1/∂W", () => {
    let state = { h: constant(h0) as Tensor };
    copies.forEach((copy, t) => {
      state = copy.step(take(xs, t), state);
    });
    const [first] = grad(
      sum(mul(state.h, g)),
      copies.map(({ parameters }) => parameters.W_hh),
    );
    expectClose(first!, contribution(1), 1e-13);
  });

  test("all steps together", () => {
    const { state } = recurrent(shared, constant(xs), { initialState: { h: constant(h0) } });
    const gradient = grad(sum(mul(state.h, g)), shared.parameters.W_hh);
    const steps = Array.from({ length: T }, (_, i) => contribution(i + 1));
    expectClose(gradient, plain.add(...steps), 1e-13);
  });
});
