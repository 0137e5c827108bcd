/** Maps that look rows of a table up by index. */
import { expect, test } from "vitest";
import { compile, input, parameter, scan, type Tensor, take, tanh } from "../../../src/index.ts";
import type { Expression } from "../../../src/lower/kernel.ts";
import { check, DTYPES } from "./map-check.ts";
import { expression, load, memory, someValues, view } from "./map-kernels.ts";

/** Rows of a table `[rows, width]` for indices with some strides, over `shape`; columns lie along the last axis. */
function lookUp(
  dtype: (typeof DTYPES)[number],
  shape: readonly number[],
  along: readonly number[],
  columnStride: number,
): void {
  const [rows, width] = [5, 24];
  const count = 40;
  const table = memory(dtype, someValues(dtype, rows * width));
  const numbers = Int32Array.from({ length: count }, (_, i) => ((i * 7) % 10) - 5);
  const indices = memory("i32", numbers);
  const strides = shape.map((_, axis) => (axis === shape.length - 1 ? columnStride : 0));
  const found: Expression = {
    kind: "lookup",
    table: view(table, shape, strides, 2),
    index: load(view(indices, shape, along)),
    rows,
    stride: width,
    whole: view(table, [rows, width]),
  };
  const y = memory(
    dtype,
    shape.reduce((product, length) => product * length, 1),
  );
  const value =
    dtype === "bool" || dtype === "i32" ? found : expression((e, [x]) => e.apply("neg", x!), found);
  check(shape, [{ view: view(y, shape), value }], [table, indices, y], 0, dtype);
}

test("a row for each index, negative ones from the end, all dtypes and lengths", () => {
  for (const dtype of DTYPES)
    for (const width of [1, 2, 3, 4, 5, 8, 11]) {
      lookUp(dtype, [8, width], [1, 0], 1);
      lookUp(dtype, [3, 4, width], [8, 2, 0], 1);
    }
});

test("an index for each element: lanes read from different rows", () => {
  for (const dtype of DTYPES) for (const length of [1, 3, 4, 7, 16]) lookUp(dtype, [2, length], [16, 1], 1);
});

test("columns apart from each other", () => {
  for (const dtype of DTYPES) lookUp(dtype, [8, 9], [1, 0], 2);
});

test("a loop reads its rows from the table, and bad indices are found before anything changes", () => {
  const table = parameter(
    "table",
    Array.from({ length: 4 }, (_, i) => Array(8).fill(i / 4)),
  );
  const ids = input("ids", [6, 5], "i32");
  const { carry } = scan((h: Tensor, x: Tensor) => ({ carry: tanh(x), y: h }), {
    init: Array.from({ length: 5 }, () => Array(8).fill(0)),
    xs: take(tanh(table), ids),
  });
  const run = compile({ inputs: { ids }, outputs: { carry }, updates: [[table, tanh(table)]] });
  const values = Array.from({ length: 6 }, (_, t) => Array.from({ length: 5 }, (_, b) => (t + b) % 4));
  const before = table.value.data[8]!;
  expect(() => run({ ids: [...values.slice(1), [0, 1, 4, 2, 3]] })).toThrow(
    "index 4 is out of range for axis 0 of size 4",
  );
  expect(table.value.data[8]).toBe(before);
  expect(run.report().rewrites.fuseLookups.fired).toBe(1);
  expect(run({ ids: values }).carry.data[0]).toBeCloseTo(Math.tanh(Math.tanh(before)), 6);
});
