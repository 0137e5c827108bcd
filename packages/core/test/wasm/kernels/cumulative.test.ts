import { expect, test } from "vitest";
import type { DType } from "../../../src/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../../../src/shape.ts";
import { printCumulative } from "../../../src/targets/wasm/kernels/cumulative.ts";
import { type Memory, memory, placesOf, running, someValues, view } from "./map-kernels.ts";

/** Runs a cumulative sum whole and in parts; sums of floats are doubles, rounded where they are stored. */
function check(dtype: DType, shape: Shape, axis: number, strides: readonly number[], inPlace = false): void {
  const reach = 1 + shape.reduce((sum, length, i) => sum + Math.max(0, length - 1) * strides[i]!, 0);
  const x = memory(dtype, someValues(dtype, reach));
  const before = x.data.slice();
  const y: Memory = inPlace ? x : memory(dtype, sizeOf(shape));
  const source = view(x, shape, strides);
  const result = inPlace ? source : view(y, shape);
  const expected = memory(
    dtype,
    placesOf(source).map((place) => before[place]!),
  ).data;
  const step = stridesOf(shape)[axis]!;
  const sums = Float64Array.from(expected);
  for (let i = 0; i < expected.length; i++) {
    if (Math.floor(i / step) % shape[axis]! > 0) sums[i] = sums[i - step]! + sums[i]!;
    expected[i] = sums[i]!;
  }
  const kernel = { kind: "cumulative", source, result, axis, nodes: [] } as const;
  const { run } = running(inPlace ? [x] : [x, y], (module) => printCumulative(module, kernel));
  for (const parts of [1, 2, 3]) {
    x.data.set(before);
    run(parts);
    const got = placesOf(result).map((place) => y.data[place]);
    expect(got, `${dtype} [${shape}] ${axis} ${strides} ${parts}`).toEqual([...expected]);
  }
}

test("every axis of several shapes, any strides, in place", () => {
  for (const dtype of ["f32", "f64", "i32"] as const)
    for (const shape of [[9], [1], [3, 5], [19, 4], [4, 37], [2, 7, 6], [3, 1, 9], [0, 3], [3, 0]])
      for (let axis = 0; axis < shape.length; axis++) {
        const dense = stridesOf(shape);
        const turned = stridesOf(shape.toReversed()).toReversed();
        for (const strides of [dense, turned, dense.map((stride) => 2 * stride)])
          check(dtype, shape, axis, strides);
        check(dtype, shape, axis, dense, true);
      }
});
