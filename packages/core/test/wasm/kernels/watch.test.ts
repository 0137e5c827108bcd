import { expect, test } from "vitest";
import type { DType } from "../../../src/dtype.ts";
import { type Shape, sizeOf } from "../../../src/shape.ts";
import { printWatch } from "../../../src/targets/wasm/kernels/watch.ts";
import { permuted, RowsMemory, values } from "./rows-memory.ts";

const BAD = [Number.NaN, Infinity, -Infinity];
const FLOATS = ["f32", "f64"] as const;

/** What watching says of values that are bad at some positions. */
function watch(
  dtype: DType,
  shape: Shape,
  bad: readonly number[],
  { parts = 1, strides }: { parts?: number; strides?: readonly number[] } = {},
): number[] {
  const memory = new RowsMemory();
  const data = values(dtype, sizeOf(shape));
  if (data.length > 1) data[1] = dtype === "f32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
  bad.forEach((position, i) => {
    data[position] = BAD[(position + i) % 3]!;
  });
  const view = memory.view(dtype, shape, data, strides);
  return memory.run((module) => printWatch(module, { kind: "watch", view, unless: [], nodes: [] }), parts)
    .statuses;
}

test("each place of arrays of many lengths", () => {
  for (const dtype of FLOATS)
    for (const length of [1, 2, 3, 7, 8, 15, 16, 17, 40]) {
      expect(watch(dtype, [length], [])).toEqual([0]);
      for (let at = 0; at < length; at++) {
        expect(watch(dtype, [length], [at]), `${dtype} ${length} ${at}`).toEqual([at + 1]);
        expect(watch(dtype, [length], [at, length - 1])).toEqual([at + 1]);
      }
    }
});

test("the first of several parts", () => {
  for (const dtype of FLOATS) {
    expect(watch(dtype, [200], [], { parts: 3 })).toEqual([0, 0, 0]);
    const [first, second, third] = watch(dtype, [200], [150, 199], { parts: 3 });
    expect([first, second! || third]).toEqual([0, 151]);
    expect(watch(dtype, [4, 5, 3], [17, 58], { parts: 2, strides: permuted([4, 5, 3], [1, 0, 2]) })).toEqual([
      18, 59,
    ]);
  }
});

test("any strides, scalars, nothing, and dtypes without bad numbers", () => {
  const shape = [3, 4, 5];
  for (const dtype of FLOATS)
    for (const strides of [
      permuted(shape, [2, 1, 0]),
      permuted(shape, [0, 1, 2], 2),
      permuted(shape, [1, 0, 2]),
      [-20, 5, -1],
      [40, 8, 1],
    ]) {
      expect(watch(dtype, shape, [], { strides })).toEqual([0]);
      for (const at of [0, 1, 22, 59]) expect(watch(dtype, shape, [at, 59], { strides })).toEqual([at + 1]);
    }
  for (const dtype of FLOATS) {
    expect(watch(dtype, [], [0])).toEqual([1]);
    expect(watch(dtype, [0, 3], [])).toEqual([0]);
    const repeated = { strides: [0, 1, 0] };
    expect(watch(dtype, [3, 4, 5], [], repeated)).toEqual([0]);
    const everywhere = [0, 1, 2].flatMap((i) => [0, 1, 2, 3, 4].map((k) => i * 20 + 10 + k));
    expect(watch(dtype, [3, 4, 5], everywhere, repeated)).toEqual([11]);
  }
  expect(watch("i32", [5], [])).toEqual([0]);
  expect(watch("bool", [5], [])).toEqual([0]);
});

test("says nothing where a view that it came from is bad already", () => {
  for (const [reasons, expected] of [
    [
      [
        [1, 2],
        [3, 4, 5],
      ],
      2,
    ],
    [
      [
        [1, 2],
        [3, Number.NaN, 5],
      ],
      0,
    ],
    [[[1, Infinity], [3]], 0],
  ] as const) {
    const memory = new RowsMemory();
    const view = memory.view("f32", [3], [1, Number.NaN, Infinity]);
    const unless = [
      ...reasons.map((values) => memory.view("f64", [values.length], values)),
      memory.view("i32", [3], [1, 2, 3]),
    ];
    const kernel = { kind: "watch", view, unless, nodes: [] } as const;
    expect(memory.run((module) => printWatch(module, kernel)).statuses).toEqual([expected]);
  }
});
