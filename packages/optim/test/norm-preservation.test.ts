/** The penalty of Pascanu et al. 2013 against its formula in plain numbers, and what it does to weights. */
import {
  add,
  compile,
  constant,
  evaluate,
  grad,
  matmul,
  mul,
  parameter,
  scan,
  sum,
  type Tensor,
  take,
  tanh,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import { stateGradients } from "@org/nn";
import { adam, minimize, normPreservation } from "@org/optim";
import { describe, expect, test } from "vitest";

const [time, batch, hidden] = [4, 2, 3];
const wave = (count: number, shift: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(1.7 * i + shift));
const cube = (shift: number): number[][][] =>
  Array.from({ length: time }, (_, t) =>
    Array.from({ length: batch }, (_, b) => wave(hidden, shift + 5 * t + 2 * b)),
  );
const weights = [wave(3, 0.3), wave(3, 1.1), wave(3, 2.5)];
const states = constant(cube(0), "f64");
const gradients = constant(cube(9), "f64");

/** The paper's form: x before the nonlinearity. */
const stepWith =
  (W: Tensor) =>
  (x: Tensor): Tensor =>
    matmul(tanh(x), W);

describe("normPreservation", () => {
  test("is equation 9", () => {
    let expected = 0;
    for (let k = 0; k + 1 < time; k++) {
      for (let b = 0; b < batch; b++) {
        const [x, g] = [cube(0)[k]![b]!, cube(9)[k + 1]![b]!];
        const back = x.map(
          (xi, i) => (1 - Math.tanh(xi) ** 2) * g.reduce((s, gj, j) => s + weights[i]![j]! * gj, 0),
        );
        expected += (Math.hypot(...back) / Math.hypot(...g) - 1) ** 2 / batch;
      }
    }
    const W = parameter("W", weights, "f64");
    const penalty = normPreservation(stepWith(W), { states, gradients });
    expect(evaluate(penalty).item()).toBeCloseTo(expected, 12);
    expect(compile({ outputs: { penalty } })().penalty.item()).toBeCloseTo(expected, 12);
  });

  test("differentiates the weights alone", () => {
    const W = parameter("W", weights, "f64");
    const fixed = normPreservation(stepWith(W), { states, gradients });
    checkGradients(fixed, W).assert();
    const moving = normPreservation(stepWith(W), {
      states: add(states, mul(sum(W), 0)),
      gradients: add(gradients, mul(sum(W), 0)),
    });
    expect(evaluate(grad(moving, W)).data).toEqual(evaluate(grad(fixed, W)).data);
  });

  test("steps at which no gradient arrives do not count, nor spoil the others", () => {
    const W = parameter("W", weights, "f64");
    const late = constant(
      cube(9).map((rows, t) => (t < 3 ? rows.map((row) => row.map(() => 0)) : rows)),
      "f64",
    );
    const penalty = normPreservation(stepWith(W), { states, gradients: late });
    expect(evaluate(penalty).item()).toBeGreaterThan(0);
    expect(Array.from(evaluate(grad(penalty, W)).data).every(Number.isFinite)).toBe(true);
  });

  test("brings gradients of a loop that vanish back to their length", () => {
    const W = parameter(
      "W",
      [
        [0.3, 0.1],
        [-0.1, 0.2],
      ],
      "f64",
    );
    const x0 = constant([[0.2, -0.1]], "f64");
    const { ys } = scan(
      (x: Tensor) => {
        const next = stepWith(W)(x);
        return { carry: next, y: next };
      },
      { init: x0, length: 6 },
    );
    const loss = sum(take(ys, 5));
    const flow = stateGradients(loss, ys);
    const penalty = normPreservation(stepWith(W), { states: ys, gradients: flow });
    const step = compile({
      outputs: { penalty, flow },
      updates: minimize(penalty, { W }, adam({ learningRate: 0.05 })),
    });
    const length = (): number => {
      const first = step().flow.data;
      return Math.hypot(first[0]!, first[1]!);
    };
    expect(length()).toBeLessThan(0.02);
    for (let i = 0; i < 200; i++) step();
    expect(length()).toBeGreaterThan(0.7);
  });

  test("one state alone has nothing to keep", () => {
    const one = constant([[[1, 2]]], "f64");
    expect(evaluate(normPreservation(tanh, { states: one, gradients: one })).item()).toBe(0);
  });

  test("shapes that do not fit", () => {
    expect(() =>
      normPreservation(tanh, { states, gradients: constant([[[1]]]) }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: normPreservation: states and their gradients do not fit
        states: [4, 2, 3]
        gradients: [1, 1, 1]
        rule: both [time, batch, hidden]]
    `);
  });
});
