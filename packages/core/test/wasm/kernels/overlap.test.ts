import { expect, test } from "vitest";
import { allocate, type DType } from "../../../src/dtype.ts";
import { evaluate } from "../../../src/evaluate.ts";
import { constant } from "../../../src/graph/leaves.ts";
import { apply } from "../../../src/graph/op.ts";
import type { View } from "../../../src/lower/kernel.ts";
import { NDArray } from "../../../src/ndarray.ts";
import { unpatchesOp } from "../../../src/ops/windows.ts";
import { type Shape, sizeOf } from "../../../src/shape.ts";
import { printOverlap } from "../../../src/targets/wasm/kernels/overlap.ts";
import { DTYPES, offsetsOf, permuted, RowsMemory, values } from "./rows-memory.ts";

/** Adds `shape` to a flat target of `size` elements, seen through `strides`. */
function overlap(
  dtype: DType,
  size: number,
  [shape, strides]: readonly [Shape, readonly number[]],
  { parts = 1, source: s }: { parts?: number; source?: readonly number[] } = {},
) {
  const memory = new RowsMemory();
  const before = values(dtype, size);
  const added = values(dtype, sizeOf(shape), 5);
  const whole = memory.view(dtype, [size], before);
  const target: View = { ...whole, shape, strides };
  const source = memory.view(dtype, shape, added, s);
  let units = 0;
  memory.run((module) => {
    const printed = printOverlap(module, { kind: "overlap", target, source, nodes: [] });
    units = printed.units;
    return { ...printed, pointers: [whole, source] };
  }, parts);
  const expected = allocate(dtype, size);
  expected.set(before);
  offsetsOf(target).forEach((offset, i) => {
    expected[offset] = expected[offset]! + added[i]!;
  });
  return { got: memory.read(whole), expected: [...expected], units };
}

/** Windows of `k × k` of images of `side²`, steps of `stride` in between. */
function windows(n: number, c: number, side: number, k: number, stride: number): [Shape, number[]] {
  const count = Math.floor((side - k) / stride) + 1;
  const plane = side * side;
  return [
    [n, count, count, c, k, k],
    [c * plane, stride * side, stride, plane, side, 1],
  ];
}

test("windows, in the order of the source, whole and in parts", () => {
  for (const dtype of DTYPES)
    for (const [n, c, side, k, stride] of [
      [2, 3, 6, 3, 1],
      [1, 2, 7, 3, 2],
      [1, 1, 5, 2, 1],
      [3, 1, 6, 1, 1],
      [1, 4, 6, 2, 2],
    ] as const)
      for (const parts of [1, 2]) {
        const place = windows(n, c, side, k, stride);
        const { got, expected, units } = overlap(dtype, n * c * side * side, place, { parts });
        expect(got, `${dtype} ${n} ${c} ${side} ${k} ${stride} ${parts}`).toEqual(expected);
        if (n > 1 || c > 1) expect(units).toBeGreaterThan(1);
      }
});

test("as the interpreter", () => {
  const x = new NDArray("f32", [2, 3, 3, 2, 3, 3], values("f32", 2 * 9 * 2 * 9) as Float32Array);
  const window = { size: [3, 3], stride: [1, 1], dilation: [1, 1], images: [2, 2, 5, 5] } as const;
  const expected = evaluate(apply(unpatchesOp, [constant(x)], window));
  const memory = new RowsMemory();
  const whole = memory.view("f32", [2, 2, 5, 5]);
  const [shape, strides] = windows(2, 2, 5, 3, 1);
  const source = memory.view("f32", shape, x.data);
  const target: View = { ...whole, shape, strides };
  memory.run((module) => ({
    ...printOverlap(module, { kind: "overlap", target, source, nodes: [] }),
    pointers: [whole, source],
  }));
  expect(memory.read(whole)).toEqual([...expected.data]);
});

test("sums of all kinds: everything in one place, nothing twice, sliding sums, nothing", () => {
  for (const dtype of DTYPES)
    for (const [size, shape, strides] of [
      [1, [3, 4], [0, 0]],
      [4, [3, 4], [0, 1]],
      [3, [3, 4], [1, 0]],
      [12, [3, 4], [4, 1]],
      [12, [3, 4], [1, 3]],
      [300, [300], [1]],
      [103, [4, 100], [1, 1]],
      [9, [3, 4], [1, 2]],
      [14, [3, 4], [5, 1]],
      [1, [], []],
      [4, [0, 4], [4, 1]],
    ] as const) {
      for (const parts of [1, 2]) {
        const { got, expected } = overlap(dtype, size, [shape, strides], { parts });
        expect(got, `${dtype} ${shape} ${strides}`).toEqual(expected);
      }
      if (shape.length !== 2 || sizeOf(shape) === 0) continue;
      const { got, expected } = overlap(dtype, size, [shape, strides], {
        source: permuted(shape, [1, 0], 2),
      });
      expect(got).toEqual(expected);
    }
});

test("units only where no two elements of different units meet", () => {
  const units = (size: number, shape: Shape, strides: readonly number[]) =>
    overlap("f32", size, [shape, strides]).units;
  expect(units(9, [3, 4], [1, 2])).toBe(1);
  expect(units(14, [3, 4], [5, 1])).toBe(4);
  expect(units(100, [20, 5], [5, 1])).toBe(7);
  expect(units(119, [20, 5], [6, 1])).toBe(20);
  expect(units(1, [3, 4], [0, 0])).toBe(1);
  expect(units(4, [3, 4], [0, 1])).toBe(4);
  expect(units(20, [4, 3, 2], [5, 2, 2])).toBe(1);
  expect(units(28, [4, 3, 2], [7, 2, 2])).toBe(4);
});
