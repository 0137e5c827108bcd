/** Every op record computes all examples at once as it computes each alone. */
import { describe, expect, test } from "vitest";
import { vmap } from "../../src/batching/vmap.ts";
import { evaluate } from "../../src/evaluate.ts";
import { stack } from "../../src/functions/arrangement.ts";
import { constant } from "../../src/graph/leaves.ts";
import { apply, type Op } from "../../src/graph/op.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { array, type NDArray } from "../../src/ndarray.ts";
import { dynamicSliceOp, dynamicUpdateSliceOp } from "../../src/ops/dynamic-slice.ts";
import { scatterAddOp, takeOp } from "../../src/ops/indexing.ts";
import { matmulOp } from "../../src/ops/matmul.ts";
import type { Sample } from "../samples/arrays.ts";
import { filled, integers, plain, sample } from "../samples/arrays.ts";
import { samplesOf } from "../samples/samples.ts";
import { assertClose } from "../sweep/compare.ts";
import { opRecords } from "../sweep/op-records.ts";

const records = await opRecords();
const EXAMPLES = 3;

/** The value of an example: other elements in other places, all of them valid where the sample's are. */
function example(x: NDArray, which: number): NDArray {
  const size = x.data.length;
  const scale = x.dtype === "f64" ? [1, 0.75, 1.25][which]! : 1;
  const values = Float64Array.from({ length: size }, (_, i) => x.data[(i + which) % size]! * scale);
  return array(values, { dtype: x.dtype, shape: x.shape });
}

/** Each choice of operands that differ from example to example. */
const choices = (count: number): boolean[][] =>
  Array.from({ length: 2 ** count - 1 }, (_, bits) =>
    Array.from({ length: count }, (__, i) => ((bits + 1) & (1 << i)) !== 0),
  );

/** All examples at once, and one after another. */
function bothWays(op: Op, { operands, attributes }: Sample, batched: readonly boolean[], axes: number[]) {
  const all = operands.map((x) => Array.from({ length: EXAMPLES }, (_, b) => constant(example(x, b))));
  const f = (...xs: readonly Tensor[]): Tensor => apply(op, xs, attributes);
  const inAxes = axes.map((axis, i) => (batched[i] ? axis : null));
  const given = all.map((xs, i) => (batched[i] ? stack(xs, { axis: axes[i]! }) : xs[0]!));
  const each = Array.from({ length: EXAMPLES }, (_, b) => f(...all.map((xs, i) => xs[batched[i] ? b : 0]!)));
  return [vmap(f, { inAxes })(...given), stack(each)] as const;
}

/** Samples with several axes, and boxes of whole and of part axes. */
const more: readonly (readonly [Op, Sample])[] = [
  [matmulOp, plain(filled([3, 2]), filled([2, 1], 1))],
  [matmulOp, plain(filled([3, 2]), filled([2, 2], 1))],
  [takeOp, { operands: [filled([4, 2, 3]), integers([[3, -1], [0, 2]])], attributes: samplesOf(takeOp)[0]!.attributes }], // biome-ignore format: one line
  [scatterAddOp, { ...samplesOf(scatterAddOp)[0]!, operands: [filled([4, 2]), integers([-2, 0, 2]), filled([3, 2], 1)] }], // biome-ignore format: one line
  [dynamicSliceOp, sample([filled([4, 3]), integers([2, 0])], { sizes: [2, 3] })],
  [dynamicSliceOp, sample([filled([4, 3, 2]), integers([1, 2, 0])], { sizes: [2, 1, 2] })],
  [dynamicSliceOp, sample([filled([2, 3]), integers([0, 1])], { sizes: [2, 3] })],
  [dynamicSliceOp, sample([filled([3]), integers([1])], { sizes: [0] })],
  [dynamicUpdateSliceOp, plain(filled([4, 3]), filled([2, 3], 1), integers([2, 0]))],
  [dynamicUpdateSliceOp, plain(filled([2, 3]), filled([0, 3], 1), integers([1, 0]))],
];

describe.each(records.map(({ op }) => [op.name, op] as const))("%s", (_, op) => {
  const samples = [...samplesOf(op), ...more.flatMap(([of, given]) => (of === op ? [given] : []))];
  test("vmap is a loop over examples", () => {
    const cases = samples.flatMap((given, k) =>
      choices(given.operands.length).map((batched) => {
        const axes = given.operands.map(({ shape }, i) => (k + i) % (shape.length + 1));
        return { batched, pair: bothWays(op, given, batched, axes) };
      }),
    );
    const results = evaluate(cases.map(({ pair }) => pair));
    cases.forEach(({ batched }, i) => {
      const [actual, expected] = results[i]!;
      assertClose(`${op.name}, batched ${batched}`, actual!, expected!, { relative: 1e-13, absolute: 1e-15 });
    });
    expect(cases.length > 0).toBe(samples.some(({ operands }) => operands.length > 0));
  });
});
