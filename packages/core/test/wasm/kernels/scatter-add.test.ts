import { expect, test } from "vitest";
import { allocate, type DType } from "../../../src/dtype.ts";
import { axisCheck } from "../../../src/graph/index-check.ts";
import { type Shape, sizeOf } from "../../../src/shape.ts";
import { printScatterAdd } from "../../../src/targets/wasm/kernels/scatter-add.ts";
import { DTYPES, permuted, RowsMemory, values } from "./rows-memory.ts";

type Strides = readonly number[] | undefined;

function scatter(
  dtype: DType,
  targetShape: Shape,
  [indexShape, indices]: readonly [Shape, readonly number[]],
  {
    parts = 1,
    target: t,
    at,
    updates: u,
  }: { parts?: number; target?: Strides; at?: Strides; updates?: Strides } = {},
) {
  const memory = new RowsMemory();
  const before = values(dtype, sizeOf(targetShape));
  const width = sizeOf(targetShape.slice(1));
  const added = values(dtype, indices.length * width, 5);
  const target = memory.view(dtype, targetShape, before, t);
  const index = memory.view("i32", indexShape, indices, at);
  const updates = memory.view(dtype, [...indexShape, ...targetShape.slice(1)], added, u);
  const check = axisCheck("rows", 0, 0);
  const kernel = { check, kind: "scatterAdd", target, indices: index, updates, nodes: [] } as const;
  const { statuses } = memory.run((module) => printScatterAdd(module, kernel), parts);
  const expected = allocate(dtype, before.length);
  expected.set(before);
  indices.forEach((i, row) => {
    const to = (i < 0 ? i + targetShape[0]! : i) * width;
    for (let k = 0; k < width; k++) expected[to + k] = expected[to + k]! + added[row * width + k]!;
  });
  return { statuses, got: memory.read(target), expected: [...expected], before: [...before] };
}

const manyIndices = Array.from({ length: 40 }, (_, i) => ((i * i * 7) % 10) - 5);

test("rows of all lengths and dtypes, whole and in parts, add in the order of the indices", () => {
  for (const dtype of DTYPES)
    for (const width of [1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 40, 47, 127, 128, 131, 201])
      for (const parts of [1, 3]) {
        const { statuses, got, expected } = scatter(dtype, [5, width], [[40], manyIndices], { parts });
        expect(got, `${dtype} ${width} ${parts}`).toEqual(expected);
        expect(statuses).toEqual(Array(parts).fill(0));
      }
});

test("scalars as rows, several axes of indices and of rows, nothing at all", () => {
  for (const [target, at, indices] of [
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
    const { statuses, got, expected } = scatter("f32", target, [at, indices]);
    expect(got).toEqual(expected);
    expect(statuses).toEqual([0]);
  }
});

test("any strides", () => {
  const shape = [3, 4, 50];
  const full = [2, 3, 4, 50];
  for (const dtype of DTYPES)
    for (const strides of [
      { target: permuted(shape, [2, 1, 0]) },
      { target: permuted(shape, [0, 1, 2], 3), updates: permuted(full, [3, 2, 1, 0], 2) },
      { at: [1, 2], updates: permuted(full, [1, 0, 2, 3]) },
      { at: [-3, -1], target: [-400, 100, 2], parts: 2 },
      { target: [400, 80, 1], updates: [1800, 600, 150, 1], parts: 4 },
      { updates: [0, 0, 0, 0], parts: 2 },
    ]) {
      const { updates } = strides;
      const repeated = updates?.every((stride) => stride === 0);
      const { got, expected } = scatter(
        dtype,
        shape,
        [
          [2, 3],
          [1, 0, -1, 2, 1, 0],
        ],
        repeated ? {} : strides,
      );
      expect(got, JSON.stringify(strides)).toEqual(expected);
    }
});

test("an index out of range is told by its position, and then nothing is added", () => {
  for (const width of [2, 100])
    for (const parts of [1, 2]) {
      const { statuses, got, before } = scatter("f32", [4, width], [[4], [0, 1, 7, -9]], { parts });
      expect(statuses).toEqual(Array(parts).fill(3));
      expect(got).toEqual(before);
    }
  expect(scatter("f32", [4, 0], [[2], [0, 4]]).statuses).toEqual([2]);
  expect(scatter("f32", [0, 4], [[1], [0]]).statuses).toEqual([1]);
});
