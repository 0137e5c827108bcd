/** How far from the true value: sums of many, softmax at the ends of the range, a training step in single precision. */
import { afterAll, describe, expect, test } from "vitest";
import {
  add,
  array,
  compile,
  constant,
  cumsum,
  evaluate,
  grad,
  input,
  logSoftmax,
  logSumExp,
  matmul,
  mean,
  mul,
  type NDArray,
  reshape,
  scatterAdd,
  softmax,
  square,
  sum,
  type Tensor,
  transpose,
  variance,
} from "../../src/index.ts";
import { LitteredRuntime } from "./littered-runtime.ts";
import { cells, trainingStep } from "./training-steps.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

const COUNT = 2 ** 20;
const UNIT = 2 ** -24;

/** Positive, of all sizes up to 1, with digits that do not fit the sum. */
const many = Float32Array.from({ length: COUNT }, (_, i) => ((i * 0x9e3779b1) >>> 0) / 2 ** 32 + 1e-3);
const exactly = (from: (x: number) => number): number => many.reduce((total, x) => total + from(x), 0);

const x = input("x", [COUNT]);

function ran(y: Tensor, feed: NDArray | Float32Array = many): NDArray {
  const run = compile({ inputs: { x }, outputs: { y }, runtime });
  const { y: value } = run({ x: feed });
  run.dispose();
  return value;
}

/** Relative errors in units of the last place, which may not grow with the length. */
const ulps = (value: number, exact: number): number => Math.abs(value - exact) / (UNIT * Math.abs(exact));

describe("sums of a million numbers in f32 are right to a few units in the last place", () => {
  const rows = reshape(x, [1024, 1024]);
  test.each<[string, Tensor, number]>([
    ["sum", sum(x), exactly((v) => v)],
    ["sum over rows, then columns", sum(sum(rows, { axis: 0 })), exactly((v) => v)],
    ["sum over columns, then rows", sum(sum(rows, { axis: 1 })), exactly((v) => v)],
    ["sum of a transposed array", sum(transpose(rows)), exactly((v) => v)],
    ["sum that computes what it adds", sum(add(square(x), mul(x, 2))), exactly((v) => v * v + 2 * v)],
    ["mean", mean(x), exactly((v) => v) / COUNT],
  ])("%s", (_, y, exact) => {
    expect(ulps(ran(y).item(), exact)).toBeLessThan(8);
  });

  test("variance", () => {
    const average = exactly((v) => v) / COUNT;
    const exact = exactly((v) => (v - average) ** 2) / COUNT;
    expect(ulps(ran(variance(x)).item(), exact)).toBeLessThan(16);
  });

  test("the largest is no worse than that of half as many", () => {
    const error = (length: number): number => {
      const part = input("part", [length]);
      const run = compile({ inputs: { part }, outputs: { y: sum(part) }, runtime });
      const { y } = run({ part: many.subarray(0, length) });
      run.dispose();
      return ulps(
        y.item(),
        many.subarray(0, length).reduce((total, v) => total + v, 0),
      );
    };
    const errors = [2 ** 8, 2 ** 12, 2 ** 16, 2 ** 20].map(error);
    expect(Math.max(...errors)).toBeLessThan(8);
  });
});

describe("other long sums in f32", () => {
  test("a row times a column", () => {
    const y = matmul(reshape(x, [1, COUNT]), reshape(x, [COUNT, 1]));
    expect(
      ulps(
        ran(y).item(),
        exactly((v) => v * v),
      ),
    ).toBeLessThan(16);
  });

  test("running sums, of columns next to each other too", () => {
    for (const y of [cumsum(x), cumsum(reshape(x, [COUNT / 8, 8]), { axis: 0 })])
      for (const { data } of [ran(y), evaluate(y, { x: many })]) {
        const last = [...data.subarray(-(y.shape[1] ?? 1))].reduce((total, v) => total + v, 0);
        const exact = exactly((v) => v);
        expect(ulps(last, exact)).toBeLessThan(2);
      }
  });

  // One after another, as the op says: the error grows as the root of the length.
  test("rows added up in one place", () => {
    const ids = constant(array(new Int32Array(COUNT)));
    const y = scatterAdd(constant([0]), ids, x);
    expect(
      ulps(
        ran(y).item(),
        exactly((v) => v),
      ),
    ).toBeLessThan(Math.sqrt(COUNT));
  });
});

describe("softmax at the ends of the range", () => {
  const z = input("z", [1, 5], "f64");
  const single = input("s", [1, 5]);
  const rows: [string, number[]][] = [
    ["large", [1e4, 1e4 - 1, 0, -1e4, 9999]],
    ["largest", [1e38, -1e38, 1e38, 0, 1]],
    ["all alike", [3, 3, 3, 3, 3]],
    ["masked", [1, -Infinity, 2, -Infinity, 0]],
    ["tiny differences", [1, 1 + 1e-7, 1 - 1e-7, 1, 1]],
    ["far below", [-1e4, -1e4 - 5, -1e4 - 90, -2e4, -1e4 - 1]],
  ];
  test.each(rows)("%s", (_, row) => {
    const outputs = (t: Tensor) => ({
      softmax: softmax(t),
      logSoftmax: logSoftmax(t),
      logSumExp: logSumExp(t),
      gradient: grad(logSumExp(t), t),
      picked: grad(sum(mul(softmax(t), [[1, 2, 3, 4, 5]])), t),
    });
    for (const [t, relative] of [
      [z, 1e-14],
      [single, 1e-6],
    ] as const) {
      const run = compile({ inputs: { t }, outputs: outputs(t), runtime });
      const actual = run({ t: [row] });
      const rounded = t === single ? row.map(Math.fround) : row;
      const expected = evaluate(outputs(z), { z: [rounded] });
      for (const name of Object.keys(expected) as (keyof typeof expected)[]) {
        actual[name].data.forEach((value: number, i: number) => {
          const exact = expected[name].data[i]!;
          if (!Number.isFinite(exact)) expect(value).toBe(exact);
          else expect(Math.abs(value - exact)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(exact)));
        });
      }
      expect(actual.softmax.data.every((value: number) => value >= 0 && value <= 1)).toBe(true);
      run.dispose();
    }
  });
});

test.each(cells)("training an %s in f32 stays beside f64", (cell) => {
  const losses = (["f32", "f64"] as const).map((dtype) => {
    const { inputs, outputs, updates, feeds } = trainingStep(cell, { dtype });
    const run = compile({ inputs, outputs, updates, runtime });
    const found = Array.from({ length: 5 }, () => run(feeds).loss.item());
    run.dispose();
    return found;
  });
  const [single, double] = losses as [number[], number[]];
  expect(double.at(-1)).toBeLessThan(double[0]!);
  single.forEach((loss, step) => {
    expect(Math.abs(loss - double[step]!)).toBeLessThan(64 * UNIT * (step + 1) * double[step]!);
  });
});
