import { describe, expect, test } from "vitest";
import type { DType } from "../../../src/dtype.ts";
import type { Expression, ReduceKernel } from "../../../src/lower/kernel.ts";
import { type Shape, sizeOf, stridesOf } from "../../../src/shape.ts";
import { printReduce } from "../../../src/targets/wasm/kernels/reduce.ts";
import {
  expression,
  load,
  type Memory,
  memory,
  placesOf,
  running,
  runningAll,
  someValues,
  valuesOf,
  view,
} from "./map-kernels.ts";

type Combine = ReduceKernel["combine"];
const COMBINES: Combine[] = ["sum", "max", "min", "argmax", "argmin"];

/** A row reduced as the interpreter does it, sums in doubles. */
function reduced(combine: Combine, row: readonly number[], dtype: DType): number {
  if (combine === "sum") {
    const sum = row.reduce((a, b) => (dtype === "i32" ? (a + b) | 0 : a + b), 0);
    return dtype === "f32" ? Math.fround(sum) : sum;
  }
  if (combine === "max" || combine === "min") return Math[combine](...row);
  const better = combine === "argmax" ? (a: number, b: number) => a > b : (a: number, b: number) => a < b;
  let best = 0;
  for (const [i, x] of row.entries()) {
    if (Number.isNaN(x)) return i;
    if (better(x, row[best]!)) best = i;
  }
  return best;
}

interface Case {
  /** One after another, in one instance. */
  readonly combines: readonly Combine[];
  readonly kept: Shape;
  readonly reduced: Shape;
  readonly value: Expression;
  readonly memories: readonly Memory[];
  readonly message?: string;
  /** Strides of the result; default row-major. */
  readonly strides?: readonly number[];
}

/** Runs reductions whole and in parts, and compares with plain JavaScript. */
function check({ combines, kept, reduced: along, value, memories, message, strides }: Case): void {
  const elements = valuesOf(value, [...kept, ...along], memories);
  const first = memories[0]!.buffer.dtype;
  const cases = combines.map((combine) => {
    const dtype = combine.startsWith("arg") ? "i32" : first === "bool" && combine === "sum" ? "i32" : first;
    const result = memory(dtype, strides ? 400 : sizeOf(kept) + 3);
    const store = view(result, kept, strides ?? stridesOf(kept), 2);
    const kernel: ReduceKernel = { kind: "reduce", combine, kept, reduced: along, value, store, nodes: [] };
    return { combine, dtype, result, store, kernel };
  });
  const length = sizeOf(along);
  const all = runningAll(
    [...memories, ...cases.map(({ result }) => result)],
    cases.map(
      ({ kernel }) =>
        (module) =>
          printReduce(module, kernel),
    ),
  );
  cases.forEach(({ combine, dtype, result, store }, which) => {
    const { run, printed } = all[which]!;
    const places = placesOf(store);
    const text = `${message} ${combine} ${first} [${kept}] [${along}]`;
    result.data.fill(77);
    run();
    const whole = result.data.slice();
    places.forEach((place, i) => {
      const row = elements.slice(i * length, (i + 1) * length);
      const expected = reduced(combine, row, dtype);
      const size = row.reduce((sum, x) => sum + Math.abs(x), 0);
      const [got, tolerance] = [whole[place]!, combine === "sum" && dtype !== "i32" ? 1e-6 * size : 0];
      const close = Object.is(got, expected) || got === expected || Math.abs(got - expected) <= tolerance;
      if (!close) expect.fail(`${text} result ${i}: ${got} for ${expected}`);
    });
    const within = new Set(places);
    expect([...whole].every((x, i) => x === 77 || within.has(i))).toBe(true);
    for (const parts of [2, 3]) {
      result.data.fill(77);
      run(parts);
      expect(result.data, text).toEqual(whole);
    }
    expect(printed.cost > 0).toBe(sizeOf(kept) > 0);
  });
}

const subsets = (rank: number): number[][] =>
  Array.from({ length: 2 ** rank }, (_, bits) =>
    [...Array(rank).keys()].filter((axis) => (bits >> axis) & 1),
  );

describe("every subset of axes", () => {
  for (const dtype of ["f32", "f64", "i32", "bool"] as const)
    test(dtype, () => {
      for (const shape of [[13], [3, 4], [7, 9], [2, 3, 5], [4, 1, 6], [17, 5, 3], [3, 33]]) {
        const x = memory(dtype, someValues(dtype, 2 * sizeOf(shape) + 5));
        for (const axes of subsets(shape.length))
          for (const gap of [1, 2]) {
            const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
            const pick = <T>(from: readonly T[], those: readonly number[]): T[] =>
              those.map((axis) => from[axis]!);
            const strides = stridesOf(shape).map((stride) => stride * gap);
            const order = [...kept, ...axes];
            const value = load(view(x, pick(shape, order), pick(strides, order), 1));
            check({
              combines: COMBINES,
              kept: pick(shape, kept),
              reduced: pick(shape, axes),
              value,
              memories: [x],
              message: `gap ${gap}`,
            });
          }
      }
    });
});

test("lengths from 0 to 17 and around blocks", () => {
  for (const dtype of ["f32", "f64", "i32"] as const)
    for (const length of [...Array(18).keys(), 63, 64, 127, 129, 515, 700]) {
      const x = memory(dtype, someValues(dtype, 5 * length + 1));
      const combines = length === 0 ? (["sum"] as const) : COMBINES;
      for (const strides of [
        [length, 1],
        [1, 5],
        [0, 1],
      ])
        check({
          combines,
          kept: [5],
          reduced: [length],
          value: load(view(x, [5, length], strides)),
          memories: [x],
        });
      check({ combines, kept: [], reduced: [length], value: load(view(x, [length])), memories: [x] });
      if (length > 0)
        check({
          combines,
          kept: [length],
          reduced: [5],
          value: load(view(x, [length, 5], [1, length])),
          memories: [x],
        });
    }
});

test("no results, nothing reduced", () => {
  const x = memory("f32", someValues("f32", 12));
  const combines = COMBINES;
  check({ combines, kept: [0, 3], reduced: [4], value: load(view(x, [0, 3, 4])), memories: [x] });
  check({ combines, kept: [3, 4], reduced: [], value: load(view(x, [3, 4])), memories: [x] });
  check({ combines, kept: [], reduced: [], value: load(view(x, [])), memories: [x] });
  check({ combines, kept: [2, 6], reduced: [1], value: load(view(x, [2, 6, 1])), memories: [x] });
});

test("special values: NaN before all, the first of equals", () => {
  for (const dtype of ["f32", "f64"] as const)
    for (const rows of [
      [1, 5, 5, NaN, 7, NaN, 2],
      [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity, -Infinity, -Infinity],
      [Infinity, 1, Infinity, Infinity, 2, -Infinity, -Infinity],
      [3, 3, 3, 3, 3, 3, 3],
      [2, 2, 2, 2, 1, 1, 9, 9, 9, 1, 9],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, NaN, 5, 4, NaN, 2, 17, 17, 0],
    ]) {
      const n = rows.length;
      const x = memory(
        dtype,
        [0, 1, 2].flatMap((shift) => rows.map((_, i) => rows[(i + shift) % n]!)),
      );
      const turned = memory(
        dtype,
        rows.flatMap((_, i) => [0, 1, 2].map((shift) => rows[(i + shift) % n]!)),
      );
      const combines = ["max", "min", "argmax", "argmin"] as const;
      const across = load(view(turned, [3, n], [1, 3]));
      check({ combines, kept: [3], reduced: [n], value: load(view(x, [3, n])), memories: [x] });
      check({ combines, kept: [3], reduced: [n], value: across, memories: [turned] });
      check({ combines, kept: [], reduced: [3, n], value: across, memories: [turned] });
    }
});

test("expressions of several loads, positions, other dtypes", () => {
  for (const dtype of ["f32", "f64"] as const)
    for (const [kept, along] of [
      [[6, 7], [9]],
      [[5], [3, 140]],
      [[37], [150]],
    ] as const) {
      const shape = [...kept, ...along];
      const x = memory(dtype, someValues(dtype, sizeOf(shape)));
      const m = memory(dtype, someValues(dtype, sizeOf(kept), 2));
      const i = memory("i32", someValues("i32", sizeOf(shape), 3));
      const p = memory("bool", someValues("bool", sizeOf(shape), 4));
      const keptStrides = [...stridesOf(kept), ...along.map(() => 0)];
      const across = [...stridesOf(kept), ...stridesOf(along).map((stride) => stride * sizeOf(kept))];
      for (const strides of [stridesOf(shape), across]) {
        const value = expression(
          (e, [a, b, c, d]) => {
            const centred = e.apply("exp", e.combine("sub", a!, b!));
            const other = e.cast(e.shift("right", e.bits("xor", c!, e.position()), 28), dtype);
            return e.choose(d!, centred, other);
          },
          load(view(x, shape, strides)),
          load(view(m, shape, keptStrides)),
          load(view(i, shape, strides)),
          load(view(p, shape, strides)),
        );
        check({ combines: ["sum"], kept, reduced: along, value, memories: [x, m, i, p] });
      }
    }
});

test("results with strides of their own", () => {
  const x = memory("f32", someValues("f32", 7 * 9 * 5));
  const combines = COMBINES;
  const value = load(view(x, [7, 9, 5]));
  check({ combines, kept: [7, 9], reduced: [5], value, memories: [x], strides: [1, 7] });
  check({ combines, kept: [7, 9], reduced: [5], value, memories: [x], strides: [20, 2] });
  const across = load(view(x, [7, 9, 5], [1, 35, 7]));
  check({ combines, kept: [7, 9], reduced: [5], value: across, memories: [x], strides: [1, 7] });
});

test("the error of a sum of singles does not grow with their number", () => {
  const tenth = Math.fround(0.1);
  for (const [kept, along, strides] of [
    [[], [1_000_000], [1]],
    [[4], [250_000], [1, 4]],
    [[4], [250_000], [250_000, 1]],
    [[], [1000, 1000], [2000, 2]],
    [[2], [1000, 3, 5], [0, 15, 5, 1]],
    [[3], [200_000, 5], [0, 5, 1]],
  ] as const) {
    const shape = [...kept, ...along];
    const x = memory(
      "f32",
      1 + shape.reduce((last, length, axis) => last + (length - 1) * strides[axis]!, 0),
    );
    x.data.fill(0.1);
    const result = memory("f32", sizeOf(kept));
    const value = load(view(x, shape, strides));
    const store = view(result, kept);
    const kernel: ReduceKernel = {
      kind: "reduce",
      combine: "sum",
      kept,
      reduced: along,
      value,
      store,
      nodes: [],
    };
    running([x, result], (module) => printReduce(module, kernel)).run();
    const exact = tenth * sizeOf(along);
    for (const sum of result.data) expect(Math.abs(sum - exact) / exact).toBeLessThan(2e-6);
  }
});

test("a function for reductions that differ in their addresses only", () => {
  const [x, y] = [memory("f32", 40), memory("f32", 40)];
  const make = (from: Memory, to: Memory, combine: Combine): ReduceKernel => ({
    kind: "reduce",
    combine,
    kept: [4],
    reduced: [5],
    value: load(view(from, [4, 5])),
    store: view(to, [4]),
    nodes: [],
  });
  running([x, y], (module) => {
    const first = printReduce(module, make(x, y, "sum"));
    expect(printReduce(module, make(y, x, "sum")).function).toBe(first.function);
    expect(printReduce(module, make(x, y, "max")).function).not.toBe(first.function);
    return first;
  });
});
