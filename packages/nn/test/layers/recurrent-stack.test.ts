import {
  add,
  concat,
  constant,
  evaluate,
  expandDims,
  grad,
  input,
  math,
  mul,
  parameter,
  slice,
  square,
  sum,
  swapAxes,
  type Tensor,
  take,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import {
  type Cell,
  EchoStateCell,
  GRU,
  GRUCell,
  LSTM,
  LSTMCell,
  parameters,
  RecurrentStack,
  type RecurrentStackOptions,
  RNN,
  RNNCell,
  recurrent,
} from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose, values } from "../values.ts";
import { B, filled, H, kinds, norm2, type Stack, sizes, T, x } from "./stacks.ts";

const cellOf = (stack: Stack, layer: number): Cell<Record<string, Tensor>> => {
  const found = stack.layers[layer]!;
  if ("forward" in found) throw new Error("two directions");
  return found;
};

const both = (stack: Stack, layer: number) => {
  const found = stack.layers[layer]!;
  if (!("forward" in found)) throw new Error("one direction");
  return found;
};

describe.each(kinds)("%s", (name, make) => {
  const deep = filled(make({ layers: 3 }));
  const twoWays = filled(make({ bidirectional: true, layers: 2 }));

  test("A15: three layers are three cells by hand, each over the outputs of the one below", () => {
    let below: Tensor = x;
    const states = [0, 1, 2].map((l) => {
      const { outputs, state } = recurrent(cellOf(deep, l), below);
      below = outputs;
      return state;
    });
    const { outputs, state } = deep.apply(x);
    expectClose(outputs, below, 0);
    state.forEach((each, l) => {
      for (const [key, value] of Object.entries(each)) expectClose(value, states[l]![key]!, 0, `${l} ${key}`);
    });
  });

  test("A16: two directions are two cells by hand, joined after each layer", () => {
    let below: Tensor = x;
    const states = [0, 1].flatMap((l) => {
      const { forward, backward } = both(twoWays, l);
      const [there, back] = [recurrent(forward, below), recurrent(backward, below, { reverse: true })];
      below = concat([there.outputs, back.outputs], { axis: 2 });
      return [there.state, back.state];
    });
    const { outputs, state } = twoWays.apply(x);
    expectClose(outputs, below, 0);
    expect(state).toHaveLength(4);
    state.forEach((each, i) => {
      for (const [key, value] of Object.entries(each)) expectClose(value, states[i]![key]!, 0, `${i} ${key}`);
    });
  });

  test("A16: outputs change with a later input in two directions, in one they don't", () => {
    const dependsOn = (stack: Stack): boolean[] => {
      const gradient = evaluate(grad(sum(square(take(stack.apply(x).outputs, 1))), x));
      return (gradient.toNested() as number[][][]).map((step) => step.flat().some((g) => g !== 0));
    };
    expect(dependsOn(deep)).toEqual([true, true, false, false, false]);
    expect(dependsOn(twoWays)).toEqual([true, true, true, true, true]);
  });

  test("merge: what becomes of two directions", () => {
    const run = (merge?: RecurrentStackOptions["merge"]): Tensor =>
      filled(make({ bidirectional: true, ...(merge && { merge }) })).apply(x).outputs;
    const [there, back] = [0, 1].map((d) => take(run("none"), d)) as [Tensor, Tensor];
    expect(run("none").shape).toEqual([2, T, B, H]);
    expectClose(run(), concat([there, back], { axis: -1 }), 0);
    expectClose(run("concat"), run(), 0);
    expectClose(run("sum"), add(there, back), 0);
    expectClose(run("mean"), mul(add(there, back), 0.5), 1e-15);
    expectClose(run("product"), mul(there, back), 0);
    const above = (merge: RecurrentStackOptions["merge"]) =>
      make({ bidirectional: true, layers: 2, merge: merge! });
    expect(above("none").apply(x).outputs.shape).toEqual([2, T, B, H]);
    expect(above("sum").apply(x).outputs.shape).toEqual([T, B, H]);
    checkGradients(norm2(filled(above("product")).apply(x)), x, { order: 2 }).assert();
  });

  test("batch-major is the same with axes changed over, for every merge", () => {
    const turned = swapAxes(x, 0, 1);
    for (const merge of ["concat", "none"] as const) {
      const [a, b] = (["time-major", "batch-major"] as const).map((layout) =>
        filled(make({ layers: 2, bidirectional: true, merge, layout })),
      ) as [Stack, Stack];
      const [plain, other] = [a.apply(x), b.apply(turned)];
      expectClose(other.outputs, swapAxes(plain.outputs, -3, -2), 0);
      expectClose(other.state[3]!.h!, plain.state[3]!.h!, 0);
    }
    const short = filled(make({ layout: "batch-major" })).apply(turned, { lengths: [1, 5] });
    expectClose(slice(short.outputs, [0, 1, 0], [1, T, H]), [new Array(T - 1).fill(new Array(H).fill(0))], 0);
  });

  test("parameters have the paths of layers and directions", () => {
    const paths = (stack: Stack) => Object.keys(parameters({ [name.toLowerCase()]: stack }));
    expect(paths(deep)[0]).toMatch(/^\w+\.0\.W_x\w$/);
    expect(paths(deep).at(-1)).toMatch(/^\w+\.2\.b_\w$/);
    expect(paths(twoWays)[0]).toMatch(/^\w+\.0\.forward\.W_x\w$/);
    expect(paths(twoWays).at(-1)).toMatch(/^\w+\.1\.backward\.b_\w$/);
  });

  test("every weight matrix starts with values of its own, the same for the same seed", () => {
    const weights = (): string[] =>
      Object.entries(parameters(make({ layers: 2, bidirectional: true })))
        .filter(([path]) => path.includes("W_"))
        .map(([, { value }]) => String(value.data));
    expect(new Set(weights()).size).toBe(weights().length);
    expect(weights()).toEqual(weights());
  });
});

test("A15: any cells, one's own too, in one stack", () => {
  const decay = parameter("decay", 0.5, "f64");
  const leaky: Cell<{ readonly total: Tensor }> = {
    parameters: { decay },
    initialState: (batch) => ({ total: constant(new Array(batch).fill([0, 0, 0]), "f64") }),
    step: (x, { total }) => ({ total: math`${total} * ${decay} + ${x}` }),
    output: ({ total }) => total,
  };
  const stack = new RecurrentStack<Readonly<Record<string, Tensor>>>([
    leaky,
    { forward: new RNNCell(sizes) as never, backward: new LSTMCell(sizes) as never },
    new RNNCell({ ...sizes, inputSize: 2 * H }) as never,
  ]);
  const { outputs, state } = stack.apply(x);
  expect(outputs.shape).toEqual([T, B, H]);
  expect(state.map((each) => Object.keys(each))).toEqual([["total"], ["h"], ["h", "c"], ["h"]]);
  checkGradients(norm2({ outputs, state }), parameters(stack), { order: 2 }).assert();
});

test("what is refused", () => {
  const lstm = new LSTM({ inputSize: 3, hiddenSize: 4, layers: 2, seed: 1 });
  expect(
    () => new LSTM({ inputSize: 3, hiddenSize: 4, layers: 0, seed: 1 }),
  ).toThrowErrorMatchingInlineSnapshot(`[GraphError: LSTM: layers is a whole number from 1, received 0]`);
  expect(
    () => new RNN({ inputSize: 3, hiddenSize: 4, merge: "max" as never, seed: 1 }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: RNN: merge is one of "concat", "sum", "mean", "product", "none", received "max"]`,
  );
  expect(
    () => new RNN({ inputSize: 3, hiddenSize: 4, layout: "NTC" as never, seed: 1 }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: RNN: layout is "time-major" or "batch-major", received "NTC"]`,
  );
  expect(
    () => new GRU({ inputSize: 3, hiddenSize: 4, seed: 1 } as never),
  ).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: GRUCell: update is "keep" or "write", received undefined
      rule: texts write the GRU in different ways, so both have to be chosen]
  `);
  expect(() => new RecurrentStack([])).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: RecurrentStack: there is no layer]`,
  );
  expect(() => lstm.apply(input("x", [7]))).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: LSTM: expected x [time, batch, 3], received [7]
      x: [7]  f32  "x"
      rule: x [time, batch, inputSize]: inputSize is 3, layout "time-major"]
  `);
  const one = lstm.initialState(2).slice(0, 1);
  expect(() => lstm.apply(input("x", [5, 2, 3]), { initialState: one })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: LSTM: initialState has 1 states, layers and directions are 2
      rule: one state for each layer and direction, layer by layer, forward first]
  `);
  expect(() => lstm.apply(input("x", [5, 2, 3]), { initialState: one[0] as never })).toThrow(
    "LSTM: initialState has no list of states, layers and directions are 2",
  );
  expect(() => lstm.apply(input("x", [5, 2, 3]), { lengths: [1] })).toThrow(/a length for each of 2/);
});

describe("sequences that a layer does not take are refused by its name, its inputSize and its layout", () => {
  const options = { inputSize: 3, hiddenSize: 4, seed: 1 } as const;
  const lstm = new LSTM(options);
  const batchMajor = new RNN({ ...options, layout: "batch-major", bidirectional: true });

  test("one sequence without a batch", () => {
    expect(() => lstm.apply(input("x", [5, 3]))).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: LSTM: expected x [time, batch, 3], received [5, 3]
        x: [5, 3]  f32  "x"
        rule: x [time, batch, inputSize]: inputSize is 3, layout "time-major"
        hint: one sequence is a batch of one: expandDims(x, 1)]
    `);
    expect(() => batchMajor.apply(input("x", [5, 3]))).toThrow(
      /RNN: .*\[batch, time, 3\](.|\n)*expandDims\(x, 0\)/,
    );
    const one = constant(values(1, 5, 3));
    const made = new LSTM({ ...options, dtype: "f64" });
    expect(made.apply(expandDims(one, 1)).outputs.shape).toEqual([5, 1, 4]);
  });

  test("features of another size, or not on the last axis", () => {
    expect(() => lstm.apply(input("x", [5, 2, 7]))).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: LSTM: expected x [time, batch, 3], received [5, 2, 7]
        x: [5, 2, 7]  f32  "x"
        rule: x [time, batch, inputSize]: inputSize is 3, layout "time-major"]
    `);
    expect(() => lstm.apply(input("x", [5, 3, 2]))).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: LSTM: expected x [time, batch, 3], received [5, 3, 2]
        x: [5, 3, 2]  f32  "x"
        rule: x [time, batch, inputSize]: inputSize is 3, layout "time-major"
        hint: the axis of 3 comes last: swapAxes(x, 1, 2)]
    `);
    expect(() => lstm.apply(input("x", [5, 2, 1, 3]))).toThrow(/LSTM: expected x \[time, batch, 3\]/);
  });

  test("time and batch the other way round, where lengths, a mask or states show it", () => {
    const x = input("x", [2, 5, 3]);
    expect(() => lstm.apply(x, { lengths: [5, 4] })).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: LSTM: expected a length for each of 5 sequences
        lengths: [2]  i32
        rule: [time, batch, ...], lengths i32 [batch]
        hint: with the first two axes of x swapped it would fit; a layer's layout says which of them comes first]
    `);
    expect(() => lstm.apply(x, { mask: input("mask", [5, 2]) })).toThrow(
      /LSTM: (.|\n)*first two axes of x swapped/,
    );
    expect(() => lstm.apply(x, { initialState: lstm.initialState(2) })).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: LSTM: initialState[0]: expected [5, 4], received [2, 4]
        state: [2, 4]  f32
        rule: x [time, batch, ...], states [batch, ...], layout "time-major"
        hint: with the first two axes of x swapped it would fit; a layer's layout says which of them comes first]
    `);
    const turned = input("x", [5, 2, 3]);
    expect(() => batchMajor.apply(turned, { lengths: [5, 4] })).toThrow(
      /RNN: (.|\n)*first two axes of x swapped/,
    );
  });

  test("a cell in recurrent, and a step of its own", () => {
    const cell = new GRUCell({ ...options, update: "keep", reset: "after" });
    expect(() => recurrent(cell, input("x", [5, 3]))).toThrow(
      /^GRUCell: expected x \[time, batch, 3\], received \[5, 3\]/,
    );
    const reservoir = new EchoStateCell({ ...options, connections: 2 });
    for (const each of [cell, new RNNCell(options), new LSTMCell(options), reservoir]) {
      const step = () => each.step(input("x", [3]), each.initialState(3) as never);
      expect(step).toThrow(`${each.constructor.name}: expected x [batch, 3], received [3]`);
    }
    expect(() => new RecurrentStack([cell]).apply(input("x", [5, 2, 4]))).toThrow(
      /^RecurrentStack: expected x \[time, batch, 3\], received \[5, 2, 4\]/,
    );
  });

  test("any shape but [time, batch, inputSize] is refused, and nothing else is", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), (shape) => {
        const apply = () => lstm.apply(input("x", shape)).outputs.shape;
        if (shape.length === 3 && shape[2] === 3) expect(apply()).toEqual([shape[0], shape[1], 4]);
        else expect(apply).toThrow(/^LSTM: expected x \[time, batch, 3\]/);
      }),
      { numRuns: 60 },
    );
  });

  test("a mask lies as the sequences do", () => {
    const gru = filled(
      new GRU({ ...options, dtype: "f64", update: "keep", reset: "after", layers: 2, bidirectional: true }),
    );
    const sequences = constant(values(2, 5, 2, 3));
    const mask = [
      [1, 0],
      [0, 1],
      [1, 1],
      [1, 0],
      [0, 1],
    ];
    const major = filled(
      new GRU({
        ...options,
        dtype: "f64",
        update: "keep",
        reset: "after",
        layers: 2,
        bidirectional: true,
        layout: "batch-major",
      }),
    );
    const a = gru.apply(sequences, { mask });
    const b = major.apply(swapAxes(sequences, 0, 1), { mask: swapAxes(constant(mask), 0, 1) });
    expectClose(a.outputs, swapAxes(b.outputs, 0, 1), 0);
    const single = gru.apply(take(slice(sequences, [0, 0, 0], [5, 1, 3]), [0, 2, 3]));
    expectClose(slice(take(a.outputs, [0, 2, 3]), [0, 0, 0], [3, 1, 8]), single.outputs, 1e-14);
  });
});
