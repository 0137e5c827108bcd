/** What the notes say of cells side by side: what they cost, what they are made of, what they depend on. */
import {
  add,
  ancestors,
  compile,
  concat,
  constant,
  evaluate,
  grad,
  input,
  isLoop,
  type Node,
  relu,
  sigmoid,
  square,
  sum,
  type Tensor,
  tanh,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import * as nn from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { expectClose, randomize, values } from "../values.ts";

const sizes = { inputSize: 3, hiddenSize: 4, seed: 1, dtype: "f64" } as const;
type Any = nn.Cell<Record<string, Tensor>>;
const kinds = {
  RNN: new nn.RNNCell(sizes) as unknown as Any,
  GRU: new nn.GRUCell({ ...sizes, update: "keep", reset: "before" }) as unknown as Any,
  LSTM: new nn.LSTMCell(sizes) as unknown as Any,
};
for (const cell of Object.values(kinds)) randomize(cell.parameters, 3);

describe("A01: the network without a hidden state, H = φ(X W_xh + b_h), O = H W_hq + b_q", () => {
  const first = new nn.Linear({ inputSize: 2, outputSize: 3, seed: 1, dtype: "f64" });
  const second = new nn.Linear({ inputSize: 3, outputSize: 2, seed: 2, dtype: "f64" });
  const X = constant(values(1, 5, 2));

  test("by hand, for a minibatch of two rows", () => {
    first.parameters.W.value = [
      [1, 0, -1],
      [2, 1, 0],
    ];
    first.parameters.b!.value = [0, -1, 0.5];
    second.parameters.W.value = [
      [1, 0],
      [0, 2],
      [4, 1],
    ];
    second.parameters.b!.value = [10, 20];
    const H = relu(
      first.apply(
        constant(
          [
            [1, 1],
            [-1, 2],
          ],
          "f64",
        ),
      ),
    );
    expectClose(
      H,
      [
        [3, 0, 0],
        [3, 1, 1.5],
      ],
      0,
    );
    expectClose(
      second.apply(H),
      [
        [13, 20],
        [19, 23.5],
      ],
      0,
    );
  });

  test.each([
    ["relu", relu],
    ["tanh", tanh],
    ["σ", sigmoid],
  ] as const)("shapes and gradients, %s", (_, φ) => {
    const model = { first, second };
    randomize(nn.parameters(model), 7);
    const H = φ(first.apply(X));
    const O = second.apply(H);
    expect([H.shape, O.shape]).toEqual([
      [5, 3],
      [5, 2],
    ]);
    checkGradients(sum(square(O)), { X, ...nn.parameters(model) }, { order: 2 }).assert();
  });
});

describe("A18: the symbols of the notes' figures are parts of the graph", () => {
  const X = input("X", [2, 3], "f64");
  const ops = (tensors: readonly Tensor[]): string[] => ancestors(tensors).map(({ op }) => op.name);

  test.each(Object.entries(kinds))(
    "a fully connected layer with activation, elementwise ops: %s",
    (_, cell) => {
      const next = cell.step(X, cell.initialState(2));
      const found = ops(Object.values(next));
      expect(found).toContain("matmul");
      expect(found).toContain("tanh");
      if (cell !== kinds.RNN) expect(found).toEqual(expect.arrayContaining(["sigmoid", "mul"]));
    },
  );

  test("concatenate: a gate of [X, H] and both weights on top of each other is the gate of the sum", () => {
    const { W_xi, W_hi, b_i } = (kinds.LSTM as unknown as nn.LSTMCell).parameters;
    const [x, h] = [constant(values(1, 2, 3)), constant(values(2, 2, 4))];
    const dense = new nn.Linear({ inputSize: 7, outputSize: 4, seed: 1, dtype: "f64" });
    dense.parameters.W.value = evaluate(concat([W_xi, W_hi]));
    dense.parameters.b!.value = b_i!.value;
    const joined = concat([x, h], { axis: -1 });
    expect(joined.node.op.name).toBe("concat");
    const state = { h, c: constant(values(3, 2, 4)) };
    const cell = kinds.LSTM as unknown as nn.LSTMCell;
    const { i } = nn.gates(nn.recurrent(cell, constant(values(1, 1, 2, 3)), { initialState: state }).outputs);
    expectClose(sigmoid(dense.apply(joined)), evaluate(i!).toNested()[0 as never] as never, 1e-14);
  });

  test("copy: one tensor that several nodes read", () => {
    const h = input("h", [2, 4], "f64");
    const cell = kinds.LSTM as unknown as nn.LSTMCell;
    const { c } = cell.step(X, { h, c: h });
    const readers = ancestors([c]).filter(({ inputs }) => inputs.includes(h));
    expect(readers.length).toBeGreaterThanOrEqual(4);
  });
});

describe("A21: an LSTM costs more than a GRU, a GRU more than an RNN", () => {
  const count = (cell: Any): number =>
    Object.values(cell.parameters).reduce((total, { value }) => total + value.data.length, 0);

  test("parameters: 4, 3 and 1 blocks", () => {
    const block = 3 * 4 + 4 * 4 + 4;
    expect(Object.values(kinds).map(count)).toEqual([block, 3 * block, 4 * block]);
  });

  test("multiplications of a compiled step", () => {
    const flops = Object.values(kinds).map((cell) => {
      const xs = input("xs", [20, 2, 3], "f64");
      const { outputs } = nn.recurrent(cell, xs);
      return compile({
        inputs: { xs },
        outputs: { ...grad(sum(square(outputs)), cell.parameters) },
      }).report().flops;
    });
    const [rnn = 0, gru = 0, lstm = 0] = flops;
    expect(gru).toBeGreaterThan(2 * rnn);
    expect(lstm).toBeGreaterThan(gru);
  });
});

test("A23: gradients pass through ReLU whole or not at all, through tanh always smaller", () => {
  const [steps, hidden] = [30, 8];
  const x = constant(values(5, steps, 1, 3));
  const profile = (activation: "relu" | "tanh"): number[] => {
    const cell = new nn.RNNCell({ inputSize: 3, hiddenSize: hidden, seed: 2, activation, dtype: "f64" });
    cell.parameters.W_hh.value = nn.init.identity([hidden, hidden]);
    cell.parameters.b_h!.value = new Float64Array(hidden).fill(0.5);
    const { state } = nn.recurrent(cell, x);
    return [...evaluate(nn.gradientFlow(sum(state.h), state).h).data];
  };
  const z = constant([-2, -1e-9, 1e-9, 3], "f64");
  expect(evaluate(grad(sum(relu(z)), z)).toNested()).toEqual([0, 0, 1, 1]);
  const [rectified, squashed] = [profile("relu"), profile("tanh")];
  // With the identity as W_hh each unit hands on 1 or 0: the norm is the root of a whole number, and never shrinks to nothing.
  for (const norm of rectified) expect(norm ** 2).toBeCloseTo(Math.round(norm ** 2), 9);
  expect(rectified[0]).toBeGreaterThan(0.9);
  expect(squashed[0]).toBeLessThan(1e-3 * rectified[0]!);
});

describe("B24: recurrence is sequential in time", () => {
  /** The longest chain of nodes, and of products among them. */
  const depth = (tensors: readonly Tensor[], counts: (node: Node) => boolean): number => {
    const depths = new Map<Node, number>();
    for (const node of ancestors(tensors)) {
      const below = Math.max(0, ...node.inputs.map((each) => depths.get(each.node) ?? 0));
      depths.set(node, below + Number(counts(node)));
    }
    return Math.max(...tensors.map(({ node }) => depths.get(node)!));
  };
  const product = ({ op }: Node): boolean => op.name === "matmul";
  const outputs = (cell: Any, T: number): Tensor =>
    nn.recurrent(cell, input("xs", [T, 2, 3], "f64"), { unroll: true }).outputs;

  test.each(Object.entries(kinds))(
    "%s: the critical path grows by the same with every step",
    (name, cell) => {
      const [five, ten, twenty] = [5, 10, 20].map((T) => depth([outputs(cell, T)], product));
      const each = name === "GRU" ? 2 : 1;
      expect(ten! - five!).toBe(5 * each);
      expect(twenty! - ten!).toBe(10 * each);
    },
  );

  test("back again as well; a layer without recurrence has a path that does not grow", () => {
    const cell = kinds.RNN;
    const back = [5, 10].map((T) =>
      depth(Object.values(grad(sum(square(outputs(cell, T))), cell.parameters)), product),
    );
    expect(back[1]! - back[0]!).toBe(10);
    const dense = new nn.Linear({ inputSize: 3, outputSize: 2, seed: 1, dtype: "f64" });
    const paths = [5, 500].map((T) => depth([dense.apply(input("xs", [T, 2, 3], "f64"))], () => true));
    expect(paths[0]).toBe(paths[1]);
  });

  test("a loop is one node for any number of steps, which says how many they are", () => {
    const lengths = [5, 500].map((T) => {
      const loops = ancestors([nn.recurrent(kinds.RNN, input("xs", [T, 2, 3], "f64")).outputs]).filter(
        isLoop,
      );
      return loops.map(({ attributes }) => (attributes as { length: number }).length);
    });
    expect(lengths).toEqual([[5], [500]]);
  });
});

test("B01: gradients of any cell, of any size, over any number of steps equal differences", () => {
  const small = fc.integer({ min: 1, max: 3 });
  const options = fc.record({
    inputSize: small,
    hiddenSize: small,
    bias: fc.boolean(),
    kind: fc.constantFrom("RNN", "LSTM", "GRU"),
    update: fc.constantFrom("keep", "write"),
    reset: fc.constantFrom("before", "after"),
    peephole: fc.boolean(),
    projectionSize: fc.option(small, { nil: undefined }),
  });
  fc.assert(
    fc.property(options, fc.nat(3), small, fc.nat(1000), (drawn, time, batch, seed) => {
      const { kind, projectionSize, update, reset, peephole, ...rest } = drawn;
      const all = { ...rest, seed, dtype: "f64" } as const;
      const makers = {
        RNN: () => new nn.RNNCell(all),
        LSTM: () => new nn.LSTMCell({ ...all, peephole, ...(projectionSize && { projectionSize }) }),
        GRU: () => new nn.GRUCell({ ...all, update, reset }),
      };
      const cell = makers[kind as keyof typeof makers]() as unknown as Any;
      randomize(cell.parameters, seed + 1);
      const x = constant(values(seed, time, batch, drawn.inputSize));
      const { outputs, state } = nn.recurrent(cell, x);
      const loss = Object.values(state).reduce((total, h) => add(total, sum(square(h))), sum(outputs));
      checkGradients(loss, { x, ...cell.parameters }).assert();
    }),
    runs(30),
  );
});
