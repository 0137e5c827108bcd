import {
  add,
  ancestors,
  compile,
  concat,
  constant,
  evaluate,
  flip,
  grad,
  input,
  mul,
  type Nested,
  parameter,
  slice,
  square,
  sum,
  type Tensor,
  take,
  unroll,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import { type Cell, GRUCell, LSTMCell, type LSTMState, RNNCell, recurrent } from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, randomize, values } from "./values.ts";

const options = { inputSize: 3, hiddenSize: 4, seed: 1, dtype: "f64" } as const;
const cells: Record<string, Cell<Record<string, Tensor>>> = {
  RNNCell: new RNNCell(options) as never,
  LSTMCell: new LSTMCell(options) as never,
  GRUCell: new GRUCell({ ...options, update: "keep", reset: "after" }) as never,
};
const xs = constant(values(1, 6, 2, 3));

describe.each(Object.entries(cells))("%s", (_, cell) => {
  randomize(cell.parameters, 2);

  test("the loop equals steps written out, in values and gradients", () => {
    const { outputs, state } = recurrent(cell, xs);
    const written = unroll(
      (carry: Record<string, Tensor>, x: Tensor) => {
        const next = cell.step(x, carry);
        return { carry: next, y: cell.output(next) };
      },
      { init: cell.initialState(2), xs },
    );
    expectClose(outputs, written.ys, 1e-14);
    for (const [key, value] of Object.entries(state)) expectClose(value, written.carry[key] as Tensor, 1e-14);
    const [a, b] = [outputs, written.ys].map((ys) => grad(sum(square(ys)), cell.parameters));
    for (const [key, value] of Object.entries(a!)) expectClose(value, b![key]!, 1e-13, key);
  });

  test("in two parts with the state handed on, it is the same", () => {
    const whole = recurrent(cell, xs);
    const first = recurrent(cell, slice(xs, [0, 0, 0], [2, 2, 3]));
    const second = recurrent(cell, slice(xs, [2, 0, 0], [6, 2, 3]), { initialState: first.state });
    expectClose(concat([first.outputs, second.outputs]), whole.outputs, 1e-14);
    for (const [key, value] of Object.entries(second.state)) expectClose(value, whole.state[key]!, 1e-14);
  });

  test("in reverse it is the reversed sequence, its outputs turned back", () => {
    const { outputs, state } = recurrent(cell, xs, { reverse: true });
    const turned = recurrent(cell, flip(xs, { axis: 0 }));
    expectClose(outputs, flip(turned.outputs, { axis: 0 }), 1e-14);
    for (const [key, value] of Object.entries(state)) expectClose(value, turned.state[key]!, 1e-14);
  });

  test("D18: outputs depend on the past alone", () => {
    const { outputs } = recurrent(cell, xs);
    for (let t = 0; t < 6; t++) {
      const gradient = evaluate(grad(sum(take(outputs, t)), xs)).toNested() as number[][][];
      gradient.forEach((rows, k) => {
        expect(
          rows.flat().some((value) => value !== 0),
          `∂y_${t}/∂x_${k}`,
        ).toBe(k <= t);
      });
    }
  });

  test("sequences of a batch don't see each other", () => {
    const alone = recurrent(cell, slice(xs, [0, 1, 0], [6, 2, 3])).outputs;
    expectClose(slice(recurrent(cell, xs).outputs, [0, 1, 0], [6, 2, 4]), alone, 1e-14);
  });

  test("compiled, it is what the interpreter computes", () => {
    const x = input("x", [6, 2, 3], "f64");
    const { outputs, state } = recurrent(cell, x);
    const loss = sum(square(outputs));
    const all = { outputs, state, gradients: grad(loss, cell.parameters) };
    const compiled = compile({ inputs: { x }, outputs: all })({ x: values(1, 6, 2, 3) });
    const reference = evaluate(all, { x: values(1, 6, 2, 3) });
    expectClose(compiled.outputs, reference.outputs, 1e-13);
    for (const [key, value] of Object.entries(compiled.gradients)) {
      expectClose(value, reference.gradients[key]!, 1e-12, key);
    }
  });

  test("no steps: no outputs, the state as it was, gradients of zero", () => {
    const { outputs, state } = recurrent(cell, input("none", [0, 2, 3], "f64"));
    expect(outputs.shape).toEqual([0, 2, 4]);
    const values = evaluate(state, { none: new Float64Array(0) });
    expect(Object.values(values).flatMap(({ data }) => [...data])).toEqual(
      new Array(8 * Object.keys(state).length).fill(0),
    );
  });

  test("one graph node for any number of steps", () => {
    const nodes = (length: number): number => {
      const { outputs } = recurrent(cell, input("x", [length, 2, 3], "f64"));
      return ancestors(Object.values(grad(sum(outputs), cell.parameters))).length;
    };
    expect(nodes(500)).toBe(nodes(2));
  });
});

describe("A20: the state before the first step", () => {
  const cell = new LSTMCell(options);
  randomize(cell.parameters, 2);

  test("is zero", () => {
    expect(evaluate(cell.initialState(2).c).toNested()).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  test("can be learned", () => {
    const learned = { h: parameter("h", values(5, 2, 4)), c: parameter("c", values(6, 2, 4)) };
    const initialState: LSTMState = learned;
    const { outputs } = recurrent(cell, xs, { initialState });
    checkGradients(sum(square(outputs)), learned).assert();
  });
});

test("A04: a cell of one's own, whose state is a tensor or nested", () => {
  const decay = parameter("decay", 0.5, "f64");
  const leaky: Cell<Tensor> = {
    parameters: { decay },
    initialState: (batch) => constant(new Array<Nested>(batch).fill([0]), "f64"),
    step: (x, total) => add(mul(total, decay), x),
    output: (total) => total,
  };
  const { outputs, state } = recurrent(leaky, constant([[[8]], [[0]], [[4]]], "f64"));
  expectClose(outputs, [[[8]], [[4]], [[6]]], 0);
  expectClose(state, [[6]], 0);
  checkGradients(outputs, decay, { order: 2 }).assert();

  const twice: Cell<{ readonly pair: readonly [Tensor, Tensor] }> = {
    parameters: {},
    initialState: (batch) => ({ pair: [leaky.initialState(batch), leaky.initialState(batch)] }),
    step: (x, { pair: [last] }) => ({ pair: [x, last] }),
    output: ({ pair: [, before] }) => before,
  };
  expectClose(recurrent(twice, constant([[[8]], [[0]], [[4]]], "f64")).outputs, [[[0]], [[8]], [[0]]], 0);
});

test("what it refuses", () => {
  const cell = new RNNCell({ inputSize: 3, hiddenSize: 4, seed: 1 });
  expect(() => recurrent(cell, input("xs", [5]))).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: RNNCell: expected x [time, batch, 3], received [5]
      x: [5]  f32  "xs"
      rule: x [time, batch, inputSize]: inputSize is 3, layout "time-major"]
  `);
  expect(() => recurrent(cell, input("xs", [5, 2, 7]))).toThrow(
    "RNNCell: expected x [time, batch, 3], received [5, 2, 7]",
  );
  expect(() => recurrent(cell, input("xs", [5, 2, 3]), { initialState: cell.initialState(9) })).toThrow(
    /do not broadcast|changes/,
  );
  expect(() => recurrent(cell, input("xs", [5, 2, 3], "f64"))).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: scan: carry.h changes: [2, 4] f32 before a step, [2, 4] f64 after it
      rule: a step returns each carry with the structure, shape and dtype that it received
      hint: cast the result to f32, or start from init.h of dtype f64]
  `);
});
