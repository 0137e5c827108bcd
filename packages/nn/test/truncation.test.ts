/** Full, truncated and checkpointed backpropagation through time. */
import {
  add,
  ancestors,
  constant,
  evaluate,
  grad,
  input,
  mul,
  parameter,
  slice,
  square,
  stopGradient,
  sum,
  type Tensor,
  take,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import { type RecurrentOptions, RNNCell, recurrent, type Truncation } from "@org/nn";
import { describe, expect, test } from "vitest";
import { cells } from "./cells.ts";
import { expectClose, values } from "./values.ts";

const T = 7;
const xs = constant(values(1, T, 2, 3));

/** Whether `∂y_t/∂x_k` is anything but zero, for all t and k. */
function reach(ys: Tensor, x: Tensor): boolean[][] {
  const rows = Array.from({ length: ys.shape[0]! }, (_, t) => grad(sum(square(take(ys, t))), x));
  return evaluate(rows).map((row) =>
    (row.toNested() as number[][][]).map((step) => step.flat().some((value) => value !== 0)),
  );
}

const table = (reaches: (t: number, k: number) => boolean): boolean[][] =>
  Array.from({ length: T }, (_, t) => Array.from({ length: T }, (_, k) => reaches(t, k)));

describe.each(cells)("%s", (_, cell) => {
  const initialState = Object.fromEntries(
    Object.keys(cell.initialState(2)).map((key, i) => [key, parameter(key, values(3 + i, 2, 4))]),
  );
  const run = (options: RecurrentOptions<Record<string, Tensor>>) => {
    const { outputs, state } = recurrent(cell, xs, { initialState, ...options });
    const loss = Object.values(state).reduce((total, h) => add(total, sum(square(h))), sum(square(outputs)));
    return { outputs, state, loss, gradients: grad(loss, { xs, initialState, parameters: cell.parameters }) };
  };
  const flat = ({ outputs, state, gradients }: ReturnType<typeof run>) =>
    evaluate({ outputs, state, ...gradients });
  const close = (a: ReturnType<typeof flat>, b: ReturnType<typeof flat>): void => {
    expectClose(a.outputs, b.outputs, 1e-13);
    expectClose(a.xs, b.xs, 1e-12);
    for (const part of ["state", "initialState", "parameters"] as const) {
      for (const [key, value] of Object.entries(a[part])) expectClose(value, b[part][key]!, 1e-12, key);
    }
  };
  const full = flat(run({}));

  test.each([
    T,
    T + 1,
    100,
    { every: 2, back: 8 },
    { every: 1, back: T },
    { every: 3, back: 50 },
  ] as Truncation[])("B09: truncated to %o steps, it is full backpropagation", (truncate) => {
    close(flat(run({ truncate })), full);
    close(flat(run({ truncate, reverse: true })), flat(run({ reverse: true })));
  });

  test.each(["sqrt", 1, 3, 100] as const)("checkpoint %s: the same values and gradients", (checkpoint) => {
    close(flat(run({ checkpoint })), full);
    close(flat(run({ checkpoint, truncate: 2 })), flat(run({ truncate: 2 })));
  });

  test("unroll: the same values and gradients, one node for each step", () => {
    close(flat(run({ unroll: true })), full);
    close(flat(run({ unroll: true, reverse: true })), flat(run({ reverse: true })));
    close(flat(run({ unroll: true, truncate: 3 })), flat(run({ truncate: 3 })));
    const loops = (outputs: Tensor) => ancestors([outputs]).filter(({ op }) => op.name === "scan").length;
    expect([loops(run({}).outputs), loops(run({ unroll: true }).outputs)]).toEqual([1, 0]);
  });

  describe("B10: truncation", () => {
    test.each([1, 2, 3, 6])(
      "windows of %i steps are sequences of their own, the state handed on by value",
      (k) => {
        let state: Record<string, Tensor> = initialState;
        let loss: Tensor = constant(0, "f64");
        for (let t = 0; t < T; t += k) {
          const part = slice(xs, [t, 0, 0], [Math.min(t + k, T), 2, 3]);
          const start =
            t === 0
              ? state
              : Object.fromEntries(Object.entries(state).map(([key, h]) => [key, stopGradient(h)]));
          const window = recurrent(cell, part, { initialState: start });
          state = window.state;
          loss = add(loss, sum(square(window.outputs)));
        }
        for (const h of Object.values(state)) loss = add(loss, sum(square(h)));
        const windows = grad(loss, { xs, initialState, parameters: cell.parameters });
        const truncated = run({ truncate: k });
        close(flat(truncated), flat({ ...truncated, loss, state, gradients: windows }));
        expectClose(truncated.outputs, full.outputs, 1e-14);
      },
    );

    test.each([1, 2, 3, 6])("no gradient crosses a border of %i steps, in either direction", (k) => {
      const forward = recurrent(cell, xs, { truncate: k }).outputs;
      const same = (a: number, b: number) => Math.floor(a / k) === Math.floor(b / k);
      expect(reach(forward, xs)).toEqual(table((t, s) => s <= t && same(s, t)));
      const backward = recurrent(cell, xs, { truncate: k, reverse: true }).outputs;
      expect(reach(backward, xs)).toEqual(table((t, s) => s >= t && same(s, t)));
    });

    test.each([
      [1, 1],
      [1, 3],
      [2, 3],
      [2, 4],
      [3, 5],
    ])("every %i steps, back %i: what each step's loss reaches", (every, back) => {
      const truncate = { every, back };
      const firstOf = (t: number): number => Math.floor(t / every) * every;
      const forward = recurrent(cell, xs, { initialState, truncate });
      expectClose(forward.outputs, full.outputs, 1e-14);
      expect(reach(forward.outputs, xs)).toEqual(table((t, s) => s <= t && s >= firstOf(t) + every - back));
      const backward = recurrent(cell, xs, { truncate, reverse: true });
      expect(reach(backward.outputs, xs)).toEqual(table((t, s) => s >= t && s < firstOf(t) + back));
      const last = grad(sum(square(Object.values(forward.state)[0]!)), xs);
      const reached = (evaluate(last).toNested() as number[][][]).map((step) =>
        step.flat().some((g) => g !== 0),
      );
      expect(reached).toEqual(table((t, s) => t === T - 1 && s >= firstOf(t) + every - back).at(-1));
    });

    test("the initial state learns from the first window alone", () => {
      const outputs = recurrent(cell, xs, { initialState, truncate: 2 }).outputs;
      const norms = [0, 1, 2, 3].map((t) => {
        const gradients = evaluate(grad(sum(square(take(outputs, t))), initialState));
        return Object.values(gradients).some(({ data }) => data.some((value) => value !== 0));
      });
      expect(norms).toEqual([true, true, false, false]);
    });

    test("first and second derivatives equal differences with the state held", () => {
      for (const truncate of [3, { every: 2, back: 3 }]) {
        checkGradients(
          run({ truncate }).loss,
          { initialState, parameters: cell.parameters },
          { order: 2 },
        ).assert();
      }
    });
  });

  test("one graph for any number of steps", () => {
    const nodes = (time: number): number => {
      const x = input("x", [time, 2, 3], "f64");
      const { outputs } = recurrent(cell, x, { truncate: { every: 2, back: 5 }, lengths: [time, 5] });
      return ancestors(Object.values(grad(sum(outputs), cell.parameters))).length;
    };
    expect(nodes(500)).toBe(nodes(50));
  });
});

test("gradients that overflow end at the border", () => {
  const cell = new RNNCell({ inputSize: 1, hiddenSize: 1, seed: 1, activation: "identity", dtype: "f64" });
  cell.parameters.W_hh.value = [[1e60]];
  const x = constant([[[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[0]], [[1]]], "f64");
  const slope = (truncate?: Truncation) => {
    const { outputs } = recurrent(cell, x, truncate === undefined ? {} : { truncate });
    return evaluate(grad(sum(mul(outputs, 1)), x)).data[0]!;
  };
  expect(Number.isFinite(slope())).toBe(false);
  expect(Number.isFinite(slope(4))).toBe(true);
});

test("truncations that are refused", () => {
  const cell = new RNNCell({ inputSize: 3, hiddenSize: 4, seed: 1 });
  const run = (truncate: Truncation) => () => recurrent(cell, input("xs", [5, 2, 3]), { truncate });
  expect(run(0)).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: RNNCell: truncate is not a number of steps: 0
      rule: a whole number from 1, or { every, back } of such numbers with back ≥ every]
  `);
  expect(run({ every: 3, back: 2 })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: RNNCell: truncate is not a number of steps: { every: 3, back: 2 }
      rule: a whole number from 1, or { every, back } of such numbers with back ≥ every]
  `);
  expect(run(1.5)).toThrow(/not a number of steps/);
});
