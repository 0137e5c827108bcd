/** Where the notes are unclear or slip (E1 to E12 of the checklist), what holds. E1 to E4 and E10 stand with their rows. */
import {
  constant,
  evaluate,
  grad,
  math,
  mul,
  parameter,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
} from "@org/core";
import * as nn from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, randomize, values } from "../values.ts";

const options = { inputSize: 3, hiddenSize: 4, seed: 1, dtype: "f64" } as const;
const xs = constant(values(1, 4, 2, 3));

test("E5: the gradient at step 3 is a sum over all k ≤ 3, not the term of one k", () => {
  const cell = new nn.RNNCell(options);
  const { outputs } = nn.recurrent(cell, xs);
  const loss = sum(square(take(outputs, 3)));
  const parts = nn.lagContributions(loss, cell.parameters.W_hh);
  expectClose(sum(parts, { axis: 0 }), grad(loss, cell.parameters.W_hh), 1e-13);
  // h_{-1} = 0, so nothing comes from step 0; from every other step something does.
  const sizes = evaluate(sum(square(parts), { axis: [1, 2] })).data;
  expect(Array.from(sizes, (size) => size > 1e-8)).toEqual([false, true, true, true]);
});

test("E6: sigmoid lies in (0, 1) and its slope is at most 1/4; tanh lies in (-1, 1) and its slope is at most 1", () => {
  const x = constant(Float64Array.from({ length: 2001 }, (_, i) => (i - 1000) / 100));
  const slopeOf = (f: (x: Tensor) => Tensor): Float64Array =>
    evaluate(grad(sum(f(x)), x)).data as Float64Array;
  const range = (f: (x: Tensor) => Tensor): [number, number] => {
    const { data } = evaluate(f(x));
    return [Math.min(...data), Math.max(...data)];
  };
  const [low, high] = range(sigmoid);
  expect(low).toBeGreaterThan(0);
  expect(high).toBeLessThan(1);
  expect(Math.max(...slopeOf(sigmoid))).toBeCloseTo(0.25, 15);
  expect(Math.max(...slopeOf(tanh))).toBeCloseTo(1, 15);
  expect(range(tanh)[0]).toBeGreaterThan(-1);
});

describe("the LSTM's memory", () => {
  const cell = new nn.LSTMCell(options);
  randomize(cell.parameters, 2);
  const { I, F, candidate } = (() => {
    const { W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xc, W_hc, b_c } = cell.parameters;
    const [x, h] = [take(xs, 0), constant(values(3, 2, 4))];
    return {
      I: math`σ(${x} @ ${W_xi} + ${h} @ ${W_hi} + ${b_i!})`,
      F: math`σ(${x} @ ${W_xf} + ${h} @ ${W_hf} + ${b_f!})`,
      candidate: math`tanh(${x} @ ${W_xc} + ${h} @ ${W_hc} + ${b_c!})`,
    };
  })();
  const before = { h: constant(values(3, 2, 4)), c: constant(values(4, 2, 4)) };
  const { c } = cell.step(take(xs, 0), before);

  test("E7: I decides how much of the candidate gets in, F how much of the old memory stays", () => {
    expectClose(sub(c, mul(F, before.c)), mul(I, candidate), 1e-14);
  });

  test("E9: C is part of the state that a step returns, though only H is shown", () => {
    const { outputs, state } = nn.recurrent(cell, xs);
    expect(Object.keys(state)).toEqual(["h", "c"]);
    expectClose(take(outputs, 3), state.h, 0);
    expect(evaluate(state.c).data.some((value) => value !== 0)).toBe(true);
  });
});

test("B06, E11: the δ of a step that is not the last: δ₂⁽³⁾ = ∂E₃/∂z₂ = ∂E₃/∂s₃ ∂s₃/∂s₂ ∂s₂/∂z₂", () => {
  const { W_xh, W_hh, b_h } = new nn.RNNCell(options).parameters;
  const sums: Tensor[] = [];
  let s: Tensor = constant(values(5, 2, 4));
  for (let t = 0; t < 4; t++) {
    sums.push(math`${take(xs, t)} @ ${W_xh} + ${s} @ ${W_hh} + ${b_h!}`);
    s = tanh(sums[t]!);
  }
  const deltas = grad(sum(square(s)), sums);
  // δ₃ = ∂E/∂s₃ ⊙ (1 - s₃²), δ_t = (δ_{t+1} Wᵀ) ⊙ (1 - s_t²)
  let delta = math`2 * ${s} ⊙ (1 - ${s}^2)`;
  for (let t = 3; t >= 0; t--) {
    expectClose(deltas[t]!, delta, 1e-14, `δ at ${t}`);
    if (t > 0) delta = math`(${delta} @ ${W_hh}ᵀ) ⊙ (1 - ${tanh(sums[t - 1]!)}^2)`;
  }
});

test("E12: gradient descent ends in a minimum near its start, which need not be the lowest", () => {
  const valley = (w: Tensor): Tensor => math`${w}^4 - 2 * ${w}^2 + 0.3 * ${w}`;
  const ends = [-2, 2].map((start) => {
    const w = parameter("w", start, "f64");
    const g = grad(valley(w), w);
    for (let i = 0; i < 50; i++) w.value = evaluate(sub(w, mul(0.05, g)));
    return { loss: evaluate(valley(w)).item(), slope: Math.abs(evaluate(g).item()) };
  });
  for (const { slope } of ends) expect(slope).toBeLessThan(1e-6);
  expect(ends[1]!.loss - ends[0]!.loss).toBeGreaterThan(0.5);
});
