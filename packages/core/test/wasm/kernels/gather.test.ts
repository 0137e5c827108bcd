import { expect, test } from "vitest";
import { axisCheck } from "../../../src/graph/index-check.ts";
import type { Shape } from "../../../src/shape.ts";
import { sizeOf } from "../../../src/shape.ts";
import { printGather } from "../../../src/targets/wasm/kernels/gather.ts";
import { DTYPES, permuted, RowsMemory, values } from "./rows-memory.ts";

type Strides = readonly number[] | undefined;

function gather(
  dtype: (typeof DTYPES)[number],
  tableShape: Shape,
  [indexShape, indices]: readonly [Shape, readonly number[]],
  {
    parts = 1,
    table: t,
    at,
    result: r,
  }: { parts?: number; table?: Strides; at?: Strides; result?: Strides } = {},
) {
  const memory = new RowsMemory();
  const held = values(dtype, sizeOf(tableShape));
  const table = memory.view(dtype, tableShape, held, t);
  const index = memory.view("i32", indexShape, indices, at);
  const result = memory.view(dtype, [...indexShape, ...tableShape.slice(1)], undefined, r);
  const check = axisCheck("rows", 0, 0);
  const kernel = { check, kind: "gather", table, indices: index, result, nodes: [] } as const;
  const { statuses } = memory.run((module) => printGather(module, kernel), parts);
  const width = sizeOf(tableShape.slice(1));
  const expected = indices.flatMap((i) => {
    const row = i < 0 ? i + tableShape[0]! : i;
    return [...held.slice(row * width, (row + 1) * width)];
  });
  return { statuses, got: memory.read(result), expected };
}

test("rows of all lengths and dtypes, whole and in parts", () => {
  for (const dtype of DTYPES)
    for (const width of [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 47, 48, 63, 131, 201])
      for (const parts of [1, 3]) {
        const { statuses, got, expected } = gather(dtype, [5, width], [[6], [4, 0, -1, -5, 2, 2]], { parts });
        expect(got, `${dtype} ${width}`).toEqual(expected);
        expect(statuses).toEqual(Array(parts).fill(0));
      }
});

test("scalars as rows, several axes of indices and of rows, nothing at all", () => {
  for (const [table, at, indices] of [
    [[3], [2, 2], [1, 1, -1, 0]],
    [[3, 2], [], [1]],
    [[2, 2], [0], []],
    [[3, 0], [2], [1, 2]],
    [
      [3, 2, 3, 2],
      [2, 3],
      [0, 1, 2, 2, 1, -3],
    ],
  ] as const) {
    const { statuses, got, expected } = gather("f32", table, [at, indices]);
    expect(got).toEqual(expected);
    expect(statuses).toEqual([0]);
  }
});

test("any strides: transposed tables, rows with gaps, reversed and repeated indices", () => {
  const indices = [1, 0, -1, 2, 1, 0];
  const shape = [3, 4, 5];
  const full = [2, 3, 4, 5];
  for (const dtype of DTYPES)
    for (const strides of [
      { table: permuted(shape, [2, 1, 0]) },
      { table: permuted(shape, [0, 1, 2], 3), result: permuted(full, [3, 2, 1, 0], 2) },
      { at: [1, 2], result: permuted(full, [1, 0, 2, 3]) },
      { at: [-3, -1], table: [-40, 10, 2] },
      { table: [40, 8, 1], result: [180, 60, 15, 1], parts: 4 },
    ]) {
      const { got, expected } = gather(dtype, shape, [[2, 3], indices], strides);
      expect(got, JSON.stringify(strides)).toEqual(expected);
    }
  const repeated = gather("f32", [3, 2], [[4], [2, 2, 2, 2]], { at: [0] });
  expect(repeated.got).toEqual(repeated.expected);
});

test("the first index out of range is told by its position", () => {
  expect(gather("f32", [4, 2], [[3], [0, 7, 9]]).statuses).toEqual([2]);
  expect(gather("f32", [4, 2], [[4], [0, -5, 9, 1]], { parts: 2 }).statuses).toEqual([2, 3]);
  expect(gather("f32", [4, 0], [[2], [-(2 ** 31), 2 ** 31 - 1]]).statuses).toEqual([1]);
  expect(gather("f32", [0, 2], [[1], [0]]).statuses).toEqual([1]);
  expect(
    gather(
      "f32",
      [4],
      [
        [2, 2],
        [0, -4, 3, 4],
      ],
    ).statuses,
  ).toEqual([4]);
});
