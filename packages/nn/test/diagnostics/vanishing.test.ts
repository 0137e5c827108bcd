/** Gradients that vanish and explode, measured and predicted. CHECKLIST B11–B16, B22, E3, E4. */
import {
  add,
  cast,
  constant,
  evaluate,
  grad,
  jacobian,
  mul,
  type NDArray,
  sigmoid,
  sum,
  type Tensor,
  take,
  tanh,
} from "@org/core";
import * as nn from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose, randomize, values } from "../values.ts";

type Matrix = number[][];
const [T, size] = [7, 4];
const options = { inputSize: 3, hiddenSize: size, seed: 1, dtype: "f64" } as const;
const x = constant(values(1, T, 2, 3));

function rnn(activation: nn.Activation = "tanh", W?: NDArray | Matrix): nn.RNNCell {
  const cell = new nn.RNNCell({ ...options, activation });
  randomize(cell.parameters as Required<typeof cell.parameters>, 2);
  if (W) cell.parameters.W_hh.value = W;
  return cell;
}

const flip = (A: Matrix): Matrix => A[0]!.map((_, j) => A.map((row) => row[j]!));
const times = (A: Matrix, B: Matrix): Matrix =>
  A.map((row) => B[0]!.map((_, j) => row.reduce((total, a, k) => total + a * B[k]![j]!, 0)));
const eye = (n: number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j)));
const numbers = (value: NDArray): Matrix => value.toNested() as Matrix;

describe("one step and many, tanh", () => {
  const cell = rnn();
  const { outputs } = nn.recurrent(cell, x);
  const H = evaluate(outputs).toNested() as number[][][];
  const W = numbers(cell.parameters.W_hh.value);

  test("B11: ∂h_t/∂h_{t-1} = diag(1 - h_t²) W_hhᵀ", () => {
    for (const t of [1, 4, T]) {
      const { jacobian, factors } = nn.stateJacobian(cell, x, { k: t - 1, t, sequence: 1 });
      const expected = flip(W).map((row, i) => row.map((w) => (1 - H[t - 1]![1]![i]! ** 2) * w));
      expectClose(jacobian, expected, 1e-14);
      expect(factors.shape).toEqual([1, size, size]);
    }
  });

  test("B12: the ordered product is autodiff's Jacobian, from h_0 and from the middle", () => {
    const h_0 = constant(values(3, 2, size));
    const run = nn.recurrent(cell, x, { initialState: { h: h_0 } });
    const whole = evaluate(jacobian(take(run.state.h, 1), h_0)).toNested() as number[][][];
    const found = nn.stateJacobian(cell, x, { initialState: { h: h_0 }, sequence: 1 });
    expectClose(
      found.jacobian,
      whole.map((row) => row[1]!),
      1e-14,
    );

    // From h_3 on, the rest of the sequence is a run of its own.
    const h_3 = constant(evaluate(take(run.outputs, 2)));
    const tail = nn.recurrent(cell, constant((evaluate(x).toNested() as number[][][]).slice(3), "f64"), {
      initialState: { h: h_3 },
    });
    const expected = evaluate(jacobian(take(tail.state.h, 0), h_3)).toNested() as number[][][];
    expectClose(
      nn.stateJacobian(cell, x, { initialState: { h: h_0 }, k: 3 }).jacobian,
      expected.map((row) => row[0]!),
      1e-14,
    );
  });

  test("B12: its norms are those of every partial product, and its singular values explain them", () => {
    const found = nn.stateJacobian(cell, x, { k: 2, t: 6 });
    expect(found.norms).toHaveLength(5);
    expect(found.norms[4]).toBe(1);
    expect(found.norms[0]).toBeCloseTo(found.singularValues[0]!, 14);
    for (const j of [2, 3, 4, 5]) {
      expect(found.norms[j - 2]).toBeCloseTo(nn.stateJacobian(cell, x, { k: j, t: 6 }).norms[0]!, 14);
    }
    expectClose(found.singularValues, nn.spectrum(found.jacobian).singularValues, 1e-14);
  });

  test("E3: tanh′ and the power of W apart, as in the notes' formula, give something else", () => {
    const { jacobian } = nn.stateJacobian(cell, x, { k: 0, t: 3 });
    let power = eye(size);
    const slopes = eye(size);
    for (let t = 0; t < 3; t++) {
      power = times(flip(W), power);
      slopes.forEach((row, i) => {
        row[i]! *= 1 - H[t]![0]![i]! ** 2;
      });
    }
    const apart = times(slopes, power);
    const ordered = numbers(jacobian);
    const difference = Math.max(
      ...apart.flatMap((row, i) => row.map((a, j) => Math.abs(a - ordered[i]![j]!))),
    );
    expect(difference).toBeGreaterThan(0.01);
  });

  test("nothing is done between k and t = k", () => {
    const { jacobian, norms, factors } = nn.stateJacobian(cell, x, { k: 4, t: 4 });
    expectClose(jacobian, eye(size), 0);
    expect([...norms]).toEqual([1]);
    expect(factors.shape).toEqual([0, size, size]);
  });

  test("a cell of one's own: a state without a name, or with a counter beside it", () => {
    const decay: nn.Cell<Tensor> = {
      parameters: {},
      initialState: () => constant([[0, 0]], "f64"),
      step: (x_t, state) => add(mul(state, 0.5), take(x_t, [0, 1], { axis: 1 })),
      output: (state) => state,
    };
    const found = nn.stateJacobian(decay, x, { t: 3 });
    expect(found.parts).toEqual({ state: [0, 2] });
    expectClose(
      found.jacobian,
      [
        [0.125, 0],
        [0, 0.125],
      ],
      1e-15,
    );
    const counting: nn.Cell<{ steps: Tensor; s: Tensor }> = {
      parameters: {},
      initialState: () => ({ steps: constant([0], "i32"), s: constant([[1]], "f64") }),
      step: (_, { steps, s }) => ({ steps: add(steps, 1), s: mul(s, cast(add(steps, 1), "f64")) }),
      output: ({ s }) => s,
    };
    expectClose(nn.stateJacobian(counting, x, { t: 4 }).jacobian, [[24]], 1e-14);
  });

  test("steps that don't exist", () => {
    expect(() => nn.stateJacobian(cell, x, { k: 5, t: 4 })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: stateJacobian: expected whole numbers 0 ≤ k ≤ t ≤ 7, received k = 5, t = 4]`,
    );
    expect(() => nn.stateJacobian(cell, x, { t: 8 })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: stateJacobian: expected whole numbers 0 ≤ k ≤ t ≤ 7, received k = 0, t = 8]`,
    );
    expect(() => nn.stateJacobian(cell, x, { sequence: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: stateJacobian: no sequence 2 in a batch of 2]`,
    );
  });
});

describe("the linear cell", () => {
  test("B13: ∂L/∂h_k is a power of W_hh, ∂L/∂W_xh a sum of such", () => {
    const cell = rnn("identity");
    const { state } = nn.recurrent(cell, x);
    const flow = evaluate(nn.stateGradients(sum(state.h), state).h).toNested() as number[][][];
    const W = numbers(cell.parameters.W_hh.value);
    let g = [new Array<number>(size).fill(1)];
    const inputs = evaluate(x).toNested() as number[][][];
    const total = Array.from({ length: 3 }, () => new Array<number>(size).fill(0));
    for (let t = T - 1; t >= 0; t--) {
      expectClose(flow[t]!, [g[0]!, g[0]!], 1e-13);
      for (const row of inputs[t]!) {
        row.forEach((value, i) => {
          g[0]!.forEach((each, j) => {
            total[i]![j]! += value * each;
          });
        });
      }
      g = times(g, flip(W));
    }
    expectClose(grad(sum(state.h), cell.parameters.W_xh), total, 1e-13);
  });

  const steps = 60;
  const long = constant(values(5, steps, 1, 3));
  /** The mean slope of ln‖∂L/∂h_t‖ over the steps between. */
  const slopeOf = (W: NDArray | Matrix, hiddenSize: number, from: number, to: number): number => {
    const cell = new nn.RNNCell({ ...options, hiddenSize, activation: "identity" });
    cell.parameters.W_hh.value = W;
    const { state } = nn.recurrent(cell, long);
    const flow = evaluate(nn.gradientFlow(sum(state.h), state).h).data;
    return (Math.log(flow[from]!) - Math.log(flow[to]!)) / (to - from);
  };

  test.each([0.5, 0.9, 1, 1.1, 1.5])("B14, B15: with ρ = %d the log-norm goes with ln ρ a step", (radius) => {
    const W = nn.init.spectralRadius([12, 12], { radius, seed: 4, dtype: "f64" });
    expect(nn.spectrum(W).spectralRadius).toBeCloseTo(radius, 12);
    expect(slopeOf(W, 12, 0, 50)).toBeCloseTo(Math.log(radius), 1);
    const Q = numbers(nn.init.orthogonal([12, 12], { seed: 4, dtype: "f64" })).map((row) =>
      row.map((q) => q * radius),
    );
    expect(slopeOf(Q, 12, 0, 50)).toBeCloseTo(Math.log(radius), 12);
  });

  test("E4: ρ < 1 and σ > 1: gradients grow first, then vanish", () => {
    const W = [
      [0.8, 4],
      [0, 0.7],
    ];
    const { spectralRadius, spectralNorm } = nn.spectrum(W);
    expect(spectralRadius).toBeCloseTo(0.8, 14);
    expect(spectralNorm).toBeGreaterThan(4);
    const cell = new nn.RNNCell({ ...options, hiddenSize: 2, activation: "identity" });
    cell.parameters.W_hh.value = W;
    const { norms } = nn.stateJacobian(cell, long);
    const back = [...norms].reverse();
    expect(Math.max(...back.slice(0, 6))).toBeGreaterThan(4);
    expect(back[59]).toBeLessThan(1e-3);
    expect(Math.log(back[59]! / back[49]!) / 10).toBeCloseTo(Math.log(0.8), 2);
    for (let n = 1; n < 60; n++) expect(back[n]).toBeLessThanOrEqual(spectralNorm ** n * (1 + 1e-12));
  });
});

test("B16: ‖∂h_t/∂h_k‖ ≤ (σ γ)^(t - k), γ = 1 for tanh and 1/4 for sigmoid", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.boolean(),
      fc.double({ min: 0.1, max: 4, noNaN: true }),
      (seed, isTanh, scale) => {
        const cell = rnn(
          isTanh ? tanh : sigmoid,
          nn.init.normal([size, size], { seed, scale, dtype: "f64" }),
        );
        const { norms } = nn.stateJacobian(cell, constant(values(seed + 1, 4, 1, 3)));
        const bound = nn.spectrum(cell.parameters.W_hh).spectralNorm * (isTanh ? 1 : 0.25);
        norms.forEach((norm, k) => {
          expect(norm).toBeLessThanOrEqual(bound ** (4 - k) * (1 + 1e-12));
        });
      },
    ),
    { numRuns: 40 },
  );
});

describe("B22: the memory of an LSTM", () => {
  const cell = new nn.LSTMCell(options);
  randomize(cell.parameters as Required<typeof cell.parameters>, 6);
  const { outputs } = nn.recurrent(cell, x);

  test("the direct path ∂C_t/∂C_{t-1} is diag(F_t)", () => {
    const F = evaluate(nn.gates(outputs).f!).toNested() as number[][][];
    for (const t of [1, 3, T]) {
      const { jacobian, parts } = nn.stateJacobian(cell, x, { k: t - 1, t, sequence: 1 });
      expect(parts).toEqual({ h: [0, size], c: [size, 2 * size] });
      const direct = numbers(jacobian)
        .slice(size)
        .map((row) => row.slice(size));
      expectClose(
        direct,
        eye(size).map((row, i) => row.map((one) => one * F[t - 1]![1]![i]!)),
        1e-14,
      );
    }
  });

  test("the product of both parts is autodiff's Jacobian", () => {
    const h = constant(values(7, 1, size));
    const c = constant(values(8, 1, size));
    const one = constant(values(9, 5, 1, 3));
    const { state } = nn.recurrent(cell, one, { initialState: { h, c } });
    const { jacobian: found } = nn.stateJacobian(cell, one, { initialState: { h, c } });
    const blocks = evaluate(jacobian(state.c, { h, c }));
    const rows = numbers(found).slice(size);
    const flat = (block: NDArray): Matrix => (block.toNested() as number[][][][])[0]!.map((row) => row[0]!);
    expectClose(
      rows.map((row) => row.slice(0, size)),
      flat(blocks.h),
      1e-14,
    );
    expectClose(
      rows.map((row) => row.slice(size)),
      flat(blocks.c),
      1e-14,
    );
  });

  test("open forget gates keep the gradient over 100 steps where an RNN of the same size loses it", () => {
    const long = constant(values(10, 100, 1, 3));
    const keeping = new nn.LSTMCell({ ...options, forgetBias: 6 });
    const lstm = nn.recurrent(keeping, long);
    const plain = nn.recurrent(
      rnn("tanh", nn.init.spectralRadius([size, size], { radius: 0.9, seed: 1 })),
      long,
    );
    const ratio = ({ data }: NDArray): number => data[0]! / data[99]!;
    expect(ratio(evaluate(nn.gradientFlow(sum(lstm.state.c), lstm.state).c))).toBeGreaterThan(0.1);
    expect(ratio(evaluate(nn.gradientFlow(sum(plain.state.h), plain.state).h))).toBeLessThan(1e-4);
  });
});
