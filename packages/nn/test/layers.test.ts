/** Layers that are not recurrent, against closed forms, differences and each other. */
import {
  compile,
  constant,
  conv2d,
  evaluate,
  grad,
  input,
  mul,
  type NDArray,
  parameter,
  randomKey,
  relu,
  splitKey,
  sum,
  type Tensor,
  tanh,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import * as nn from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose, randomize, values } from "./values.ts";

describe("Dropout", () => {
  const x = constant(new Float64Array(10_000).fill(2), "f64");
  const dropout = new nn.Dropout({ rate: 0.3 });

  test("drops about its rate and keeps the mean", () => {
    const { data } = evaluate(dropout.apply(x, { training: true, key: randomKey(1) }));
    const kept = Array.from(data).filter((value) => value !== 0);
    expect(new Set(kept)).toEqual(new Set([2 * (1 / 0.7)]));
    expect(kept.length / 10_000).toBeCloseTo(0.7, 1.5);
  });

  test("the same key, the same places; another key, others", () => {
    const at = (seed: number): NDArray =>
      evaluate(dropout.apply(x, { training: true, key: randomKey(seed) }));
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });

  test("a key that is a parameter moves on in a compiled step", () => {
    const key = parameter("key", evaluate(randomKey(1)));
    const [now, next] = splitKey(key) as [ReturnType<typeof input>, ReturnType<typeof input>];
    const step = compile({
      outputs: dropout.apply(x, { training: true, key: now }),
      updates: [[key, next]],
    });
    expect(step()).not.toEqual(step());
  });

  test("evaluation is the identity, and so is a rate of 0", () => {
    expect(dropout.apply(x, { training: false })).toBe(x);
    expect(new nn.Dropout({ rate: 0 }).apply(x, { training: true, key: randomKey(1) })).toBe(x);
  });

  test("the gradient is dropped and scaled where the values are", () => {
    const w = constant(values(1, 20));
    const y = dropout.apply(w, { training: true, key: randomKey(3) });
    const numbers = evaluate({ w, y, g: grad(sum(y), w) });
    numbers.w.data.forEach((value, i) => {
      expect(numbers.g.data[i]! * value).toBeCloseTo(numbers.y.data[i]!, 14);
    });
    checkGradients(mul(y, y), w, { order: 2 }).assert();
  });

  test("what is not said", () => {
    expect(() => dropout.apply(x, {} as nn.TrainingOptions)).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: Dropout: training is true or false, and has to be said]`,
    );
    expect(() => dropout.apply(x, { training: true })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: Dropout: training needs a key, such as randomState(seed)]`,
    );
    expect(() => new nn.Dropout({ rate: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: Dropout: rate is a number from 0 and below 1, received 1]`,
    );
  });
});

describe("LayerNorm", () => {
  test("mean 0 and variance 1, then gain and bias", () => {
    const norm = new nn.LayerNorm({ size: 4, epsilon: 0, dtype: "f64" });
    const rows = evaluate(norm.apply(constant(values(1, 2, 3, 4)))).toNested() as number[][][];
    for (const row of rows.flat()) {
      expect(row.reduce((a, b) => a + b) / 4).toBeCloseTo(0, 14);
      expect(row.reduce((a, b) => a + b * b, 0) / 4).toBeCloseTo(1, 14);
    }
    norm.parameters.g!.value = [1, 2, 3, 4];
    norm.parameters.b!.value = [10, 20, 30, 40];
    const again = evaluate(norm.apply(constant(values(1, 2, 3, 4)))).toNested() as number[][][];
    expectClose(
      again[1]![2]!,
      rows[1]![2]!.map((value, i) => (i + 1) * value + 10 * (i + 1)),
      1e-14,
    );
  });

  test("shift and scale of x don't matter", () => {
    const norm = new nn.LayerNorm({ size: 3, epsilon: 0, affine: false });
    expect(norm.parameters).toEqual({});
    expectClose(norm.apply(constant([1, 2, 4], "f64")), norm.apply(constant([103, 106, 112], "f64")), 1e-12);
  });

  test("elements whose squares overflow", () => {
    const norm = new nn.LayerNorm({ size: 2 });
    const rows = [
      [1e20, -1e20],
      [3e38, 1e38],
      [2e30, 2e30],
      [-1e-20, 1e-20],
    ];
    // In doubles: (1e20 - 0) / √(1e40 + 1e-5) = 1; ±1e-20 / √1e-5; the same in f64 at 1e200.
    const expected = [1, -1, 1, -1, 0, 0, -3.1622776e-18, 3.1622776e-18];
    for (const { data } of [evaluate(norm.apply(rows)), compile({ outputs: norm.apply(rows) })()])
      data.forEach((y: number, i: number) => {
        expect(Math.abs(y - expected[i]!)).toBeLessThanOrEqual(2e-7 * Math.abs(expected[i]!));
      });
    const wide = new nn.LayerNorm({ size: 2, dtype: "f64", affine: false });
    expect(evaluate(wide.apply(constant([1e200, -1e200], "f64"))).toNested()).toEqual([1, -1]);
  });

  test("rows of any size have one result, and gradients as much smaller", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 3, maxLength: 9 }),
        fc.integer({ min: 0, max: 117 }),
        fc.constantFrom("f32" as const, "f64" as const),
        (row, exponent, dtype) => {
          fc.pre(new Set(row).size > 1);
          const norm = new nn.LayerNorm({ size: row.length, epsilon: 0, affine: false, dtype });
          const scale = 2 ** (dtype === "f32" ? exponent : 8 * exponent);
          const x = parameter("x", row, dtype);
          const large = parameter(
            "large",
            row.map((value) => value * scale),
            dtype,
          );
          const [y, g] = [x, large].map((each) => {
            const normed = norm.apply(each);
            return evaluate([normed, grad(sum(mul(normed, mul(normed, normed))), each)]);
          }) as unknown as [NDArray[], NDArray[]];
          expect(g[0]).toEqual(y[0]);
          expect(Array.from(g[1]!.data, (value) => value * scale)).toEqual(Array.from(y[1]!.data));
        },
      ),
    );
  });

  test("ε keeps a row of equal values finite", () => {
    expect(evaluate(new nn.LayerNorm({ size: 2 }).apply([3, 3])).toNested()).toEqual([0, 0]);
  });

  test("first and second derivatives equal differences", () => {
    const norm = new nn.LayerNorm({ size: 3, dtype: "f64" });
    randomize(norm.parameters as Required<typeof norm.parameters>, 1);
    const x = constant(values(5, 2, 3));
    checkGradients(tanh(norm.apply(x)), { x, ...norm.parameters } as never, { order: 2 }).assert();
  });

  test("another size", () => {
    expect(() => new nn.LayerNorm({ size: 3 }).apply(input("x", [2, 4]))).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: LayerNorm: expected a last axis of 3
        x: [2, 4]  f32  "x"
        rule: x [...s, size] → [...s, size]]
    `);
  });
});

describe("Conv2d and MaxPool2d", () => {
  test("a convolution by hand", () => {
    const layer = new nn.Conv2d({ inputChannels: 1, outputChannels: 2, kernel: [1, 2], seed: 1 });
    layer.parameters.W.value = [[[[1, 10]]], [[[1, -1]]]];
    layer.parameters.b!.value = [0, 100];
    expect(
      evaluate(
        layer.apply([
          [
            [
              [1, 2, 3],
              [4, 5, 6],
            ],
          ],
        ]),
      ).toNested(),
    ).toEqual([
      [
        [
          [21, 32],
          [54, 65],
        ],
        [
          [99, 99],
          [99, 99],
        ],
      ],
    ]);
  });

  test("options reach the window; without a bias it is core's conv2d", () => {
    const options = { stride: 2, padding: 1, dilation: [1, 2] } as const;
    const layer = new nn.Conv2d({
      inputChannels: 2,
      outputChannels: 3,
      kernel: 3,
      seed: 1,
      bias: false,
      dtype: "f64",
      ...options,
    });
    const x = constant(values(2, 2, 2, 7, 7));
    expect(Object.keys(layer.parameters)).toEqual(["W"]);
    expectClose(layer.apply(x), conv2d(x, layer.parameters.W, options), 0);
    const bound = Math.sqrt(6 / (2 * 9 + 3 * 9));
    expect(Math.max(...layer.parameters.W.value.data)).toBeLessThanOrEqual(bound);
    expect(Math.max(...layer.parameters.W.value.data)).toBeGreaterThan(0.8 * bound);
  });

  test("first and second derivatives equal differences, pooled", () => {
    const layer = new nn.Conv2d({ inputChannels: 2, outputChannels: 2, kernel: 2, seed: 1, dtype: "f64" });
    const x = constant(values(3, 1, 2, 3, 3));
    const { W, b } = layer.parameters;
    const y = new nn.MaxPool2d({ window: 2, stride: 1 }).apply(tanh(layer.apply(x)));
    checkGradients(y, { x, W, b: b! }, { order: 2 }).assert();
  });
});

describe("Sequential", () => {
  const lenet = new nn.Sequential([
    new nn.Conv2d({ inputChannels: 1, outputChannels: 2, kernel: 3, padding: 1, seed: 1 }),
    relu,
    new nn.MaxPool2d({ window: 2 }),
    (x) => x,
    new nn.Dropout({ rate: 0.5 }),
    new nn.Linear({ inputSize: 2, outputSize: 5, seed: 2 }),
  ]);

  test("paths and shapes", () => {
    expect(lenet.apply(input("x", [3, 1, 4, 4])).shape).toEqual([3, 2, 2, 5]);
    expect(Object.keys(nn.parameters({ lenet }))).toEqual([
      "lenet.0.W",
      "lenet.0.b",
      "lenet.5.W",
      "lenet.5.b",
    ]);
  });

  test("training reaches the layers, each with a key of its own", () => {
    const twice = new nn.Sequential([new nn.Dropout({ rate: 0.5 }), new nn.Dropout({ rate: 0.5 })]);
    const ones = new Float32Array(4000).fill(1);
    const { data } = evaluate(twice.apply(constant(ones), { training: true, key: randomKey(1) }));
    // The same places twice would leave one half.
    expect(Array.from(data).filter((value) => value === 4).length / 4000).toBeCloseTo(0.25, 1);
    expect(() => twice.apply(constant(ones), { training: true })).toThrow(/training needs a key/);
    expectClose(twice.apply(constant(ones)), ones, 0);
  });

  test("the outputs of a recurrent layer go on", () => {
    const cell = new nn.RNNCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
    const layer = {
      parameters: cell.parameters,
      apply: (x: ReturnType<typeof input>) => nn.recurrent(cell, x),
    };
    const model = new nn.Sequential([layer, new nn.Linear({ inputSize: 3, outputSize: 1, seed: 2 })]);
    expect(model.apply(input("x", [5, 4, 2])).shape).toEqual([5, 4, 1]);
    expect(Object.keys(model.parameters)).toEqual(["0.W_xh", "0.W_hh", "0.b_h", "1.W", "1.b"]);
  });

  test("dropout between recurrent layers hears of training", () => {
    const lstm = new nn.LSTM({ inputSize: 2, hiddenSize: 3, layers: 2, dropout: 0.5, seed: 1 });
    const model = new nn.Sequential([lstm, new nn.Linear({ inputSize: 3, outputSize: 1, seed: 2 })]);
    const x = constant(values(7, 4, 2, 2), "f32");
    const training = evaluate(model.apply(x, { training: true, key: randomKey(1) }));
    expect(training.shape).toEqual([4, 2, 1]);
    expect(training).not.toEqual(evaluate(model.apply(x)));
  });

  test("none at all is the identity; what is no layer is refused", () => {
    expect(evaluate(new nn.Sequential([]).apply([1, 2])).toNested()).toEqual([1, 2]);
    expect(() => new nn.Sequential([relu, 3 as never])).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: Sequential: layer 1 is neither a function nor an object with apply]`,
    );
  });
});

describe("Embedding's options, with PyTorch's values and gradients", () => {
  const table = [
    [1, 2],
    [3, 4],
    [0.3, 0.4],
    [-6, 8],
  ];
  const ids = constant(
    [
      [0, 1, 1],
      [2, 3, 0],
    ],
    "i32",
  );
  const weights = constant(
    [
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [
        [7, 8],
        [9, 10],
        [11, 12],
      ],
    ],
    "f64",
  );
  const made = (options: Partial<nn.EmbeddingOptions>): nn.Embedding => {
    const embedding = new nn.Embedding({ count: 4, size: 2, seed: 1, dtype: "f64", ...options });
    embedding.parameters.E.value = table;
    return embedding;
  };
  const gradient = (embedding: nn.Embedding): Tensor =>
    grad(sum(mul(embedding.apply(ids), weights)), embedding.parameters.E);

  test("paddingIndex: zeros at first, no gradient ever, also by its number from the end", () => {
    const fresh = new nn.Embedding({ count: 4, size: 2, seed: 1, paddingIndex: 1 });
    const plain = new nn.Embedding({ count: 4, size: 2, seed: 1 });
    const expected = evaluate(plain.parameters.E).toNested() as number[][];
    expect(evaluate(fresh.parameters.E).toNested()).toEqual(
      expected.map((row, i) => (i === 1 ? [0, 0] : row)),
    );
    const padded = made({ paddingIndex: 1 });
    expectClose(padded.apply(ids), made({}).apply(ids), 0);
    const rows = [
      [12, 14],
      [0, 0],
      [7, 8],
      [9, 10],
    ];
    expectClose(gradient(padded), rows, 1e-14);
    expectClose(
      grad(sum(padded.apply([-3, 2])), padded.parameters.E),
      [
        [0, 0],
        [0, 0],
        [1, 1],
        [0, 0],
      ],
      0,
    );
  });

  test("maxNorm: PyTorch shows the same, the gradient is that of what is shown", () => {
    const short = made({ maxNorm: 1.5 });
    const torch = [
      [0.6708203632499382, 1.3416407264998764],
      [0.8999999820000003, 1.1999999760000004],
      [0.3, 0.4],
      [-0.8999999910000003, 1.1999999880000003],
    ];
    expectClose(short.apply([0, 1, 2, 3]), torch, 1e-7); // PyTorch divides by the norm + 1e-7
    const rows = [
      [2.683281572999748, -1.3416407864998732],
      [0.096, -0.072],
      [7, 8],
      [1.584, 1.188],
    ];
    expectClose(gradient(short), rows, 1e-14);
    short.parameters.E.value = [[0, 0], ...table.slice(1)];
    expect(evaluate(gradient(short)).data.every(Number.isFinite)).toBe(true);
    checkGradients(
      sum(mul(made({ maxNorm: 1.5, paddingIndex: 2 }).apply([0, 1, 3]), 2)),
      short.parameters,
    ).assert();
  });

  test("what is refused", () => {
    expect(() => made({ paddingIndex: 4 })).toThrow(
      "Embedding: paddingIndex is an id from 0 and below 4, received 4",
    );
    expect(() => made({ maxNorm: 0 })).toThrow("Embedding: maxNorm is a number above 0, received 0");
  });
});
