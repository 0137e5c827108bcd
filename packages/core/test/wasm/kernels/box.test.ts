import { expect, test } from "vitest";
import type { DType } from "../../../src/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../../../src/shape.ts";
import { printBox } from "../../../src/targets/wasm/kernels/box.ts";
import { DTYPES, offsetsOf, permuted, RowsMemory, values } from "./rows-memory.ts";

type Strides = readonly number[] | undefined;

function box(
  direction: "in" | "out",
  dtype: DType,
  shape: Shape,
  sizes: Shape,
  start: readonly number[],
  {
    parts = 1,
    whole: w,
    starts: s,
    part: p,
  }: { parts?: number; whole?: Strides; starts?: Strides; part?: Strides } = {},
) {
  const memory = new RowsMemory();
  const outside = [...values(dtype, sizeOf(shape))];
  const inside = [...values(dtype, sizeOf(sizes), 9)];
  const whole = memory.view(dtype, shape, outside, w);
  const starts = memory.view("i32", [shape.length], start, s);
  const part = memory.view(dtype, sizes, inside, p);
  const kernel = { kind: "box", direction, whole, starts, part, nodes: [] } as const;
  memory.run((module) => printBox(module, kernel), parts);
  const strides = stridesOf(shape);
  const first = shape.reduce((offset, length, axis) => {
    const at = Math.min(Math.max(start[axis]!, 0), length - sizes[axis]!);
    return offset + at * strides[axis]!;
  }, 0);
  offsetsOf({ ...part, strides }).forEach((offset, i) => {
    if (direction === "in") outside[first + offset] = inside[i]!;
    else inside[i] = outside[first + offset]!;
  });
  return [
    { whole: memory.read(whole), part: memory.read(part) },
    { whole: outside, part: inside },
  ];
}

test("boxes of all lengths and dtypes, both ways, whole and in parts", () => {
  for (const direction of ["in", "out"] as const)
    for (const dtype of DTYPES)
      for (const width of [1, 3, 4, 7, 16, 33, 150])
        for (const parts of [1, 2]) {
          const [got, expected] = box(direction, dtype, [5, width + 2], [3, width], [1, 1], { parts });
          expect(got).toEqual(expected);
          const [long, same] = box(direction, dtype, [400], [width], [17], { parts });
          expect(long).toEqual(same);
        }
});

test("starts outside are moved inside", () => {
  for (const direction of ["in", "out"] as const)
    for (const start of [
      [9, -1, 0],
      [-(2 ** 31), 2 ** 31 - 1, 3],
      [1, 1, 1],
      [0, 2, -7],
    ]) {
      const [got, expected] = box(direction, "f32", [3, 4, 5], [2, 2, 4], start);
      expect(got).toEqual(expected);
    }
});

test("any strides, scalars, whole boxes, empty boxes", () => {
  for (const direction of ["in", "out"] as const) {
    for (const dtype of DTYPES)
      for (const strides of [
        { whole: permuted([3, 4, 5], [2, 0, 1]), starts: [3] },
        { part: permuted([2, 2, 4], [1, 0, 2], 2), starts: [-1] },
        { whole: permuted([3, 4, 5], [2, 1, 0]), part: permuted([2, 2, 4], [2, 1, 0]), parts: 2 },
        { whole: [-20, 5, -1], starts: [0] },
      ]) {
        const start = strides.starts?.[0] === 0 ? [1, 1, 1] : [0, 2, 1];
        const [got, expected] = box(direction, dtype, [3, 4, 5], [2, 2, 4], start, strides);
        expect(got).toEqual(expected);
      }
    for (const [shape, sizes, start] of [
      [[], [], []],
      [
        [3, 4],
        [3, 4],
        [1, 1],
      ],
      [
        [3, 4],
        [0, 4],
        [1, 1],
      ],
      [[0], [0], [5]],
      [
        [3, 4],
        [1, 1],
        [2, 2],
      ],
    ] as const) {
      const [got, expected] = box(direction, "f64", shape, sizes, start);
      expect(got).toEqual(expected);
    }
  }
});
