/** Odd values for every option: a clear error of the layer or function called, or what the interpreter and the compiler agree on. */
import {
  array,
  compile,
  DTypeError,
  evaluate,
  FeedError,
  GraphError,
  input,
  type NDArray,
  type Operand,
  randomKey,
  ShapeError,
  Tensor,
  withDType,
} from "@org/core";
import * as nn from "@org/nn";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import { cellsOfToday, images, sequence } from "./odd-cells.ts";

const ODD: readonly unknown[] = [
  0,
  -0,
  1,
  2,
  -1,
  1.5,
  0.1,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** 31,
  1e300,
  -1e300,
  "",
  "2",
  "tanh",
  "max",
  "toString",
  null,
  true,
  [1, 2],
  [0, 1.5],
  {},
];

type Options = Readonly<Record<string, unknown>>;

interface Case {
  /** Options that are good. */
  readonly good: Options;
  /** Which of them, and which others, take odd values. */
  readonly odd: readonly string[];
  build(options: never): Operand | readonly Operand[];
}

const rows = input("rows", [2, 3]);
const queries = input("q", [2, 2]);
const cell = { inputSize: 2, hiddenSize: 2, seed: 1 };
const cells = ["inputSize", "hiddenSize", "bias", "dtype"];
const stack = [...cells, "layers", "bidirectional", "merge", "layout"];
const noise = ["dropout", "recurrentDropout", "zoneout"];
const running = ["reverse", "unroll", "truncate", "checkpoint"];
const losses = ["reduction"];
const labels = array([0, 2], { dtype: "i32" });
const shaped = { shape: [2, 2], seed: 1 };
const gru = { ...cell, update: "keep", reset: "after" };

/** An initialiser, whose shape is an option like others here. */
const initialiser =
  (make: (shape: readonly number[], options: never) => Operand) =>
  ({ shape, ...options }: { readonly shape: readonly number[] }): Operand =>
    make(shape, options as never);
const fans = (make: (shape: readonly number[], options: never) => Operand): Case => ({
  good: shaped,
  odd: ["shape", "fans", "dtype"],
  build: initialiser(make),
});

const stepped = (each: nn.Cell): Tensor => nn.recurrent(each, sequence).outputs;
const layer = <O>(make: new (options: O) => { apply(x: Tensor): Tensor | { readonly outputs: Tensor } }) => {
  return (options: O): Tensor => {
    const y = new make(options).apply(sequence);
    return y instanceof Tensor ? y : y.outputs;
  };
};

const cases: Record<string, Case> = {
  RNNCell: { good: cell, odd: [...cells, "activation"], build: (o) => stepped(new nn.RNNCell(o)) },
  GRUCell: { good: gru, odd: [...cells, "update", "reset"], build: (o) => stepped(new nn.GRUCell(o)) },
  LSTMCell: {
    good: cell,
    odd: [...cells, "forgetBias", "peephole", "projectionSize", "layerNorm"],
    build: (o) => stepped(new nn.LSTMCell(o)),
  },
  EchoStateCell: {
    good: { ...cell, connections: 2 },
    odd: ["inputSize", "hiddenSize", "spectralRadius", "connections", "leak", "inputScale", "dtype"],
    build: (o) => stepped(new nn.EchoStateCell(o)),
  },
  ...cellsOfToday,
  RNN: { good: cell, odd: [...stack, "recurrentDropout", "zoneout", "activation"], build: layer(nn.RNN) },
  GRU: { good: gru, odd: [...stack, "update", "reset"], build: layer(nn.GRU) },
  LSTM: {
    good: cell,
    odd: [...stack, "recurrentDropout", "zoneout", "projectionSize"],
    build: layer(nn.LSTM),
  },
  RecurrentStack: {
    good: {},
    odd: [...noise, "merge", "layout"],
    build: (o) =>
      new nn.RecurrentStack([new nn.RNNCell(cell), new nn.RNNCell(cell)], o).apply(sequence).outputs,
  },
  Linear: {
    good: { inputSize: 2, outputSize: 2, seed: 1 },
    odd: ["inputSize", "outputSize", "bias", "dtype"],
    build: layer(nn.Linear),
  },
  LayerNorm: { good: { size: 2 }, odd: ["size", "epsilon", "affine", "dtype"], build: layer(nn.LayerNorm) },
  Dropout: {
    good: {},
    odd: ["rate"],
    build: (o) => new nn.Dropout(o).apply(sequence, { training: true, key: randomKey(1) }),
  },
  Embedding: {
    good: { count: 3, size: 2, seed: 1 },
    odd: ["count", "size", "paddingIndex", "maxNorm", "dtype"],
    build: (o) => new nn.Embedding(o).apply([0]),
  },
  Conv2d: {
    good: { inputChannels: 1, outputChannels: 2, kernel: 2, seed: 1 },
    odd: ["inputChannels", "outputChannels", "kernel", "stride", "padding", "dilation", "bias", "dtype"],
    build: (o) => new nn.Conv2d(o).apply(images),
  },
  MaxPool2d: {
    good: { window: 2 },
    odd: ["window", "stride", "padding"],
    build: (o) => new nn.MaxPool2d(o).apply(images),
  },
  AdditiveAttention: {
    good: { querySize: 3, keySize: 2, hiddenSize: 2, seed: 1 },
    odd: ["querySize", "keySize", "hiddenSize", "dtype"],
    build: (o) => new nn.AdditiveAttention(o).apply(rows, sequence).context,
  },
  dotAttention: {
    good: {},
    odd: ["scale"],
    build: (o) => nn.dotAttention(queries, sequence, o).weights,
  },
  recurrent: {
    good: {},
    odd: running,
    build: (o) => nn.recurrent(new nn.RNNCell(cell), sequence, o).outputs,
  },
  sample: { good: {}, odd: ["temperature", "topK"], build: (o) => nn.sample(randomKey(1), rows, o) },
  TextBatches: {
    good: { batch: 1, steps: 1 },
    odd: ["batch", "steps", "position"],
    build: (o) => new nn.TextBatches([0, 1, 2, 3, 4], o).next().ids,
  },
  crossEntropy: {
    good: {},
    odd: [...losses, "ignoredLabel", "labelSmoothing"],
    build: (o) => nn.crossEntropy(rows, labels, o),
  },
  ctcBeamSearch: {
    good: { beams: 2 },
    odd: ["beams", "paths", "blank", "lengths"],
    build: (o) =>
      array(nn.ctcBeamSearch([[[1, 2]], [[3, 4]]], o)[0]!.map(({ logProbability }) => logProbability)),
  },
  ctcGreedyDecode: {
    good: {},
    odd: ["blank", "lengths"],
    build: (o) =>
      array(nn.ctcGreedyDecode([[[1, 2]], [[3, 4]]], o).map(({ logProbability }) => logProbability)),
  },
  ctcLoss: {
    good: {},
    odd: [...losses, "zeroInfinity", "blank"],
    build: (o) => nn.ctcLoss(sequence, [[1], [1]], o),
  },
  binaryCrossEntropyWithLogits: {
    good: {},
    odd: losses,
    build: (o) => nn.binaryCrossEntropyWithLogits(rows, rows, o),
  },
  klDivergence: { good: {}, odd: losses, build: (o) => nn.klDivergence(rows, rows, o) },
  mse: { good: {}, odd: losses, build: (o) => nn.mse(rows, rows, o) },
  l1: { good: {}, odd: losses, build: (o) => nn.l1(rows, rows, o) },
  huber: { good: {}, odd: [...losses, "delta"], build: (o) => nn.huber(rows, rows, o) },
  saturation: {
    good: {},
    odd: ["low", "high"],
    build: (o) => nn.saturation(stepped(new nn.LSTMCell(cell)), o).f!.below,
  },
  stateJacobian: {
    good: {},
    odd: ["t", "k", "sequence"],
    build: (o) => nn.stateJacobian(new nn.RNNCell(cell), new Array(3).fill([[1, 2]]), o).jacobian,
  },
  "init.uniform": {
    good: shaped,
    odd: ["shape", "low", "high", "dtype"],
    build: initialiser(nn.init.uniform),
  },
  "init.normal": { good: shaped, odd: ["shape", "scale", "dtype"], build: initialiser(nn.init.normal) },
  "init.truncatedNormal": {
    good: shaped,
    odd: ["shape", "scale", "bound", "dtype"],
    build: initialiser(nn.init.truncatedNormal),
  },
  "init.glorotUniform": fans(nn.init.glorotUniform),
  "init.glorotNormal": fans(nn.init.glorotNormal),
  "init.heUniform": fans(nn.init.heUniform),
  "init.heNormal": fans(nn.init.heNormal),
  "init.lecunUniform": fans(nn.init.lecunUniform),
  "init.lecunNormal": fans(nn.init.lecunNormal),
  "init.orthogonal": { good: shaped, odd: ["shape", "dtype"], build: initialiser(nn.init.orthogonal) },
  "init.identity": {
    good: { shape: [2, 2] },
    odd: ["shape", "scale", "dtype"],
    build: initialiser(nn.init.identity),
  },
  "init.sparse": {
    good: shaped,
    odd: ["shape", "connections", "scale", "dtype"],
    build: initialiser(nn.init.sparse),
  },
  "init.spectralRadius": {
    good: { ...shaped, radius: 0.5 },
    odd: ["shape", "radius", "dtype"],
    build: initialiser(nn.init.spectralRadius),
  },
  "init.scaleToSpectralRadius": {
    good: { radius: 1 },
    odd: ["radius", "dtype"],
    build: ({ radius, ...o }: { radius: number }) =>
      nn.init.scaleToSpectralRadius(
        [
          [1, 2],
          [3, 4],
        ],
        radius,
        o,
      ),
  },
  "init.forgetBias": {
    good: { size: 2 },
    odd: ["size", "value", "dtype"],
    build: ({ size, ...o }: { size: number }) => nn.init.forgetBias(size, o),
  },
  "init.chrono": {
    good: { size: 2, longest: 5, seed: 1 },
    odd: ["size", "longest", "dtype"],
    build: ({ size, ...o }: { size: number; longest: number; seed: number }) =>
      nn.init.chrono(size, o).forget,
  },
};

const values = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i / 7 - 0.6);
const feeds = {
  x: array(values(12), { shape: [3, 2, 2] }),
  images: array(values(20), { shape: [1, 1, 4, 5] }),
  rows: array(new Float32Array(6).fill(0.3), { shape: [2, 3] }),
  q: array(values(4), { shape: [2, 2] }),
};

const valuesOf = (y: Operand): NDArray => (y instanceof Tensor ? evaluate(y, feeds) : (y as NDArray));

const isClear = (error: unknown): boolean =>
  [ShapeError, DTypeError, GraphError, FeedError].some((kind) => error instanceof kind);

/** Both targets give the same; arrays are finite. */
function expectAgreement(y: Operand): void {
  if (!(y instanceof Tensor)) {
    expect(Array.from((y as NDArray).data).every(Number.isFinite)).toBe(true);
    return;
  }
  const run = compile({ inputs: { x: sequence, images, rows, q: queries }, outputs: y });
  let expected: NDArray;
  try {
    expected = evaluate(y, feeds);
  } catch (error) {
    // What only values show, such as a label that is the blank, both say.
    if (!isClear(error)) throw error;
    expect(() => run(feeds)).toThrow((error as Error).message);
    return;
  }
  const compiled = run(feeds);
  expected.data.forEach((value, i) => {
    if (Object.is(value, compiled.data[i])) return;
    expect(Math.abs(value - compiled.data[i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
  });
}

for (const [name, { good, odd, build }] of Object.entries(cases)) {
  const op = name.replace("init.", "");
  test(name, () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...odd), fc.constantFrom(...ODD), { minKeys: 1, maxKeys: 2 }),
        (drawn) => {
          let ys: Operand;
          try {
            ys = build({ ...good, ...drawn } as never) as Operand;
          } catch (error) {
            if (!isClear(error)) throw error;
            const message = (error as Error).message;
            const own = op === "recurrent" ? "RNNCell" : op;
            // What doesn't fit the weights is refused by the product and the convolution themselves.
            const inner = { Linear: "matmul: ", Conv2d: "conv2d: " }[op as "Linear"];
            if (inner === undefined || !message.startsWith(inner))
              expect(message.slice(0, own.length)).toBe(own);
            return;
          }
          expectAgreement(ys);
        },
      ),
      runs(50),
    );
  });
}

test("withDType is the dtype of layers made in it, and of states that they make outside", () => {
  const made = Object.entries(cases).filter(([, { odd }]) => odd.includes("dtype"));
  const exported: ReadonlyMap<string, unknown> = new Map(Object.entries(nn));
  expect(made.length).toBeGreaterThan(25);
  for (const [name, { good, build }] of made) {
    const inside = withDType("f64", () => build(good as never)) as Operand;
    const given = build({ ...good, dtype: "f64" } as never) as Operand;
    expect([name, valuesOf(inside)]).toEqual([name, valuesOf(given)]);
    if (!name.endsWith("Cell") && !["RNN", "GRU", "LSTM"].includes(name)) continue;
    const kind = exported.get(name) as new (options: never) => nn.Cell & nn.LSTM;
    const layer = withDType("f64", () => new kind(good as never));
    const ys = name.endsWith("Cell")
      ? Object.values(layer.initialState(1) as Record<string, Tensor>)
      : [layer.apply(sequence).outputs];
    expect([name, ys.map(({ dtype }) => dtype)]).toEqual([name, ys.map(() => "f64")]);
  }
});

test("every layer, loss and initialiser is among them", () => {
  const without = [
    "Sequential",
    "Vocabulary",
    "assign",
    "fromKeras",
    "fromPyTorch",
    "gates",
    "gradientFlow",
    "init",
  ];
  const others = [
    "accuracy",
    "auc",
    "batches",
    "bucket",
    "confusion",
    "editDistance",
    "errorRate",
    "f1",
    "generate",
    "lagContributions",
    "loadTensors",
    "pad",
    "perplexity",
    "parameters",
    "probeCells",
    "randomState",
    "saveTensors",
  ];
  const rest = ["WordVocabulary", "spectrum", "stateGradients", "textFeatures", "toPyTorch", "windows"];
  const exported = [...Object.keys(nn), ...Object.keys(nn.init).map((each) => `init.${each}`)];
  expect(Object.keys(cases).concat(without, others, rest).sort()).toEqual(exported.sort());
});

test("names and sizes say whose they are and what they have to be", () => {
  const none = "none" as never;
  expect(() => new nn.RNNCell({ ...cell, activation: none })).toThrow(
    'RNNCell: activation is one of "tanh", "relu", "identity" or a function, received "none"',
  );
  expect(() => new nn.EchoStateCell({ ...cell, inputScale: Number.NaN })).toThrow(
    "EchoStateCell: inputScale is a finite number of f32 from 0, received NaN",
  );
  expect(() => new nn.Conv2d({ inputChannels: 1, outputChannels: 1, kernel: [1, 0], seed: 1 })).toThrow(
    "Conv2d: kernel is a whole number from 1, or a pair of such, received [1, 0]",
  );
  expect(() => nn.crossEntropy([[0, 0]], [0], { ignoredLabel: 0.5 })).toThrow(
    "crossEntropy: ignoredLabel is a whole number from -2³¹ to 2³¹-1, received 0.5",
  );
  expect(() => nn.init.heNormal([2, 2], { seed: 1, fans: [0, 2] })).toThrow(
    "heNormal: fans is two finite numbers above 0, received [0, 2]",
  );
});
