/** The samples of the ops that move rows, as kernels and by the interpreter. */
import { expect, test } from "vitest";
import { evaluate } from "../../../src/evaluate.ts";
import { axisCheck } from "../../../src/graph/index-check.ts";
import { constant } from "../../../src/graph/leaves.ts";
import { apply, type Op } from "../../../src/graph/op.ts";
import type { PlainKernel, View } from "../../../src/lower/kernel.ts";
import { dynamicSliceOp, dynamicUpdateSliceOp } from "../../../src/ops/dynamic-slice.ts";
import { scatterAddOp, takeOp } from "../../../src/ops/indexing.ts";
import type { ModuleBuilder } from "../../../src/targets/wasm/assembler/module-builder.ts";
import { printBox } from "../../../src/targets/wasm/kernels/box.ts";
import { printGather } from "../../../src/targets/wasm/kernels/gather.ts";
import type { Printed } from "../../../src/targets/wasm/kernels/printed.ts";
import { collapse, rowsOf } from "../../../src/targets/wasm/kernels/rows.ts";
import { printScatterAdd } from "../../../src/targets/wasm/kernels/scatter-add.ts";
import { samplesOf } from "../../samples/samples.ts";
import { RowsMemory } from "./rows-memory.ts";

/** How an op's operands become a kernel, and the view that the result is in. */
type Print = (y: View, operands: readonly View[]) => [(module: ModuleBuilder) => Printed, View];

const nodes: PlainKernel["nodes"] = [];
const check = axisCheck("rows", 0, 0);
const prints: readonly (readonly [Op, Print])[] = [
  [
    takeOp,
    (result, [table, indices]) => [
      (module) =>
        printGather(module, { kind: "gather", check, table: table!, indices: indices!, result, nodes }),
      result,
    ],
  ],
  [
    scatterAddOp,
    (_, [target, indices, updates]) => [
      (module) =>
        printScatterAdd(module, {
          kind: "scatterAdd",
          check,
          target: target!,
          indices: indices!,
          updates: updates!,
          nodes,
        }),
      target!,
    ],
  ],
  [
    dynamicSliceOp,
    (part, [whole, starts]) => [
      (module) =>
        printBox(module, { kind: "box", direction: "out", whole: whole!, starts: starts!, part, nodes }),
      part,
    ],
  ],
  [
    dynamicUpdateSliceOp,
    (_, [whole, part, starts]) => [
      (module) =>
        printBox(module, {
          kind: "box",
          direction: "in",
          whole: whole!,
          starts: starts!,
          part: part!,
          nodes,
        }),
      whole!,
    ],
  ],
];

test.each(prints.map(([op, print]) => [op.name, op, print] as const))("%s", (_, op, print) => {
  expect(samplesOf(op).length).toBeGreaterThan(0);
  for (const { operands, attributes } of samplesOf(op)) {
    const expected = evaluate(
      apply(
        op,
        operands.map((x) => constant(x)),
        attributes,
      ),
    );
    const memory = new RowsMemory();
    const views = operands.map(({ dtype, shape, data }) => memory.view(dtype, shape, data));
    const [printer, result] = print(memory.view(expected.dtype, expected.shape), views);
    memory.run(printer);
    expect(memory.read(result)).toEqual([...expected.data]);
  }
});

test("axes without gaps between them are one, axes of length 1 are none", () => {
  expect(collapse([2, 1, 3, 4], [[48, 7, 16, 4]])).toEqual([{ length: 24, strides: [4] }]);
  expect(
    collapse(
      [2, 3, 4],
      [
        [48, 16, 4],
        [16, 32, 8],
      ],
    ),
  ).toEqual([
    { length: 2, strides: [48, 16] },
    { length: 12, strides: [4, 8] },
  ]);
  expect(collapse([2, 3], [[0, 0]])).toEqual([{ length: 6, strides: [0] }]);
  expect(collapse([], [[]])).toEqual([]);
  expect(rowsOf([{ length: 5, strides: [4, 4] }], 4)).toEqual({ outer: [], bytes: 20 });
  expect(rowsOf([{ length: 5, strides: [4, 8] }], 4)).toMatchObject({ bytes: 4 });
});
