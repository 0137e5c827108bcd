/** Initialisers that recurrent networks ask for. CHECKLIST A24: W so that gradients neither vanish nor explode at first. */
import { evaluate, matmul, type NDArray, transpose } from "@org/core";
import { GRUCell, init, LSTMCell, spectrum } from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose } from "./values.ts";

const deviation = ({ data }: { readonly data: ArrayLike<number> }): number =>
  Math.sqrt(Array.from(data).reduce((sum, x) => sum + x * x, 0) / data.length);
const largest = ({ data }: NDArray): number =>
  Array.from(data).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

describe("A24: the variance of what passes is kept", () => {
  const [rows, columns] = [300, 200];
  test.each([
    ["glorot", init.glorotUniform, init.glorotNormal, 2 / (rows + columns)],
    ["he", init.heUniform, init.heNormal, 2 / rows],
    ["lecun", init.lecunUniform, init.lecunNormal, 1 / rows],
  ] as const)("%s", (_, uniform, normal, variance) => {
    const expected = Math.sqrt(variance);
    const [flat, round] = [uniform([rows, columns], { seed: 1 }), normal([rows, columns], { seed: 1 })];
    expect(deviation(flat) / expected).toBeCloseTo(1, 2);
    expect(deviation(round) / expected).toBeCloseTo(1, 2);
    expect(largest(flat)).toBeLessThanOrEqual(Math.fround(expected * Math.sqrt(3)));
    expect(largest(round)).toBeGreaterThan(3 * expected);
  });

  test("fans of an image kernel are given", () => {
    const kernel = init.heNormal([64, 16, 3, 3], { seed: 1, fans: [144, 576] });
    expect(deviation(kernel)).toBeCloseTo(Math.sqrt(2 / 144), 2);
    expect(kernel.shape).toEqual([64, 16, 3, 3]);
  });

  test("ten layers of ReLU keep their size with He's weights and lose it with LeCun's", () => {
    const size = (make: typeof init.heNormal): number => {
      let x = evaluate(matmul(init.normal([1, 200], { seed: 1 }), init.identity([200, 200])));
      const before = deviation(x);
      for (let layer = 0; layer < 10; layer++) {
        x = evaluate(matmul(x, make([200, 200], { seed: layer + 2 })));
        x.data.forEach((value, i) => {
          x.data[i] = Math.max(0, value);
        });
      }
      return deviation(x) / before;
    };
    expect(size(init.heNormal)).toBeGreaterThan(0.3);
    expect(size(init.heNormal)).toBeLessThan(3);
    expect(size(init.lecunNormal)).toBeLessThan(0.1);
  });
});

test("a truncated normal ends at its bound and has the deviation of its formula", () => {
  const drawn = init.truncatedNormal([40_000], { seed: 1, scale: 0.5, dtype: "f64" });
  expect(largest(drawn)).toBeLessThanOrEqual(1);
  expect(largest(drawn)).toBeGreaterThan(0.99);
  // Var = 1 - 2 b φ(b) / (2 Φ(b) - 1) for the bound b = 2.
  expect(deviation(drawn) / 0.5).toBeCloseTo(0.87963, 2);
  expect(() => init.truncatedNormal([1], { seed: 1, bound: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: truncatedNormal: bound is a number from 0.1, received 0]`,
  );
});

test("A24: identity, also scaled and rectangular", () => {
  expect(init.identity([2, 2]).toNested()).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(init.identity([3, 2], { scale: 0.5, dtype: "f64" })).toMatchObject({
    dtype: "f64",
    data: Float64Array.of(0.5, 0, 0, 0.5, 0, 0),
  });
});

describe("A24: spectral radius", () => {
  test.each([0.5, 0.9, 1, 1.1, 1.5])("%d", (radius) => {
    const W = init.spectralRadius([20, 20], { radius, seed: 3, dtype: "f64" });
    expect(spectrum(W).spectralRadius).toBeCloseTo(radius, 12);
  });

  test("0 is a matrix of zeros", () => {
    expectClose(init.spectralRadius([2, 2], { radius: 0, seed: 1 }), [
      [0, 0],
      [0, 0],
    ]);
  });

  test("matrices that cannot be scaled", () => {
    expect(() =>
      init.scaleToSpectralRadius(
        [
          [0, 1],
          [0, 0],
        ],
        1,
      ),
    ).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: scaleToSpectralRadius: all eigenvalues are 0, and stay so at every scale]`,
    );
    expect(() => init.spectralRadius([2, 3], { radius: 1, seed: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: spectralRadius: expected a square matrix, received [2, 3]]`,
    );
    expect(() => init.scaleToSpectralRadius([[1]], -1)).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: scaleToSpectralRadius: radius is a finite number of f32 from 0, received -1]`,
    );
    expect(() => init.scaleToSpectralRadius([[Number.NaN]], 1)).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: scaleToSpectralRadius: expected finite numbers, received NaN or an infinity]`,
    );
  });
});

describe("A24: sparse", () => {
  test("each unit has 15 inputs, in places of its own", () => {
    const W = init.sparse([100, 80], { seed: 1, dtype: "f64" });
    const columns = evaluate(transpose(W)).toNested() as number[][];
    const places = columns.map((column) => column.flatMap((weight, row) => (weight === 0 ? [] : [row])));
    expect(places.every((rows) => rows.length === 15)).toBe(true);
    expect(new Set(places.map(String)).size).toBe(80);
    const counts = new Array<number>(100).fill(0);
    for (const row of places.flat()) counts[row]!++;
    expect(Math.max(...counts)).toBeLessThan(30);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(deviation({ data: Array.from(W.data).filter((x) => x !== 0) })).toBeCloseTo(1, 1);
  });

  test("no more connections than rows", () => {
    expect(init.sparse([3, 2], { seed: 1 }).data.every((weight) => weight !== 0)).toBe(true);
    expect(init.sparse([3, 2], { seed: 1, connections: 0 }).data.every((weight) => weight === 0)).toBe(true);
    expect(() => init.sparse([3, 2], { seed: 1, connections: 1.5 })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: sparse: connections is a whole number from 0, received 1.5]`,
    );
  });
});

describe("gates that remember", () => {
  test("forgetBias is what an LSTM starts with", () => {
    const { b_f } = new LSTMCell({ inputSize: 2, hiddenSize: 3, seed: 1 }).parameters;
    expect(b_f?.value).toEqual(init.forgetBias(3));
    expect(init.forgetBias(2, { value: 3, dtype: "f64" }).data).toEqual(Float64Array.of(3, 3));
  });

  test("chrono: 1 + eᵇ is uniform on 2 … longest, and the input gate opens as the other closes", () => {
    const { forget, input } = init.chrono(10_000, { longest: 101, seed: 1, dtype: "f64" });
    const times = Array.from(forget.data, (b) => 1 + Math.exp(b));
    const mean = times.reduce((a, b) => a + b, 0) / times.length;
    expect(Math.min(...times)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...times)).toBeLessThan(101);
    expect(mean).toBeCloseTo(51.5, -0.5);
    expectClose(
      input,
      Array.from(forget.data, (b) => -b),
      0,
    );
    const gru = new GRUCell({ inputSize: 1, hiddenSize: 10, seed: 1, update: "keep", reset: "after" });
    gru.parameters.b_z!.value = init.chrono(10, { longest: 101, seed: 1 }).forget;
    expect(gru.parameters.b_z!.value.dtype).toBe("f32");
    expect(() => init.chrono(3, { longest: 1, seed: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: chrono: longest is a number of steps from 2, received 1]`,
    );
  });
});

test("values to the last bit, as on every platform", () => {
  const options = { seed: 42, dtype: "f64" } as const;
  const bits = {
    glorotNormal: init.glorotNormal([1, 2], options),
    heUniform: init.heUniform([1, 2], options),
    lecunNormal: init.lecunNormal([1, 2], options),
    truncatedNormal: init.truncatedNormal([3], options),
    sparse: init.sparse([4, 2], { ...options, connections: 1 }),
    spectralRadius: init.spectralRadius([2, 2], { ...options, radius: 0.9 }),
    chrono: init.chrono(2, { ...options, longest: 50 }).forget,
  };
  const shown = Object.entries(bits).map(([name, { data }]) => `${name}: ${data.join(" ")}`);
  expect(shown).toMatchInlineSnapshot(`
    [
      "glorotNormal: 1.2520596691429489 0.542537612011919",
      "heUniform: -0.3589601627207428 -1.9588165651789289",
      "lecunNormal: 1.5334536584590766 0.6644701578486376",
      "truncatedNormal: 1.5334536584590766 0.6644701578486376 0.2274391957823051",
      "sparse: 1.4728826642453279 0 0 0 0 0 0 0.6062786693584993",
      "spectralRadius: 0.8537192047580051 0.36993027576327236 0.12662215664814078 -0.11211245575321392",
      "chrono: 3.0672583429423765 1.7591666577440233",
    ]
  `);
});
