import {
  constant,
  evaluate,
  input,
  jacobian,
  math,
  mul,
  type Parameter,
  reshape,
  stopGradient,
  type Tensor,
  tanh,
} from "@org/core";
import { LSTMCell, recurrent } from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose, randomize, values } from "../values.ts";
import { agrees, type Listing } from "./agreement.ts";
import { cellOptions, notesModel, sizes } from "./model.ts";
import { add, addRow, type Matrix, map, matmul, sigmoid, mul as times, transpose } from "./plain.ts";

interface Step {
  readonly X: Matrix;
  readonly before: { readonly H: Matrix; readonly C: Matrix };
  readonly I: Matrix;
  readonly F: Matrix;
  readonly O: Matrix;
  readonly candidate: Matrix;
  readonly C: Matrix;
}

/** `lstm(inputs, state, params)` of the notes, and the chain rule through it. */
function listing(): Listing {
  const steps: Step[] = [];
  let W: Record<string, Matrix> = {};
  return {
    forward(parameters, inputs) {
      W = parameters;
      const block = (letter: string, X: Matrix, H: Matrix): Matrix =>
        addRow(add(matmul(X, W[`W_x${letter}`]!), matmul(H, W[`W_h${letter}`]!)), W[`b_${letter}`]![0]!);
      const zeros = Array.from({ length: sizes.batch }, () => new Array<number>(sizes.hiddenSize).fill(0));
      let [H, C]: [Matrix, Matrix] = [zeros, zeros];
      const all: Matrix[] = [];
      for (const X of inputs) {
        const before = { H, C };
        const I = map(block("i", X, H), sigmoid);
        const F = map(block("f", X, H), sigmoid);
        const O = map(block("o", X, H), sigmoid);
        const candidate = map(block("c", X, H), Math.tanh);
        C = add(times(F, C), times(I, candidate));
        H = times(O, map(C, Math.tanh));
        steps.push({ X, before, I, F, O, candidate, C });
        all.push(H);
      }
      return { H: all, state: { h: H, c: C } };
    },

    backward(dHs, totals) {
      const zero = map(dHs[0]!, () => 0);
      let [dHNext, dCNext]: [Matrix, Matrix] = [zero, zero];
      for (const [t, { X, before, I, F, O, candidate, C }] of [...steps.entries()].reverse()) {
        const dH = add(dHs[t]!, dHNext);
        const squashed = map(C, Math.tanh);
        const dC = add(
          dCNext,
          times(
            dH,
            O,
            map(squashed, (x) => 1 - x * x),
          ),
        );
        const slope = (gate: Matrix): Matrix => map(gate, (x) => x * (1 - x));
        const blocks = {
          o: times(dH, squashed, slope(O)),
          f: times(dC, before.C, slope(F)),
          i: times(dC, candidate, slope(I)),
          c: times(
            dC,
            I,
            map(candidate, (x) => 1 - x * x),
          ),
        };
        dHNext = zero;
        for (const [letter, gradient] of Object.entries(blocks)) {
          totals.addBlock(letter, gradient, X, before.H);
          dHNext = add(dHNext, matmul(gradient, transpose(W[`W_h${letter}`]!)));
        }
        dCNext = times(dC, F);
      }
    },
  };
}

describe("A07: the LSTM with biases and a head", () => {
  agrees(notesModel(new LSTMCell(cellOptions)), listing(), 14);
});

test("A06: without biases it is the LSTM with biases of zero", () => {
  const [plain, biased] = [new LSTMCell({ ...cellOptions, bias: false }), new LSTMCell(cellOptions)];
  randomize(plain.parameters, 4);
  for (const [name, parameter] of Object.entries(biased.parameters)) {
    const weight = (plain.parameters as Record<string, Parameter>)[name];
    parameter.value = weight?.value ?? new Float64Array(cellOptions.hiddenSize);
  }
  expect(Object.keys(plain.parameters)).toHaveLength(8);
  const xs = constant(values(1, 6, 2, cellOptions.inputSize));
  expectClose(recurrent(plain, xs).outputs, recurrent(biased, xs).outputs, 0);
});

test("A08: three inputs, two outputs, all of them [batch, hidden]", () => {
  const cell = new LSTMCell(cellOptions);
  const state = cell.step(constant(values(1, 5, cellOptions.inputSize)), cell.initialState(5));
  expect(Object.keys(state)).toEqual(["h", "c"]);
  expect([state.h.shape, state.c.shape, cell.output(state).shape]).toEqual([
    [5, 3],
    [5, 3],
    [5, 3],
  ]);
});

describe("A09: gates that are held open or shut", () => {
  /** One step with the gates' biases forced far to one side. */
  const forced = (biases: Readonly<Record<string, number>>) => {
    const cell = new LSTMCell(cellOptions);
    randomize(cell.parameters, 2);
    for (const [name, value] of Object.entries(biases)) {
      (cell.parameters as Record<string, Parameter>)[name]!.value = new Float64Array(3).fill(value);
    }
    const before = { h: constant(values(5, 2, 3)), c: constant(values(6, 2, 3)) };
    return { before, after: cell.step(constant(values(7, 2, 4)), before) };
  };

  test("F = 1 and I = 0 carry the memory on as it is", () => {
    const { before, after } = forced({ b_f: 60, b_i: -60 });
    expectClose(after.c, before.c, 1e-15);
  });

  test("F = 0 and I = 0 forget it", () => {
    const { after } = forced({ b_f: -60, b_i: -60 });
    expectClose(after.c, evaluate(mul(after.c, 0)), 1e-15);
  });

  test("O = 0 shows nothing, O = 1 shows tanh C", () => {
    expectClose(forced({ b_o: -60 }).after.h, evaluate(mul(forced({}).after.h, 0)), 1e-15);
    const { after } = forced({ b_o: 60 });
    expectClose(after.h, tanh(after.c), 1e-15);
  });
});

test("A10: |h| < 1, whatever the weights and the inputs", () => {
  const numbers = (length: number) =>
    fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: length, maxLength: length });
  const cell = new LSTMCell({ ...cellOptions, inputSize: 1, hiddenSize: 1 });
  const xs = input("xs", [6, 1, 1], "f64");
  const { outputs } = recurrent(cell, xs);
  fc.assert(
    fc.property(numbers(12), numbers(6), (weights, inputs) => {
      Object.values(cell.parameters).forEach((parameter, i) => {
        parameter.value = Float64Array.of(weights[i]!);
      });
      const h = evaluate(outputs, { xs: Float64Array.from(inputs) }).data;
      expect(Math.max(...h.map(Math.abs))).toBeLessThan(1);
    }),
  );
});

describe("B22: along the memory alone the gradient is only scaled by the forget gates", () => {
  const cell = new LSTMCell(cellOptions);
  randomize(cell.parameters, 3);
  const { W_xf, W_hf, b_f } = cell.parameters;
  const start = { h: constant(values(2, 1, 3)), c: constant(values(3, 1, 3)) };
  const x = (t: number): Tensor => constant(values(10 + t, 1, 4));
  const forget = (t: number, h: Tensor): Tensor => math`σ(${x(t)} @ ${W_xf} + ${h} @ ${W_hf} + ${b_f!})`;
  const diagonal = (row: Tensor): Tensor =>
    mul(row, [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);

  test("∂C_t/∂C_{t-1} = diag(F_t)", () => {
    const { c } = cell.step(x(0), start);
    expectClose(reshape(jacobian(c, start.c), [3, 3]), diagonal(forget(0, start.h)), 1e-15);
  });

  test("∂C_T/∂C_0 = diag(F_T ⊙ … ⊙ F_1)", () => {
    let state = start;
    let product = constant([[1, 1, 1]], "f64");
    for (let t = 0; t < 8; t++) {
      product = mul(product, forget(t, state.h));
      const { h, c } = cell.step(x(t), state);
      state = { h: stopGradient(h), c };
    }
    expectClose(reshape(jacobian(state.c, start.c), [3, 3]), diagonal(product), 1e-15);
  });
});
