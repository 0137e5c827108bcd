/** The generator against published words, and the distributions against what they should be, at fixed keys. */
import { describe, expect, test } from "vitest";
import { GraphError, ShapeError } from "../../src/errors.ts";
import {
  constant,
  evaluate,
  input,
  log,
  type NDArray,
  randomBernoulli,
  randomCategorical,
  randomKey,
  randomNormal,
  randomUniform,
  splitKey,
  stack,
  type Tensor,
} from "../../src/index.ts";
import { randomBits, threefry } from "../../src/ops/random.ts";
import { valueOf } from "../sweep/values.ts";

const N = 20_000;
const draws = (tensor: Tensor): number[] => Array.from(evaluate(tensor).data);
const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const momentOf = (values: readonly number[], order: number, about = 0): number =>
  meanOf(values.map((x) => (x - about) ** order));

/** Σ (observed - expected)² / expected. */
const chiSquare = (observed: readonly number[], expected: readonly number[]): number =>
  observed.reduce((total, count, i) => total + (count - expected[i]!) ** 2 / expected[i]!, 0);

/** The largest distance between the distribution of the values and `cdf`, times √n: above 1.95 once in 1000. */
function kolmogorovSmirnov(values: readonly number[], cdf: (x: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const distance = sorted.reduce((worst, x, i) => {
    const p = cdf(x);
    return Math.max(worst, p - i / n, (i + 1) / n - p);
  }, 0);
  return distance * Math.sqrt(n);
}

/** Φ, by Simpson's rule from 0. */
function normalCdf(x: number): number {
  const steps = 200;
  const h = x / steps;
  const density = (t: number): number => Math.exp(-t * t * 0.5) / Math.sqrt(2 * Math.PI);
  let total = density(0) + density(x);
  for (let i = 1; i < steps; i++) total += density(i * h) * (i % 2 === 1 ? 4 : 2);
  return 0.5 + (total * h) / 3;
}

test("Threefry-2x32-20 gives the known answers of Random123", () => {
  const words = (...keyAndCounter: [number, number, number, number]): string =>
    threefry(...keyAndCounter)
      .map((word) => (word >>> 0).toString(16))
      .join(" ");
  expect(words(0, 0, 0, 0)).toBe("6b200159 99ba4efe");
  expect(words(-1, -1, -1, -1)).toBe("1cb996fc bb002be7");
  expect(words(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3 | 0)).toBe("c4923a9c 483df7a0");
});

describe("keys", () => {
  test("hold the two words of a seed", () => {
    expect(valueOf(randomKey(0))).toEqual([0, 0]);
    expect(valueOf(randomKey(2 ** 53 - 1))).toEqual([2 ** 21 - 1, -1]);
    expect(() => randomKey(-1)).toThrow(GraphError);
    expect(() => randomKey(0.5)).toThrow(GraphError);
    expect(() => randomKey(2 ** 53)).toThrow(GraphError);
  });
  test("what is no key is refused in the name of the function that was called", () => {
    const calls: Readonly<Record<string, (key: Tensor) => unknown>> = {
      splitKey: (key) => splitKey(key),
      randomUniform: (key) => randomUniform(key, [2]),
      randomNormal: (key) => randomNormal(key, [2]),
      randomBernoulli: (key) => randomBernoulli(key, 0.5, [2]),
      randomCategorical: (key) => randomCategorical(key, [1, 2]),
    };
    const given = {
      "[3] i32": constant([1, 2, 3], "i32"),
      "[2] f32": constant([1, 2]),
      "[1, 2] i32": constant([[1, 2]], "i32"),
    };
    for (const [name, call] of Object.entries(calls))
      for (const [type, key] of Object.entries(given))
        expect(() => call(key)).toThrow(`${name}: expected a key, i32 [2], received ${type}`);
  });
  test("the same key draws the same, another one something else", () => {
    expect(draws(randomUniform(randomKey(3), [8]))).toEqual(draws(randomUniform(randomKey(3), [8])));
    expect(draws(randomUniform(randomKey(3), [8]))).not.toEqual(draws(randomUniform(randomKey(4), [8])));
  });
  test("a longer draw begins with the shorter one", () => {
    const [short, long] = [draws(randomNormal(randomKey(5), [4])), draws(randomNormal(randomKey(5), [2, 4]))];
    expect(long.slice(0, 4)).toEqual(short);
  });
  test("splitKey gives keys that differ from each other and from their parent", () => {
    const keys = splitKey(randomKey(1), 100);
    const texts = [randomKey(1), ...keys].map((key) => draws(key).join());
    expect(new Set(texts).size).toBe(101);
    expect(keys.every(({ shape, dtype }) => shape.join() === "2" && dtype === "i32")).toBe(true);
  });
  test("draws from sibling keys, and from parent and child, are uncorrelated", () => {
    const parent = randomKey(9);
    const [a, b] = splitKey(parent) as [Tensor, Tensor];
    const values = [parent, a, b].map((key) => draws(randomUniform(key, [N])).map((u) => u - 0.5));
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const covariance = meanOf(values[i]!.map((u, k) => u * values[j]![k]!));
      expect(Math.abs(covariance * 12)).toBeLessThan(4 / Math.sqrt(N));
    }
  });
  test("a key may be an input, so that a step can advance it", () => {
    const key = input("key", [2], "i32");
    const { keys, unit } = evaluate(
      { keys: stack(splitKey(key)), unit: randomUniform(key, [3]) },
      { key: [0, 7] },
    );
    expect(keys.shape).toEqual([2, 2]);
    expect(Array.from(unit.data)).toEqual(draws(randomUniform(randomKey(7), [3])));
  });
});

describe("bits", () => {
  test("each is set half of the time", () => {
    const words = draws(randomBits("bits", randomKey(2), [N]));
    for (let bit = 0; bit < 32; bit++) {
      const share = meanOf(words.map((word) => (word >>> bit) & 1));
      expect(Math.abs(share - 0.5)).toBeLessThan(2 / Math.sqrt(N));
    }
  });
});

describe("randomUniform", () => {
  for (const dtype of ["f32", "f64"] as const) {
    const values = draws(randomUniform(randomKey(11), [N], { dtype }));
    test(`${dtype}: within [0, 1), even in 50 bins`, () => {
      expect(values.every((u) => u >= 0 && u < 1)).toBe(true);
      const bins = new Array<number>(50).fill(0);
      for (const u of values) bins[Math.floor(u * 50)]!++;
      expect(
        chiSquare(
          bins,
          bins.map(() => N / 50),
        ),
      ).toBeLessThan(85.4); // 99.9 % of 49 degrees of freedom
      expect(kolmogorovSmirnov(values, (u) => u)).toBeLessThan(1.95);
    });
    test(`${dtype}: neighbours are uncorrelated`, () => {
      const covariance = meanOf(values.slice(1).map((u, i) => (u - 0.5) * (values[i]! - 0.5)));
      expect(Math.abs(covariance * 12)).toBeLessThan(4 / Math.sqrt(N));
    });
  }
  test("low and high", () => {
    const values = draws(randomUniform(randomKey(12), [N], { low: -3, high: 5, dtype: "f64" }));
    expect(values.every((u) => u >= -3 && u < 5)).toBe(true);
    expect(kolmogorovSmirnov(values, (u) => (u + 3) / 8)).toBeLessThan(1.95);
  });
});

describe("randomNormal", () => {
  for (const dtype of ["f32", "f64"] as const) {
    test(`${dtype}: the moments and the distribution`, () => {
      const values = draws(randomNormal(randomKey(13), [N], { dtype }));
      const within = 4 / Math.sqrt(N);
      expect(Math.abs(meanOf(values))).toBeLessThan(within);
      expect(Math.abs(momentOf(values, 2) - 1)).toBeLessThan(within * Math.SQRT2);
      expect(Math.abs(momentOf(values, 3))).toBeLessThan(within * Math.sqrt(15));
      expect(Math.abs(momentOf(values, 4) - 3)).toBeLessThan(within * Math.sqrt(96));
      expect(kolmogorovSmirnov(values, normalCdf)).toBeLessThan(1.95);
    });
  }
});

describe("randomBernoulli", () => {
  test("is true as often as it should be, p broadcast", () => {
    const value = evaluate(randomBernoulli(randomKey(14), [[0], [0.25], [1]], [3, N]));
    expect([value.dtype, value.shape]).toEqual(["bool", [3, N]]);
    const rows = [0, 1, 2].map((row) => meanOf(Array.from(value.data.slice(row * N, (row + 1) * N))));
    expect([rows[0], rows[2]]).toEqual([0, 1]);
    expect(Math.abs(rows[1]! - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / N));
  });
  test("has the shape of p by default, and refuses one that p does not fit", () => {
    expect(randomBernoulli(randomKey(1), [0.5, 0.5]).shape).toEqual([2]);
    expect(() => randomBernoulli(randomKey(1), [0.5, 0.5], [3])).toThrow(ShapeError);
  });
});

describe("randomCategorical", () => {
  const probabilities = [0.5, 0.3, 0.15, 0.05];
  const counts = ({ data }: NDArray): number[] =>
    probabilities.map((_, i) => Array.from(data).filter((x) => x === i).length);
  test("draws with the probabilities of softmax(logits)", () => {
    const logits = log(constant(Array.from({ length: N }, () => probabilities)));
    const value = evaluate(randomCategorical(randomKey(15), logits));
    expect([value.dtype, value.shape]).toEqual(["i32", [N]]);
    const expected = probabilities.map((p) => p * N);
    expect(chiSquare(counts(value), expected)).toBeLessThan(16.3); // 99.9 % of 3 degrees of freedom
  });
  test("never draws what has no probability", () => {
    const value = evaluate(
      randomCategorical(
        randomKey(16),
        Array.from({ length: 500 }, () => [-Infinity, 0, -Infinity, 0]),
      ),
    );
    expect([counts(value)[0], counts(value)[2]]).toEqual([0, 0]);
  });
});

test("randomUniform never gives high, wherever rounding would", () => {
  // 1 + u · 2⁻²² in f32 has 1 and four steps above it: half a step below the end rounds to the end.
  const bounds: [number, number][] = [
    [1, 1 + 2 ** -22],
    [1000, 1000.001],
    [-0.3, -0.1],
    [-1e-30, 0],
    [5, 7],
  ];
  for (const dtype of ["f32", "f64"] as const)
    for (const [low, high] of bounds) {
      const values = draws(randomUniform(randomKey(1), [4096], { low, high, dtype }));
      const inside = dtype === "f32" ? Math.fround : (x: number): number => x;
      expect(Math.max(...values), `${dtype} ${low} ${high}`).toBeLessThan(inside(high));
      expect(Math.min(...values)).toBeGreaterThanOrEqual(inside(low));
    }
  expect(draws(randomUniform(randomKey(1), [2], { low: 3, high: 3 }))).toEqual([3, 3]);
  for (const [low, high] of [
    [1, 0],
    [Number.NaN, 1],
    [0, Infinity],
    [-1e308, 1e308],
  ] as const)
    expect(() => randomUniform(randomKey(1), [2], { low, high, dtype: "f64" })).toThrow(GraphError);
});
