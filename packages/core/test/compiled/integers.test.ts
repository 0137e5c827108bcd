/** Whole numbers and booleans over their whole range: every op gives the same bits in both targets, or refuses both. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { type DType, isFloat } from "../../src/dtype.ts";
import { DTypeError } from "../../src/errors.ts";
import { input } from "../../src/graph/leaves.ts";
import { apply, type Op } from "../../src/graph/op.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { array, cast, compile, cumsum, dot, einsum, evaluate, matmul, scatterAdd } from "../../src/index.ts";
import { plan } from "../../src/interpreter.ts";
import { sizeOf } from "../../src/shape.ts";
import type { Sample } from "../samples/arrays.ts";
import { samplesOf } from "../samples/samples.ts";
import { opRecords } from "../sweep/op-records.ts";
import { asDrawn } from "./as-drawn.ts";
import { LitteredRuntime } from "./littered-runtime.ts";
import { expectRounded } from "./rounding.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());
const records = (await opRecords()).map(({ op }) => op);

const EXTREMES = [0, 1, -1, 2, 46341, 65536, 123456789, 2 ** 31 - 1, -(2 ** 31), 1 - 2 ** 31];

/** A sample whose floats have become `dtype`; undefined where the op refuses that. */
function drawn(op: Op, { operands, attributes }: Sample, dtype: DType): Tensor | undefined {
  if (!operands.some((operand) => isFloat(operand.dtype))) return undefined;
  const inputs = operands.map((x, i) => input(`x${i}`, x.shape, isFloat(x.dtype) ? dtype : x.dtype));
  try {
    return apply(op, inputs, attributes);
  } catch (error) {
    if (error instanceof DTypeError) return undefined;
    throw error;
  }
}

const number = fc.oneof(fc.constantFrom(...EXTREMES), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));

describe.each(["i32", "bool"] as const)("%s", (dtype) => {
  const taken = records.flatMap((op) =>
    samplesOf(op).flatMap((sample) => {
      const y = drawn(op, sample, dtype);
      return y ? [{ name: op.name, sample, y }] : [];
    }),
  );

  test.each(taken.map(({ name, sample, y }) => [name, sample, y] as const))("%s", (_, { operands }, y) => {
    const inputs = y.node.inputs;
    const reference = plan([y], inputs);
    const job = runtime.prepare(
      asDrawn({ inputs, outputs: [y], updates: [], checkNumerics: false, disabled: new Set() }),
    );
    const values = fc.tuple(
      ...operands.map((x) => {
        if (!isFloat(x.dtype)) return fc.constant(x);
        const count = sizeOf(x.shape);
        return fc
          .array(dtype === "i32" ? number : fc.nat({ max: 1 }), { minLength: count, maxLength: count })
          .map((data) => array(data, { shape: x.shape, dtype }));
      }),
    );
    fc.assert(
      fc.property(values, (arrays) => {
        expectRounded(job.run(arrays), reference(arrays), 4);
      }),
      runs(6),
    );
    job.dispose();
  });
});

test("sums of products wrap, as NumPy's do", () => {
  // np.int32: [[2**31-1, 123456789, -7]] @ [[2**31-1], [987654321], [46341]], and the same repeated.
  const a = array([2 ** 31 - 1, 123456789, -7], { dtype: "i32" });
  const b = array([2 ** 31 - 1, 987654321, 46341], { dtype: "i32" });
  const outputs = [dot(a, b), matmul(a, b), einsum("i,i->", a, b)];
  const wrapped = Number(
    BigInt.asIntN(
      32,
      [0, 1, 2].reduce((sum, i) => sum + BigInt(a.data[i]!) * BigInt(b.data[i]!), 0n),
    ),
  );
  expect(evaluate(outputs).map((y) => y.item())).toEqual([wrapped, wrapped, wrapped]);
  expect(compile({ outputs, runtime })().map((y) => y.item())).toEqual([wrapped, wrapped, wrapped]);
});

test("booleans are counted by cumsum, as in NumPy and PyTorch, and not added by scatterAdd", () => {
  const x = input("x", [4], "bool");
  const feeds = { x: [true, true, false, true] };
  const y = cumsum(x);
  const values = [evaluate(y, feeds), compile({ inputs: { x }, outputs: { y }, runtime })(feeds).y];
  for (const value of values) expect([value.dtype, value.toNested()]).toEqual(["i32", [1, 2, 2, 3]]);
  expect(() => scatterAdd(x, [0], [true])).toThrow(DTypeError);
  const counted = scatterAdd(cast(x, "i32"), [0, 0], [1, 1]);
  expect(evaluate(counted, feeds).toNested()).toEqual([3, 1, 0, 1]);
});
