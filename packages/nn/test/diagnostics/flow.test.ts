/** What arrives at every state and from every step. CHECKLIST B05, B12, B17. */
import {
  add,
  compile,
  constant,
  evaluate,
  grad,
  input,
  mul,
  type NDArray,
  type Parameter,
  slice,
  square,
  sum,
  type Tensor,
  take,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import * as nn from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, randomize, values } from "../values.ts";

const [T, size] = [6, 3];
const options = { inputSize: 2, hiddenSize: size, seed: 1, dtype: "f64" } as const;
const x = constant(values(1, T, 2, 2));
const gru = { ...options, update: "keep", reset: "before" } as const;

function ready<C extends { readonly parameters: object }>(cell: C, seed = 2): C {
  randomize(cell.parameters as Record<string, Parameter>, seed);
  return cell;
}

/** Steps written out by hand, so that every state is a tensor of its own. */
function writtenOut<State>(cell: nn.Cell<State>): State[] {
  let state = cell.initialState(2);
  return Array.from({ length: T }, (_, t) => {
    state = cell.step(take(x, t), state);
    return state;
  });
}

const lossOf = (outputs: Tensor): Tensor => sum(square(outputs));

type AnyCell = nn.Cell<Record<string, Tensor>>;

describe.each([
  ["RNN", () => ready(new nn.RNNCell(options) as AnyCell)],
  ["LSTM", () => ready(new nn.LSTMCell(options) as AnyCell)],
  ["GRU", () => ready(new nn.GRUCell(gru) as AnyCell)],
] as const)("%s", (_, make) => {
  const cell = make();
  const { outputs, state } = nn.recurrent(cell, x);
  const loss = lossOf(outputs);
  const states = writtenOut(cell);
  const written = states.map((each) => lossOf(each.h!)).reduce((a, b) => add(a, b));
  const found = evaluate(nn.stateGradients(loss, state));
  const whole = evaluate(grad(written, states)) as Record<string, NDArray>[];

  test("B12: gradients of all states are those of the steps written out", () => {
    expect(Object.keys(found)).toEqual(Object.keys(state));
    for (const [name, value] of Object.entries(found)) {
      expectClose(
        value,
        whole.map((each) => each[name]!.toNested()),
        1e-13,
        name,
      );
    }
  });

  test("outputs stand for the state that they show", () => {
    expectClose(nn.stateGradients(loss, outputs), found.h!, 0);
    const both = evaluate(nn.stateGradients(loss, { outputs, deep: [state.h!] }));
    expectClose(both.outputs, found.h!, 0);
    expectClose(both.deep[0]!, found.h!, 0);
  });

  test("gradientFlow is their norm over batch and units", () => {
    const flow = evaluate(nn.gradientFlow(loss, state));
    for (const [name, value] of Object.entries(whole.at(0)!)) {
      expect(value.shape).toEqual([2, size]);
      const norms = whole.map((each) =>
        Math.sqrt(Array.from(each[name]!.data).reduce((a, g) => a + g * g, 0)),
      );
      expectClose(flow[name]!, norms, 1e-13, name);
    }
  });

  test("B05: contributions of all steps sum to the gradient, for every parameter", () => {
    const parts = evaluate(nn.lagContributions(loss, cell.parameters));
    const all = evaluate(grad(loss, cell.parameters));
    for (const [name, part] of Object.entries(parts)) {
      expect(part.shape).toEqual([T, ...all[name]!.shape]);
      expectClose(sum(constant(part), { axis: 0 }), all[name]!, 1e-13, name);
    }
  });

  test("B05: the part of step k is the gradient of a cell of its own in step k; later steps have none", () => {
    const t = 4;
    const parts = evaluate(nn.lagContributions(lossOf(take(outputs, t)), cell.parameters));
    const cells = Array.from({ length: T }, make);
    let state = cell.initialState(2);
    const states = cells.map((own, k) => {
      state = own.step(take(x, k), state);
      return state;
    });
    const loss = lossOf(states[t]!.h!);
    cells.forEach((own, k) => {
      const gradients = evaluate(grad(loss, own.parameters));
      for (const [name, gradient] of Object.entries(gradients)) {
        expectClose(take(constant(parts[name]!), k), gradient, 1e-13, `${name} at ${k}`);
      }
    });
    expect(evaluate(take(constant(parts[Object.keys(parts)[0]!]!), t + 1)).data.every((g) => g === 0)).toBe(
      true,
    );
  });
});

describe("other loops", () => {
  const cell = ready(new nn.RNNCell(options));
  const above = ready(new nn.RNNCell({ ...options, inputSize: size }), 3);

  test("layers on top of each other: gradients of the lower pass through the upper", () => {
    const lower = nn.recurrent(cell, x);
    const upper = nn.recurrent(above, lower.outputs);
    const loss = sum(take(upper.outputs, T - 1));
    const found = evaluate(nn.stateGradients(loss, [lower.state, upper.state]));
    let [a, b] = [cell.initialState(2), above.initialState(2)];
    const states = Array.from({ length: T }, (_, t) => {
      a = cell.step(take(x, t), a);
      b = above.step(a.h, b);
      return [a.h, b.h];
    });
    const expected = evaluate(grad(sum(b.h), states)) as NDArray[][];
    [0, 1].forEach((layer) => {
      expectClose(
        found[layer]!.h,
        expected.map((step) => step[layer]!.toNested()),
        1e-13,
      );
    });
  });

  test("from the last step to the first: the order of time stays", () => {
    const { outputs, state } = nn.recurrent(cell, x, { reverse: true });
    const flow = evaluate(nn.gradientFlow(sum(state.h), outputs)).data;
    expectClose(
      evaluate(nn.stateGradients(sum(state.h), outputs)).data.slice(0, 6),
      new Float64Array(6).fill(1),
      0,
    );
    expect(flow[T - 1]).not.toBe(flow[0]);
    expectClose(
      sum(nn.lagContributions(sum(state.h), cell.parameters.W_hh), { axis: 0 }),
      grad(sum(state.h), cell.parameters.W_hh),
      1e-13,
    );
  });

  test("deep layers of both directions", () => {
    const layer = new nn.LSTM({ ...options, layers: 2, bidirectional: true });
    const { outputs, state } = layer.apply(x);
    const flow = evaluate(nn.gradientFlow(sum(outputs), state));
    expect(flow).toHaveLength(4);
    for (const { h, c } of flow)
      for (const norms of [h, c]) expect(norms.data.every((g) => g > 0)).toBe(true);
    expect(Object.keys(nn.gates(outputs))).toEqual(
      [0, 1, 2, 3].flatMap((loop) => ["i", "f", "o"].map((gate) => `${loop}.${gate}`)),
    );
  });

  test("one step at a time, one step, and none", () => {
    const one = nn.recurrent(cell, constant(values(4, 1, 2, 2)));
    expectClose(
      nn.stateGradients(sum(one.state.h), one.state).h,
      [
        [
          [1, 1, 1],
          [1, 1, 1],
        ],
      ],
      0,
    );
    const none = nn.recurrent(cell, constant(values(4, 0, 2, 2)));
    expect(evaluate(nn.gradientFlow(sum(none.state.h), none.state)).h.shape).toEqual([0]);
  });

  test("truncated: no gradient comes from beyond a window", () => {
    const { outputs, state } = nn.recurrent(cell, x, { truncate: 2 });
    const flow = evaluate(
      nn.stateGradients(lossOf(take(outputs, T - 1)), state).h,
    ).toNested() as number[][][];
    const full = nn.recurrent(cell, x);
    const all = evaluate(
      nn.stateGradients(lossOf(take(full.outputs, T - 1)), full.state).h,
    ).toNested() as number[][][];
    expectClose(flow.slice(T - 2), all.slice(T - 2), 1e-14);
    expect(
      flow
        .slice(0, T - 2)
        .flat(2)
        .every((g) => g === 0),
    ).toBe(true);
  });

  test("a gradient of the flow: a penalty on vanishing can be trained", () => {
    const { outputs, state } = nn.recurrent(cell, x);
    const flow = nn.gradientFlow(lossOf(outputs), state).h;
    checkGradients(flow, cell.parameters.W_hh).assert();
  });

  test("B17: the step at which a run overflows is named", () => {
    const wild = new nn.RNNCell({ ...options, activation: "identity", dtype: "f32" });
    wild.parameters.W_hh.value = nn.init.identity([size, size], { scale: 1e10 });
    wild.parameters.b_h!.value = [1, 1, 1];
    const xs = input("x", [8, 1, 2]);
    const { state } = nn.recurrent(wild, xs);
    const zeros = new Float32Array(16);
    const flow = compile({ inputs: { xs }, outputs: nn.gradientFlow(sum(state.h), state).h });
    expect(flow({ xs: zeros }).data[0]).not.toBeLessThan(Number.POSITIVE_INFINITY);
    const watched = compile({ inputs: { xs }, outputs: sum(state.h), checkNumerics: true });
    expect(() => watched({ xs: zeros })).toThrow(/first Infinity\n {2}at step 4/);
  });
});

describe("what can't be told apart", () => {
  const cell = ready(new nn.RNNCell(options));
  const { outputs, state } = nn.recurrent(cell, x);

  test("tensors that no loop returns", () => {
    expect(() => nn.stateGradients(sum(outputs), mul(outputs, 2))).toThrowErrorMatchingInlineSnapshot(`
      [GraphError: stateGradients: expected what a loop returns: outputs or a state of recurrent
        rule: not a function of it, and not a run with unroll or checkpoint]
    `);
    const written = nn.recurrent(cell, x, { unroll: true });
    expect(() => nn.gradientFlow(sum(written.outputs), written.state)).toThrow(
      /no loop|expected what a loop/,
    );
  });

  test("outputs that are not the state: ragged ends", () => {
    const ragged = nn.recurrent(cell, x, { lengths: [T, 3] });
    expect(() => nn.gradientFlow(sum(ragged.outputs), ragged.outputs)).toThrowErrorMatchingInlineSnapshot(`
      [GraphError: stateGradients: outputs are made of the state in each step and are not passed on themselves
        hint: hand over the state that recurrent or the layer returns]
    `);
    const flow = evaluate(nn.stateGradients(sum(ragged.outputs), ragged.state).h).toNested() as number[][][];
    expect(flow.slice(3).every((step) => step[1]!.every((g) => g === 0))).toBe(true);
    const alone = nn.recurrent(cell, constant(evaluate(slice(x, [0, 1, 0], [3, 2, 2]))));
    const short = evaluate(nn.stateGradients(sum(alone.outputs), alone.state).h).toNested() as number[][][];
    expectClose(
      flow.slice(0, 3).map((step) => step[1]!),
      short.map((step) => step[0]!),
      1e-13,
    );
  });

  test("weights that are not of one loop alone", () => {
    const { W_hh } = cell.parameters;
    const decayed = add(sum(state.h), sum(square(W_hh)));
    expect(() => nn.lagContributions(decayed, W_hh)).toThrowErrorMatchingInlineSnapshot(`
      [GraphError: lagContributions: "W_hh" is used outside of the loop too, by square
        rule: contributions of steps sum to the whole gradient]
    `);
    const twice = nn.recurrent(cell, x, { reverse: true });
    expect(() =>
      nn.lagContributions(add(sum(state.h), sum(twice.state.h)), W_hh),
    ).toThrowErrorMatchingInlineSnapshot(`[GraphError: lagContributions: 2 loops use "W_hh"]`);
    const other = new nn.Linear({ inputSize: 3, outputSize: 1, seed: 1 });
    expect(() =>
      nn.lagContributions(sum(other.apply(state.h)), other.parameters.W),
    ).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: lagContributions: no loop that the loss depends on uses "W"]`,
    );
  });
});
