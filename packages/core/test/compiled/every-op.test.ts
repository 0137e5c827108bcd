/** Every op has kernels of its own: nothing that is compiled comes from the reference implementation of an op. */
import { expect, onTestFinished, test, vi } from "vitest";
import { grad } from "../../src/autodiff/gradient.ts";
import type { DType } from "../../src/dtype.ts";
import { constantOp, input, parameter } from "../../src/graph/leaves.ts";
import { apply, type Op } from "../../src/graph/op.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { checkpoint } from "../../src/loops/checkpoint.ts";
import { scan } from "../../src/loops/scan.ts";
import type { NDArray } from "../../src/ndarray.ts";
import { add, mul } from "../../src/ops/arithmetic.ts";
import { sum } from "../../src/ops/broadcast.ts";
import { interpreterRuntime, type Job, type Prepared } from "../../src/runtime.ts";
import { sizeOf } from "../../src/shape.ts";
import { filled } from "../samples/arrays.ts";
import { samplesOf } from "../samples/samples.ts";
import { floatsAs } from "../sweep/arrays.ts";
import { opRecords } from "../sweep/op-records.ts";
import { asDrawn } from "./as-drawn.ts";
import { LitteredRuntime } from "./littered-runtime.ts";

const records = (await opRecords()).map(({ op }) => op);
const runtime = new LitteredRuntime();

const job = (inputs: readonly Tensor[], outputs: readonly Tensor[]): Job => ({
  inputs,
  outputs,
  updates: [],
  checkNumerics: false,
  disabled: new Set(),
});

/** Prepares and runs with the reference implementation of each op taken away. */
function runAlone(ops: Iterable<Op>, work: Job, values: readonly NDArray[]): Prepared {
  const spies = [...new Set(ops)].map((op) =>
    vi.spyOn(op, "evaluate").mockImplementation(() => {
      throw new Error(`${op.name} was interpreted`);
    }),
  );
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  expect(() => interpreterRuntime.prepare(asDrawn(work)).run(values)).toThrow("was interpreted");
  const prepared = runtime.prepare(asDrawn(work));
  prepared.run(values);
  return prepared;
}

/** What a sample's operands are in another dtype, where the op takes it. */
function typed(
  op: Op,
  dtype: DType,
): { readonly values: readonly NDArray[]; readonly attributes: unknown }[] {
  return samplesOf(op).map(({ operands, attributes }) => ({
    values: operands.map((value) => floatsAs(value, dtype)),
    attributes,
  }));
}

test.each(records.map((op) => [op.name, op] as const))("%s compiles", (_, op) => {
  for (const dtype of ["f64", "f32"] as const) {
    for (const { values, attributes } of typed(op, dtype)) {
      const inputs = values.map((value, i) => input(`x${i}`, value.shape, value.dtype));
      const y = apply(op, inputs, attributes);
      const prepared = runAlone([op], job(inputs, [y]), values);
      // A view of an input is copied out; what computes has a kernel.
      if (sizeOf(y.shape) > 0) expect(prepared.report().kernels).toBeGreaterThan(0);
    }
  }
});

test("loops, checkpoints, literals and parameters compile, and so do their gradients", () => {
  const w = parameter("w", filled([2]));
  const x = input("x", [3, 2], "f64");
  const step = (h: Tensor, row: Tensor) => {
    const next = checkpoint((t: Tensor) => mul(t, w))(add(h, row));
    return { carry: next, y: next };
  };
  const { carry, ys } = scan(step, { init: filled([2]), xs: x, checkpoint: 2 });
  const outputs = [carry, ys, ...Object.values(grad(sum(mul(carry, ys)), { w, x }))];
  runAlone([...records, constantOp, w.op, ys.op, carry.op], job([x], outputs), [filled([3, 2])]);
});
