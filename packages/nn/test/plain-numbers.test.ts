/** Plain numbers beside `f64` keep all their digits, in every public function and layer that takes operands. */
import { array, constant, evaluate, type NDArray, type Operand, Tensor, tanh } from "@org/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import { assertClose } from "../../core/test/sweep/compare.ts";
import * as nn from "../src/index.ts";
import {
  AdditiveAttention,
  binaryCrossEntropyWithLogits,
  Conv2d,
  crossEntropy,
  ctcLoss,
  Dropout,
  dotAttention,
  EchoStateCell,
  GRU,
  GRUCell,
  huber,
  klDivergence,
  LayerNorm,
  Linear,
  LSTM,
  LSTMCell,
  l1,
  mse,
  RecurrentStack,
  RNN,
  RNNCell,
  recurrent,
  Sequential,
  sample,
  stateJacobian,
} from "../src/index.ts";
import { cellsWithPorts, input } from "./cell-ports.ts";

type Result = Tensor | NDArray | readonly (Tensor | NDArray)[];

interface Row {
  /** Shapes of the operands; values are from 0 to 1. */
  readonly shapes: readonly (readonly number[])[];
  readonly call: (...operands: Operand[]) => Result;
  /** Whether what the function is of (weights in `f64`) stands beside them: then all may be plain. */
  readonly wide?: true;
}

const dtype = "f64";
const sizes = { inputSize: 2, hiddenSize: 3, seed: 1, dtype } as const;
const flat = (found: { readonly outputs: Tensor; readonly state: unknown }): Tensor[] => {
  const leaves = (part: unknown): Tensor[] =>
    part instanceof Tensor ? [part] : Object.values(part as object).flatMap(leaves);
  return [found.outputs, ...leaves(found.state)];
};
const ran = (...cells: nn.Cell<never>[]): Row[] => [
  { shapes: [[4, 2, 2]], wide: true, call: (x) => cells.flatMap((cell) => flat(recurrent(cell, x!))) },
  {
    shapes: [[4, 2, 2]],
    wide: true,
    call: (x) => cells.map((cell) => stateJacobian(cell, x!).jacobian),
  },
];
const layer = (shape: readonly number[], made: { apply(x: Operand): Result }): Row[] => [
  { shapes: [shape], wide: true, call: (x) => made.apply(x!) },
];
const network = (made: { apply(x: Operand): { outputs: Tensor; state: unknown } }): Row[] =>
  layer([4, 2, 2], { apply: (x) => flat(made.apply(x)) });
const gru = { ...sizes, update: "keep", reset: "after" } as const;
const additive = new AdditiveAttention({ querySize: 2, keySize: 2, hiddenSize: 3, seed: 1, dtype });
const elementwise = (loss: typeof mse): Row[] => [
  { shapes: [[3], [3]], call: (y, t) => loss(y!, t!) },
  { shapes: [[3], [3], [3]], call: (y, t, weights) => loss(y!, t!, { weights: weights! }) },
];

/** Cells of today, whatever the shape of what they read. */
const cellsOfToday = Object.entries(cellsWithPorts).map(
  ([name, { cell, shape = [input] }]): [string, Row[]] => [
    name,
    [{ shapes: [[4, 2, ...shape]], wide: true, call: (x) => flat(recurrent(cell as never, x!)) }],
  ],
);

const rows: Readonly<Record<string, readonly Row[]>> = {
  ...Object.fromEntries(cellsOfToday),
  AdditiveAttention: [
    {
      shapes: [
        [2, 2],
        [4, 2, 2],
        [4, 2, 1],
      ],
      wide: true,
      call: (q, keys, values) => Object.values(additive.apply(q!, keys!, { values: values! })),
    },
  ],
  binaryCrossEntropyWithLogits: [
    ...elementwise(binaryCrossEntropyWithLogits),
    {
      shapes: [[3], [3], []],
      call: (z, t, positiveWeight) =>
        binaryCrossEntropyWithLogits(z!, t!, { positiveWeight: positiveWeight! }),
    },
  ],
  Conv2d: layer([1, 2, 3, 3], new Conv2d({ inputChannels: 2, outputChannels: 2, kernel: 2, seed: 1, dtype })),
  crossEntropy: [
    {
      shapes: [[2, 3], [3]],
      call: (z, classWeights) => crossEntropy(z!, [0, 2], { classWeights: classWeights! }),
    },
    { shapes: [[2, 3], [2]], call: (z, weights) => crossEntropy(z!, [0, 2], { weights: weights! }) },
    {
      shapes: [
        [2, 3],
        [2, 3],
      ],
      call: (z, p) => crossEntropy(z!, p!),
    },
  ],
  ctcLoss: [
    { shapes: [[4, 2, 3], [2]], call: (z, weights) => ctcLoss(z!, [[1], [2]], { weights: weights! }) },
  ],
  dotAttention: [
    {
      shapes: [
        [2, 2],
        [4, 2, 2],
        [4, 2, 1],
      ],
      call: (q, keys, values) =>
        Object.values(dotAttention(q!, keys!, { values: values!, lengths: [4, 2], scale: 0.3 })),
    },
  ],
  EchoStateCell: ran(new EchoStateCell({ ...sizes, spectralRadius: 0.9 }) as never),
  GRU: network(new GRU({ ...gru, layers: 2 })),
  GRUCell: ran(new GRUCell(gru) as never),
  huber: elementwise(huber),
  klDivergence: elementwise(klDivergence as typeof mse).map(({ shapes, call }, i) =>
    i === 0 ? { shapes, call } : { shapes: [[2, 3], [2, 3], [2]], call },
  ),
  l1: elementwise(l1),
  LayerNorm: [
    ...layer([2, 3], new LayerNorm({ size: 3, dtype })),
    ...layer([2, 3], new LayerNorm({ size: 3, dtype, affine: false })),
  ],
  Linear: layer([2, 3], new Linear({ inputSize: 3, outputSize: 2, seed: 1, dtype })),
  LSTM: [
    ...network(new LSTM({ ...sizes, bidirectional: true, zoneout: 0.3 })),
    {
      shapes: [
        [2, 3],
        [2, 3],
      ],
      wide: true,
      call: (h, c) =>
        flat(
          new LSTM(sizes).apply(
            [
              [
                [1, 2],
                [0, 1],
              ],
            ],
            { initialState: [{ h, c } as unknown as nn.LSTMState] },
          ),
        ),
    },
  ],
  LSTMCell: ran(new LSTMCell(sizes) as never),
  mse: elementwise(mse),
  RecurrentStack: network(new RecurrentStack([new EchoStateCell({ ...sizes, spectralRadius: 0.9 })])),
  recurrent: ran(new RNNCell(sizes) as never),
  RNN: network(new RNN(sizes)),
  RNNCell: ran(new RNNCell({ ...sizes, activation: "relu" }) as never),
  Sequential: [
    ...layer([2, 3], new Sequential([tanh, new Linear({ inputSize: 3, outputSize: 2, seed: 1, dtype })])),
    ...layer(
      [2, 3],
      new Sequential([
        new Dropout({ rate: 0.5 }),
        new Linear({ inputSize: 3, outputSize: 2, seed: 1, dtype }),
      ]),
    ),
  ],
  stateJacobian: ran(new RNNCell(sizes) as never),
};

/**
 * Functions of one operand or of whole numbers, of values and not tensors (computed in doubles), of tensors that are there
 * already, of text, and what takes no operands at all.
 */
const single = new Set(
  `accuracy assign auc batches bucket confusion Dropout editDistance Embedding errorRate f1 fromKeras fromPyTorch gates generate gradientFlow lagContributions
  loadTensors MaxPool2d pad parameters perplexity probeCells randomState sample saturation saveTensors spectrum stateGradients
  ctcBeamSearch ctcGreedyDecode TextBatches textFeatures toPyTorch Vocabulary windows WordVocabulary`.split(
    /\s+/,
  ),
);

test("the table has every public function and class that takes several operands", () => {
  const names = Object.entries(nn).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
  expect(names.filter((name) => !(name in rows) && !single.has(name))).toEqual([]);
  expect([...single].filter((name) => !names.includes(name))).toEqual([]);
});

const run = (result: Result): NDArray[] =>
  [result].flat().map((part) => (part instanceof Tensor ? evaluate(part) : (part as NDArray)));

const valuesOf = (shape: readonly number[]): fc.Arbitrary<NDArray> => {
  const length = shape.reduce((a, b) => a * b, 1);
  return fc
    .array(fc.double({ min: 1e-3, max: 1, noNaN: true }), { minLength: length, maxLength: length })
    .map((numbers) => array(Float64Array.from(numbers), { shape }));
};

describe("plain beside f64", () => {
  for (const [name, calls] of Object.entries(rows)) {
    test(name, () => {
      const drawn = fc.constantFrom(...calls).chain((row) =>
        fc.tuple(
          fc.constant(row),
          fc.tuple(...row.shapes.map(valuesOf)),
          fc.subarray([...row.shapes.keys()], {
            minLength: 1,
            maxLength: row.wide ? row.shapes.length : row.shapes.length - 1,
          }),
        ),
      );
      fc.assert(
        fc.property(drawn, ([{ call }, values, plain]) => {
          const expected = run(call(...values));
          const found = run(
            call(...values.map((value, i) => (plain.includes(i) ? value.toNested() : value))),
          );
          found.forEach((value, i) => {
            expect(value.dtype).toBe("f64");
            assertClose(`result ${i}`, value, expected[i]!, { relative: 1e-13, absolute: 1e-15 });
          });
        }),
        runs(8),
      );
    });
  }
});

test("scores and temperatures are compared in doubles", () => {
  expect(nn.auc([0.1, 0.1 + 1e-12], [0, 1])).toBe(1);
  const near = [0.1, 0.1 + 1e-12];
  expect(evaluate(sample([1, 2], near, { temperature: constant(0, dtype) })).item()).toBe(1);
});
