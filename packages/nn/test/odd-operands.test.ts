/** What is neither a tensor nor numbers is refused by every layer, loss and metric in its own name. */
import { DTypeError, GraphError, input, ShapeError } from "@org/core";
import * as nn from "@org/nn";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";

const x = input("x", [4, 2, 2]);
const sizes = { inputSize: 2, hiddenSize: 3, seed: 1 } as const;
const linear = new nn.Linear({ inputSize: 2, outputSize: 3, seed: 1 });
const rows = [
  [0, 1],
  [1, 0],
];

const ODD: readonly unknown[] = [
  undefined,
  null,
  "x",
  1n,
  { x },
  linear,
  new nn.LSTM(sizes).apply(x),
  () => x,
  [x, x],
  ["a"],
  Promise.resolve(1),
  new Date(0),
];

/** By the name that an error has to give. */
const calls: Readonly<Record<string, readonly ((odd: never) => unknown)[]>> = {
  Linear: [(odd) => linear.apply(odd)],
  Embedding: [(odd) => new nn.Embedding({ count: 5, size: 2, seed: 1 }).apply(odd)],
  LayerNorm: [(odd) => new nn.LayerNorm({ size: 2 }).apply(odd)],
  Dropout: [(odd) => new nn.Dropout({ rate: 0.5 }).apply(odd, { training: false })],
  Conv2d: [(odd) => new nn.Conv2d({ inputChannels: 1, outputChannels: 1, kernel: 1, seed: 1 }).apply(odd)],
  MaxPool2d: [(odd) => new nn.MaxPool2d({ window: 2 }).apply(odd)],
  Sequential: [(odd) => new nn.Sequential([linear]).apply(odd)],
  LSTM: [(odd) => new nn.LSTM(sizes).apply(odd)],
  GRU: [(odd) => new nn.GRU({ ...sizes, update: "keep", reset: "after" }).apply(odd)],
  RNN: [(odd) => new nn.RNN(sizes).apply(odd)],
  RNNCell: [
    (odd) => nn.recurrent(new nn.RNNCell(sizes), odd),
    (odd) => new nn.RNNCell(sizes).step(odd, new nn.RNNCell(sizes).initialState(2)),
  ],
  AdditiveAttention: [
    (odd) => new nn.AdditiveAttention({ querySize: 2, keySize: 2, hiddenSize: 3, seed: 1 }).apply(odd, x),
    (odd) => new nn.AdditiveAttention({ querySize: 2, keySize: 2, hiddenSize: 3, seed: 1 }).apply(rows, odd),
  ],
  dotAttention: [(odd) => nn.dotAttention(odd, x), (odd) => nn.dotAttention(rows, odd)],
  mse: [(odd) => nn.mse(odd, rows), (odd) => nn.mse(rows, odd)],
  l1: [(odd) => nn.l1(odd, rows), (odd) => nn.l1(rows, odd)],
  huber: [(odd) => nn.huber(odd, rows), (odd) => nn.huber(rows, odd)],
  klDivergence: [(odd) => nn.klDivergence(odd, rows), (odd) => nn.klDivergence(rows, odd)],
  crossEntropy: [(odd) => nn.crossEntropy(odd, [0, 1]), (odd) => nn.crossEntropy(rows, odd)],
  ctcLoss: [(odd) => nn.ctcLoss(odd, [[1]]), (odd) => nn.ctcLoss([[[0, 1]]], odd)],
  accuracy: [(odd) => nn.accuracy(odd, [1]), (odd) => nn.accuracy([1], odd)],
  f1: [(odd) => nn.f1(odd)],
  auc: [(odd) => nn.auc(odd, [1]), (odd) => nn.auc([1], odd)],
  perplexity: [(odd) => nn.perplexity(odd)],
  windows: [(odd) => nn.windows(odd, { steps: 1 })],
};
const all = Object.entries(calls).flatMap(([name, each]) => each.map((call) => ({ name, call })));

test("layers, losses and metrics", () => {
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.constantFrom(...ODD), ({ name, call }, odd) => {
      let found: unknown;
      try {
        call(odd as never);
      } catch (error) {
        found = error;
      }
      const ours = [GraphError, DTypeError, ShapeError].some((kind) => found instanceof kind);
      expect(ours, String(found)).toBe(true);
      expect((found as GraphError).op).toBe(name);
    }),
    runs(300),
  );
});

test("what is no model has no parameters", () => {
  const refused = (model: unknown): string => {
    try {
      return `${Object.keys(nn.parameters(model))}`;
    } catch (error) {
      return String(error);
    }
  };
  const expected =
    "GraphError: parameters: expected parameters, layers, or arrays and records of them, received";
  for (const [odd, received] of [
    [undefined, "undefined\n  hint: a layer is made with new"],
    [null, "object\n  hint: a layer is made with new"],
    ["model", "string\n  hint: a layer is made with new"],
    [nn.LSTM, "function\n  hint: a layer is made with new"],
    [Promise.resolve({ linear }), "object\n  hint: a layer is made with new"],
    [new Map([["linear", linear]]), "object\n  hint: a layer is made with new"],
    [{ a: "x" }, 'a string at a\n  hint: parameter("a", …) makes one of a value'],
  ] as const)
    expect(refused(odd)).toBe(`${expected} ${received}`);
  expect(refused({ linear, name: "mine" })).toBe("linear.W,linear.b");
  expect(refused([])).toBe("");
});

test("networks of what is no layer, and layers that give nothing", () => {
  const refused = (build: () => unknown): string => {
    try {
      return String(build());
    } catch (error) {
      return String(error);
    }
  };
  expect(refused(() => new nn.Sequential(linear as never))).toContain(
    "Sequential: expected an array of layers, received no array\n  hint: new Sequential([first, second])",
  );
  expect(refused(() => new nn.Sequential([linear, () => undefined as never]).apply(x))).toContain(
    "Sequential: layer 1 returned no tensor",
  );
  expect(refused(() => nn.recurrent(undefined as never, x))).toContain(
    "recurrent: expected a cell, received undefined",
  );
  expect(refused(() => linear.apply([[1, 2, 3]]))).toContain(
    "Linear: expected a last axis of 2, received [1, 3]",
  );
});
