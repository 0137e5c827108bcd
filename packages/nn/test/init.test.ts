import { evaluate, grad, input, matmul, type NDArray, randomKey, sum, transpose } from "@org/core";
import { Embedding, init, LayerNorm, Linear, LSTM, LSTMCell, parameters } from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose } from "./values.ts";

const moments = ({ data }: NDArray): { mean: number; deviation: number } => {
  const numbers = Array.from(data);
  const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const variance = numbers.reduce((total, x) => total + (x - mean) ** 2, 0) / numbers.length;
  return { mean, deviation: Math.sqrt(variance) };
};

describe.each([
  ["uniform", init.uniform],
  ["normal", init.normal],
  ["truncatedNormal", init.truncatedNormal],
  ["glorotUniform", init.glorotUniform],
  ["glorotNormal", init.glorotNormal],
  ["heUniform", init.heUniform],
  ["heNormal", init.heNormal],
  ["lecunUniform", init.lecunUniform],
  ["lecunNormal", init.lecunNormal],
  ["orthogonal", init.orthogonal],
  ["sparse", init.sparse],
] as const)("%s", (_, make) => {
  test("the same seed, the same values; another seed, others", () => {
    const shape = [3, 5];
    expect(make(shape, { seed: 7 })).toEqual(make(shape, { seed: 7 }));
    expect(make(shape, { seed: evaluate(randomKey(7)) })).toEqual(make(shape, { seed: 7 }));
    expect(make(shape, { seed: 8 })).not.toEqual(make(shape, { seed: 7 }));
    expect(make(shape, { seed: 7 })).toMatchObject({ shape, dtype: "f32" });
  });

  test("f32 is f64, rounded", () => {
    const { data } = make([4, 4], { seed: 3, dtype: "f64" });
    expect(make([4, 4], { seed: 3 }).data).toEqual(Float32Array.from(data));
  });
});

test("values to the last bit, as on every platform", () => {
  const options = { seed: 42, dtype: "f64" } as const;
  expect(Array.from(init.uniform([3], options).data)).toMatchInlineSnapshot(`
    [
      -0.1465448727753733,
      -0.7996835140665939,
      -0.6071239249185945,
    ]
  `);
  expect(Array.from(init.normal([3], options).data)).toMatchInlineSnapshot(`
    [
      1.5334536584590766,
      0.6644701578486376,
      0.2274391957823051,
    ]
  `);
  expect(Array.from(init.orthogonal([2, 2], options).data)).toMatchInlineSnapshot(`
    [
      0.9175613943017034,
      0.3975941243116084,
      0.39759412431160834,
      -0.917561394301703,
    ]
  `);
});

test("normal has its moments and tails", () => {
  const drawn = init.normal([40_000], { seed: 1, dtype: "f64" });
  const { mean, deviation } = moments(drawn);
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(Math.abs(deviation - 1)).toBeLessThan(0.02);
  const beyond = (bound: number): number => drawn.data.filter((x) => Math.abs(x) > bound).length / 40_000;
  expect(Math.abs(beyond(1) - 0.3173)).toBeLessThan(0.01);
  expect(Math.abs(beyond(2) - 0.0455)).toBeLessThan(0.005);
  expect(moments(init.normal([10_000], { seed: 1, scale: 0.01 })).deviation).toBeCloseTo(0.01, 3);
});

test("uniform and glorotUniform fill their bounds", () => {
  const { data } = init.uniform([10_000], { seed: 1, low: 2, high: 5, dtype: "f64" });
  expect(Math.min(...data)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...data)).toBeLessThan(5);
  expect(Math.min(...data)).toBeLessThan(2.01);
  const glorot = init.glorotUniform([200, 100], { seed: 1 }).data;
  expect(Math.max(...glorot)).toBeLessThanOrEqual(Math.sqrt(6 / 300));
  expect(Math.max(...glorot)).toBeGreaterThan(0.99 * Math.sqrt(6 / 300));
});

test.each([
  [6, 6],
  [3, 7],
  [7, 3],
])("orthogonal [%i, %i]", (rows, columns) => {
  const q = init.orthogonal([rows, columns], { seed: 5, dtype: "f64" });
  const gram = rows <= columns ? matmul(q, transpose(q)) : matmul(transpose(q), q);
  const size = Math.min(rows, columns);
  const identity = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => Number(i === j)),
  );
  expectClose(gram, identity, 1e-14);
});

test.each([
  [9, 5],
  [5, 9],
  [13, 13],
])("orthogonal [%i, %i] spans what normal values span, row after row", (rows, columns) => {
  const [count, width] = [Math.min(rows, columns), Math.max(rows, columns)];
  const q = init.orthogonal([rows, columns], { seed: 5, dtype: "f64" });
  const A = init.normal([count, width], { seed: 5, dtype: "f64" });
  // A = L Q, L lower triangular with a diagonal above 0: what Gram and Schmidt make of A.
  const L = evaluate(matmul(A, rows <= columns ? transpose(q) : q));
  for (let i = 0; i < count; i++) {
    expect(L.data[i * count + i]).toBeGreaterThan(0);
    for (let j = i + 1; j < count; j++) expect(Math.abs(L.data[i * count + j]!)).toBeLessThan(1e-13);
  }
});

test("empty shapes", () => {
  expect(init.normal([0], { seed: 1 }).data).toHaveLength(0);
  expect(init.orthogonal([0, 3], { seed: 1 }).shape).toEqual([0, 3]);
});

test("a shape that is no matrix", () => {
  expect(() => init.orthogonal([3], { seed: 1 })).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: orthogonal: expected a matrix, received [3]]`,
  );
});

test("weights of one layer differ from each other and between seeds; biases are zero, but for b_f", () => {
  const { parameters } = new LSTMCell({ inputSize: 3, hiddenSize: 3, seed: 1 });
  const weights = Object.values(parameters).filter(({ name }) => name?.startsWith("W"));
  expect(new Set(weights.map(({ value }) => value.data.join())).size).toBe(8);
  expect(parameters.b_f?.value.toNested()).toEqual([1, 1, 1]);
  expect(parameters.b_i?.value.toNested()).toEqual([0, 0, 0]);
  const of = (seed: number): NDArray => new Linear({ inputSize: 2, outputSize: 2, seed }).parameters.W.value;
  expect(of(1)).not.toEqual(of(2));
  expect(new Embedding({ count: 5, size: 2, seed: 1 }).parameters.E.shape).toEqual([5, 2]);
});

// Without log2, which the compiler asks for sizes.
test("nothing random asks a function whose last bits an engine may choose", () => {
  const names = ["sin", "cos", "tan", "exp", "expm1", "log", "log1p", "log10", "pow", "hypot"] as const;
  const others = ["cbrt", "tanh", "sinh", "cosh", "atan", "atan2", "asin", "acos"] as const;
  const originals = [...names, ...others].map((name) => [name, Math[name]] as const);
  const options = { seed: 5, dtype: "f64" } as const;
  const make = (): readonly (readonly number[])[] =>
    [
      init.uniform([20], options),
      init.normal([20], options),
      init.truncatedNormal([20], options),
      init.glorotNormal([4, 5], options),
      init.heUniform([4, 5], options),
      init.lecunNormal([4, 5], options),
      init.orthogonal([5, 5], options),
      init.sparse([20, 2], { ...options, connections: 3 }),
      init.spectralRadius([6, 6], { ...options, radius: 0.9 }),
      init.chrono(10, { ...options, longest: 50 }).forget,
    ].map(({ data }) => Array.from(data));
  const before = make();
  const asked = new Set<string>();
  for (const [name, original] of originals) {
    Math[name] = (...args: number[]) => {
      asked.add(name);
      return (original as (...args: number[]) => number)(...args);
    };
  }
  try {
    expect(make()).toEqual(before);
  } finally {
    for (const [name, original] of originals) Math[name] = original as never;
  }
  expect([...asked]).toEqual([]);
});

test("uniform never gives high, wherever rounding would", () => {
  for (const [low, high] of [
    [1, 1 + 2 ** -22],
    [1000, 1000.001],
    [-1e-3, 0],
  ] as const) {
    const { data } = init.uniform([4096], { seed: 1, low, high });
    expect(Math.max(...data)).toBeLessThan(Math.fround(high));
    expect(Math.min(...data)).toBeGreaterThanOrEqual(Math.fround(low));
  }
  expect(init.uniform([2], { seed: 1, low: 3, high: 3 }).toNested()).toEqual([3, 3]);
  expect(() => init.uniform([2], { seed: 1, low: 1, high: 0 })).toThrow(
    "low and high are finite numbers in order",
  );
});

test("sizes that are none are refused in the name of the layer", () => {
  expect(() => new Linear({ inputSize: 1.5, outputSize: 2, seed: 1 })).toThrow(
    "Linear: inputSize is a whole number from 1, received 1.5",
  );
  expect(() => new LSTM({ inputSize: 2, hiddenSize: -1, seed: 1 })).toThrow(
    "LSTM: hiddenSize is a whole number",
  );
  expect(() => new LayerNorm({ size: 2, epsilon: Number.NaN })).toThrow(
    "LayerNorm: epsilon is a finite number",
  );
});

test("a layer of 3 · 10⁹ weights is drawn and differentiated: first weights are computed when somebody reads them", () => {
  const lstm = new LSTM({ inputSize: 8, hiddenSize: 27_000, seed: 1 });
  const weights = parameters({ lstm });
  const loss = sum(lstm.apply(input("x", [5, 2, 8])).outputs);
  const gradients = grad(loss, weights);
  expect(Object.values(gradients).map(({ shape }) => shape)).toContainEqual([27_000, 27_000]);
});
