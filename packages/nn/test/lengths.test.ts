import {
  add,
  concat,
  constant,
  DTypeError,
  evaluate,
  grad,
  input,
  log,
  matmul,
  mul,
  parameter,
  ShapeError,
  slice,
  square,
  stopGradient,
  sum,
  type Tensor,
  take,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import { type Cell, Embedding, LSTMCell, type RecurrentOptions, RNNCell, recurrent } from "@org/nn";
import { describe, expect, test } from "vitest";
import { cells, type RecordCell } from "./cells.ts";
import { expectClose, values } from "./values.ts";

const [T, B] = [6, 4];
const lengths = [6, 2, 0, 5];
const xs = constant(values(1, T, B, 3));

type State = Record<string, Tensor>;
type Options = Omit<RecurrentOptions<State>, "lengths" | "initialState">;

/** A batch's sequence by itself, without its padding. */
function alone(cell: RecordCell, b: number, x: Tensor, initialState: State, options: Options) {
  const own = (state: Tensor): Tensor => slice(state, [b, 0], [b + 1, 4]);
  const start = Object.fromEntries(Object.entries(initialState).map(([key, state]) => [key, own(state)]));
  const part = slice(x, [0, b, 0], [lengths[b]!, b + 1, 3]);
  return recurrent(cell, part, { ...options, initialState: start });
}

const variants: readonly Options[] = [
  {},
  { reverse: true },
  { unroll: true },
  { reverse: true, unroll: true },
  { checkpoint: 2 },
  { truncate: 2 },
  { truncate: 2, reverse: true },
  { truncate: 3, reverse: true, checkpoint: "sqrt" },
  { truncate: { every: 1, back: 2 } },
  { truncate: { every: 2, back: 3 }, reverse: true },
];

describe.each(cells)("%s with lengths", (_, cell) => {
  const initialState = Object.fromEntries(
    Object.keys(cell.initialState(B)).map((key, i) => [key, parameter(key, values(3 + i, B, 4))]),
  );
  const wrt = { xs, initialState, parameters: cell.parameters };
  const weightOf = (b: number): Tensor => take(constant(values(9, B)), b);

  test.each(variants)("is each sequence alone, in values and gradients: %o", (options) => {
    const batch = recurrent(cell, xs, { ...options, initialState, lengths });
    const singles = lengths.map((_, b) => alone(cell, b, xs, initialState, options));
    const padded = singles.map(({ outputs }, b) =>
      concat(
        [outputs, constant(new Array(T - lengths[b]!).fill([[0, 0, 0, 0]]), "f64")].slice(
          0,
          T > lengths[b]! ? 2 : 1,
        ),
      ),
    );
    expectClose(batch.outputs, concat(padded, { axis: 1 }), 1e-13);
    for (const key of Object.keys(initialState)) {
      expectClose(batch.state[key]!, concat(singles.map(({ state }) => state[key]!)), 1e-13, key);
    }

    const loss = (outputs: Tensor, state: State, b: Tensor | number): Tensor =>
      Object.values(state).reduce(
        (total, h) => add(total, sum(mul(square(h), b))),
        sum(mul(square(outputs), b)),
      );
    const apart = singles
      .map(({ outputs, state }, b) => loss(outputs, state, weightOf(b)))
      .reduce((a, b) => add(a, b));
    const column = constant(evaluate(slice(constant(values(9, B)), [0], [B])).toNested(), "f64");
    const weighted = (x: Tensor): Tensor => sum(mul(sum(square(x), { axis: -1 }), column));
    const together = Object.values(batch.state).reduce(
      (total, h) => add(total, weighted(h)),
      weighted(batch.outputs),
    );
    const [a, b] = evaluate([grad(together, wrt), grad(apart, wrt)]);
    expectClose(a!.xs, b!.xs, 1e-12, "xs");
    for (const [key, value] of Object.entries(a!.initialState)) {
      expectClose(value, b!.initialState[key]!, 1e-12, key);
    }
    for (const [key, value] of Object.entries(a!.parameters)) {
      expectClose(value, b!.parameters[key]!, 1e-12, key);
    }
  });

  test("no steps at all give the initial state back", () => {
    const { outputs, state } = recurrent(cell, xs, { initialState, lengths: [0, 0, 0, 0] });
    expect(new Set(evaluate(outputs).data)).toEqual(new Set([0]));
    for (const [key, value] of Object.entries(state)) expectClose(value, initialState[key]!, 0, key);
  });

  test.each([false, true])("what the padding holds has no effect, not even NaN (reverse: %s)", (reverse) => {
    const spoiled = values(1, T, B, 3);
    lengths.forEach((length, b) => {
      for (let t = length; t < T; t++) spoiled.data.fill(Number.NaN, (t * B + b) * 3, (t * B + b + 1) * 3);
    });
    const [clean, dirty] = [xs, constant(spoiled)].map((x) => {
      const { outputs } = recurrent(cell, x, { lengths, reverse });
      return evaluate({ outputs, gradients: grad(sum(square(outputs)), cell.parameters) });
    });
    expect(dirty).toEqual(clean);
  });

  test("lengths can be fed, and the gradients equal differences", () => {
    const fed = input("lengths", [B], "i32");
    const { outputs, state } = recurrent(cell, xs, { initialState, lengths: fed });
    const feeds = { lengths };
    expect(evaluate(outputs, feeds)).toEqual(
      evaluate(recurrent(cell, xs, { initialState, lengths }).outputs),
    );
    const loss = add(sum(square(outputs)), sum(square(Object.values(state)[0]!)));
    checkGradients(loss, wrt, { feeds, order: 2 }).assert();
  });
});

/** Flags of `[time, batch]` as literals. */
const holes = [
  [1, 0, 0, 1],
  [0, 1, 0, 1],
  [0, 1, 0, 0],
  [1, 0, 0, 1],
  [1, 1, 0, 1],
  [0, 1, 0, 1],
];

describe.each(cells)("%s with a mask that has holes", (_, cell) => {
  const initialState = Object.fromEntries(
    Object.keys(cell.initialState(B)).map((key, i) => [key, parameter(key, values(3 + i, B, 4))]),
  );
  const wrt = { xs, initialState, parameters: cell.parameters };
  const counted = (b: number): number[] => holes.flatMap((row, t) => (row[b] ? [t] : []));
  const total = (outputs: Tensor, state: State): Tensor =>
    Object.values(state).reduce((sofar, h) => add(sofar, sum(square(h))), sum(square(outputs)));

  test.each([{}, { reverse: true }, { unroll: true }, { checkpoint: 2 }] as const)(
    "is each sequence without the steps that are left out, in values and gradients: %o",
    (options) => {
      const batch = recurrent(cell, xs, { ...options, initialState, mask: holes });
      const singles = Array.from({ length: B }, (_, b) => {
        const start = Object.fromEntries(
          Object.entries(initialState).map(([key, state]) => [key, slice(state, [b, 0], [b + 1, 4])]),
        );
        const steps = constant(counted(b), "i32");
        const part = take(slice(xs, [0, b, 0], [T, b + 1, 3]), steps);
        return recurrent(cell, part, { ...options, initialState: start });
      });
      const shown = evaluate(batch.outputs);
      singles.forEach(({ outputs, state }, b) => {
        const own = slice(batch.outputs, [0, b, 0], [T, b + 1, 4]);
        expectClose(take(own, constant(counted(b), "i32")), outputs, 1e-13);
        for (const key of Object.keys(state))
          expectClose(slice(batch.state[key]!, [b, 0], [b + 1, 4]), state[key]!, 1e-13, key);
      });
      holes.forEach((row, t) => {
        row.forEach((flag, b) => {
          const hidden = shown.data.slice((t * B + b) * 4, (t * B + b + 1) * 4);
          if (!flag) expect(new Set(hidden)).toEqual(new Set([0]));
        });
      });
      const apart = singles.map(({ outputs, state }) => total(outputs, state)).reduce((a, b) => add(a, b));
      const [a, b] = evaluate([grad(total(batch.outputs, batch.state), wrt), grad(apart, wrt)]);
      expectClose(a!.xs, b!.xs, 1e-12, "xs");
      for (const [key, value] of Object.entries(a!.initialState))
        expectClose(value, b!.initialState[key]!, 1e-12, key);
      for (const [key, value] of Object.entries(a!.parameters))
        expectClose(value, b!.parameters[key]!, 1e-12, key);
    },
  );

  test("truncated: windows are cut at steps that are left out as well", () => {
    const { outputs, state } = recurrent(cell, xs, { initialState, mask: holes, truncate: 2 });
    const windows: Tensor[] = [];
    let before: State = initialState;
    for (let t = 0; t < T; t += 2) {
      const part = slice(xs, [t, 0, 0], [t + 2, B, 3]);
      const fixed = mapped(before, (h) => (t === 0 ? h : stopGradient(h)));
      const run = recurrent(cell, part, { initialState: fixed, mask: holes.slice(t, t + 2) });
      windows.push(run.outputs);
      before = run.state;
    }
    expectClose(outputs, concat(windows), 1e-13);
    const [a, b] = evaluate([grad(total(outputs, state), wrt), grad(total(concat(windows), before), wrt)]);
    expectClose(a!.xs, b!.xs, 1e-12, "xs");
    for (const [key, value] of Object.entries(a!.parameters))
      expectClose(value, b!.parameters[key]!, 1e-12, key);
  });

  test("what steps hold that do not count has no effect: NaN, infinities, huge numbers", () => {
    const spoiled = values(1, T, B, 3);
    const odd = [Number.NaN, Infinity, -Infinity, 1e308];
    holes.forEach((row, t) => {
      row.forEach((flag, b) => {
        if (!flag) spoiled.data.fill(odd[(t + b) % 4]!, (t * B + b) * 3, (t * B + b + 1) * 3);
      });
    });
    const [clean, dirty] = [xs, constant(spoiled)].map((x) => {
      const { outputs } = recurrent(cell, x, { mask: holes });
      return evaluate({ outputs, gradients: grad(sum(square(outputs)), { x, own: cell.parameters }) });
    });
    expect(dirty).toEqual(clean);
  });

  test("a mask of leading ones is lengths, and can be fed", () => {
    const fed = input("mask", [T, B], "bool");
    const leading = Array.from({ length: T }, (_, t) => lengths.map((length) => t < length));
    const masked = recurrent(cell, xs, { initialState, mask: fed });
    const ended = recurrent(cell, xs, { initialState, lengths });
    expect(evaluate([masked.outputs, masked.state], { mask: leading })).toEqual(
      evaluate([ended.outputs, ended.state]),
    );
  });
});

const mapped = (state: State, change: (h: Tensor) => Tensor): State =>
  Object.fromEntries(Object.entries(state).map(([key, h]) => [key, change(h)]));

test("a cell of a logarithm: steps that do not count are read as steps that do, not as zeros", () => {
  const W = parameter("W", [[0.5], [2]], "f64");
  const cell: Cell<{ readonly h: Tensor }> = {
    parameters: { W },
    initialState: (batch) => ({ h: constant(new Array(batch).fill([0]), "f64") }),
    step: (x, { h }) => ({ h: add(log(matmul(x, W)), h) }),
    output: ({ h }) => h,
  };
  const x = constant([[[1, 1]], [[2, 1]], [[Number.NaN, 0]]], "f64");
  for (const counted of [{ lengths: [2] }, { mask: [[1], [1], [0]] }, { lengths: [2], reverse: true }]) {
    const { state } = recurrent(cell, x, counted);
    // d/dW Σ ln(x W) = Σ xᵀ / (x W)
    expectClose(grad(sum(state.h), W), [[1 / 2.5 + 2 / 3], [1 / 2.5 + 1 / 3]], 1e-14);
  }
});

test("masks that are refused", () => {
  const cell = new LSTMCell({ inputSize: 3, hiddenSize: 4, seed: 1 });
  const x = input("xs", [6, 2, 3]);
  expect(() => recurrent(cell, x, { mask: [[1, 1]] })).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: LSTMCell: expected a flag for each of 6 steps of 2 sequences
      mask: [1, 2]  f32
      rule: [time, batch, ...], mask [time, batch]]
  `);
  expect(() =>
    recurrent(cell, x, { mask: input("mask", [6, 2]), lengths: [1, 2] }),
  ).toThrowErrorMatchingInlineSnapshot(`[GraphError: LSTMCell: expected lengths or a mask, received both]`);
});

test("ids past the end need not be ids", () => {
  const embedding = new Embedding({ count: 3, size: 2, seed: 1 });
  const inner = new RNNCell({ inputSize: 2, hiddenSize: 2, seed: 1 });
  const cell: Cell<{ readonly h: Tensor }> = {
    parameters: {},
    initialState: (batch) => inner.initialState(batch),
    step: (ids, state) => inner.step(embedding.apply(ids), state),
    output: ({ h }) => h,
  };
  const run = (padding: number) =>
    recurrent(cell, constant([[1], [2], [padding]], "i32"), { lengths: [2] }).outputs;
  expect(evaluate(run(-1))).toEqual(evaluate(run(0)));
});

test("lengths that are refused", () => {
  const cell = new LSTMCell({ inputSize: 3, hiddenSize: 4, seed: 1 });
  const x = input("xs", [6, 2, 3]);
  expect(() => recurrent(cell, x, { lengths: [6, 7] })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: LSTMCell: lengths[1] is 7, the sequences have 6 steps
      rule: a length is a whole number from 0 to the number of steps]
  `);
  expect(() => recurrent(cell, x, { lengths: [1.5, -1] })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: LSTMCell: lengths[0] is 1.5, the sequences have 6 steps
      rule: a length is a whole number from 0 to the number of steps]
  `);
  expect(() => recurrent(cell, x, { lengths: [6] })).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: LSTMCell: expected a length for each of 2 sequences
      lengths: [1]  i32
      rule: [time, batch, ...], lengths i32 [batch]]
  `);
  const floats = input("lengths", [2]);
  expect(() => recurrent(cell, x, { lengths: floats })).toThrowErrorMatchingInlineSnapshot(`
    [DTypeError: LSTMCell: lengths are i32, received f32
      lengths: [2]  f32  "lengths"
      rule: [time, batch, ...], lengths i32 [batch]]
  `);
  expect(() => recurrent(cell, x, { lengths: floats })).toThrow(DTypeError);
  const fed = recurrent(cell, constant(values(1, 6, 2, 3), "f32"), { lengths: input("lengths", [2], "i32") });
  for (const wrong of [
    [7, 0],
    [0, -1],
    [-7, 0],
  ]) {
    expect(() => evaluate(fed.outputs, { lengths: wrong })).toThrow(ShapeError);
  }
  const counter: Cell<Tensor> = {
    parameters: {},
    initialState: () => constant(0),
    step: (_, count) => add(count, 1),
    output: (count) => count,
  };
  expect(() => recurrent(counter, x, { lengths: [1, 2] })).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: recurrent: with lengths or a mask, a state has a row for each of 2 sequences
      state: []  f32
      rule: state [batch, ...]]
  `);
});
