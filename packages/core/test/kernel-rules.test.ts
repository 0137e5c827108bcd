/** What targets are told about an op is what the reference does: every op record, at every sample, in every dtype. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DType, isFloat } from "../src/dtype.ts";
import { DTypeError } from "../src/errors.ts";
import type { Layout } from "../src/graph/kernel-rule.ts";
import { constantOp, input, inputOp, parameterOp, placeholderOp } from "../src/graph/leaves.ts";
import type { Op } from "../src/graph/op.ts";
import type { TensorType } from "../src/graph/tensor.ts";
import { callOp } from "../src/loops/checkpoint.ts";
import { loopOp } from "../src/loops/loop.ts";
import { array, type NDArray } from "../src/ndarray.ts";
import { castOp } from "../src/ops/cast.ts";
import { arangeOp } from "../src/ops/indexing.ts";
import { reshapeLayout } from "../src/ops/layout.ts";
import { reluOp } from "../src/ops/piecewise.ts";
import { randomUnitOp } from "../src/ops/random.ts";
import { flipOp, sliceOp } from "../src/ops/rearrange.ts";
import { patchesOp } from "../src/ops/windows.ts";
import { computeByRule, denseLayout, offsetsOf, placements } from "./kernel-rules/compute.ts";
import type { Sample } from "./samples/arrays.ts";
import { booleans, filled, integers, sample, specials } from "./samples/arrays.ts";
import { samplesOf } from "./samples/samples.ts";
import { opRecords } from "./sweep/op-records.ts";

const records = await opRecords();
const dtypes: readonly DType[] = ["f64", "f32", "i32", "bool"];

const typeOf = (op: Op, operands: readonly NDArray[], attributes: unknown): TensorType =>
  op.infer(
    operands.map(({ shape, dtype }, i) => input(`x${i}`, shape, dtype)),
    attributes,
  )[0]!;

const noBody = () => {
  throw new Error("no op with samples has a body");
};
const evaluate = (op: Op, operands: readonly NDArray[], attributes: unknown, type: TensorType): NDArray =>
  op.evaluate(operands, attributes, { types: [type], wanted: [0], prepare: noBody })[0]!;

const converted = (x: NDArray, dtype: DType): NDArray =>
  x.dtype === dtype ? x : evaluate(castOp, [x], { dtype }, { shape: x.shape, dtype });

/** A sample in each dtype that the op takes in the place of its floats. */
function variants(op: Op, { operands, attributes }: Sample): (Sample & { readonly name: string })[] {
  const given = operands.find(({ dtype }) => isFloat(dtype));
  if (!given) return [{ name: "as it is", operands, attributes }];
  return dtypes
    .map((dtype) => ({
      name: dtype,
      operands: operands.map((x) => (isFloat(x.dtype) ? converted(x, dtype) : x)),
      attributes,
    }))
    .filter((variant) => {
      try {
        return typeOf(op, variant.operands, attributes);
      } catch (error) {
        if (error instanceof DTypeError) return false;
        throw error;
      }
    });
}

/** Zeros and infinities with their signs, and NaN, are the same; other numbers are close. */
function compare(label: string, actual: NDArray, expected: NDArray, relative: number): void {
  expect([label, actual.dtype, actual.shape]).toEqual([label, expected.dtype, expected.shape]);
  expected.data.forEach((e: number, i: number) => {
    const a = actual.data[i]!;
    const close = e !== 0 && Number.isFinite(e) && Math.abs(a - e) <= relative * Math.abs(e);
    if (!close) expect([label, i, a]).toEqual([label, i, e]);
  });
}

/** @throws Error where rule and reference differ; gives the number of placements of operands that there were */
function checkRule(op: Op, { operands, attributes }: Sample): number {
  const type = typeOf(op, operands, attributes);
  const expected = evaluate(op, operands, attributes, type);
  const map = op.kernel.kind === "map";
  const relative = !map || !isFloat(type.dtype) ? 0 : type.dtype === "f32" ? 1e-6 : 1e-12;
  const checked = Object.entries(placements).filter(([name, place]) => {
    const actual = computeByRule(op, operands.map(place), attributes, type);
    if (actual) compare(`${op.name}, ${name}`, actual, expected, relative);
    return actual;
  });
  return checked.length;
}

describe.each(records.map(({ op }) => [op.name, op] as const))("%s", (_, op) => {
  const cases = samplesOf(op).flatMap((given, i) =>
    variants(op, given).map((variant) => [`sample ${i}, ${variant.name}`, variant] as const),
  );
  test.each(cases)("%s", (__, variant) => {
    expect(checkRule(op, variant)).toBeGreaterThan(0);
  });
});

/** Attributes and dtypes that the samples leave out. */
const more: Record<string, [op: Op, sample: Sample]> = {
  "cast of doubles to f32": [castOp, sample([specials()], { dtype: "f32" })],
  "cast of integers to f32": [castOp, sample([integers([16777217, -3])], { dtype: "f32" })],
  "cast of integers to bool": [castOp, sample([integers([-3, 0])], { dtype: "bool" })],
  "cast of booleans to i32": [castOp, sample([booleans([true, false])], { dtype: "i32" })],
  "arange past the last integer": [
    arangeOp,
    sample([], { start: 2147483646, step: 1, length: 4, dtype: "i32" }),
  ],
  "arange with integers of a fraction": [
    arangeOp,
    sample([], { start: 0, step: 0.5, length: 4, dtype: "i32" }),
  ],
  "arange rounded once": [arangeOp, sample([], { start: 0.1, step: 0.1, length: 99, dtype: "f32" })],
  "arange beyond integers": [arangeOp, sample([], { start: 3e9, step: 300, length: 5, dtype: "f32" })],
  "arange of nothing": [arangeOp, sample([], { start: 0, step: 1, length: 0, dtype: "f64" })],
  "random numbers, none": [randomUnitOp, sample([integers([1, 2])], { shape: [0], dtype: "f32" })],
  "random number, one": [randomUnitOp, sample([integers([1, 2])], { shape: [], dtype: "f64" })],
  "slice of a scalar": [sliceOp, sample([filled([])], { starts: [], sizes: [], strides: [] })],
  "flip of one axis": [flipOp, sample([filled([2, 3, 2])], { axes: [1] })],
  "patches of no images": [
    patchesOp,
    sample([filled([0, 1, 2, 2])], { size: [1, 1], stride: [1, 1], dilation: [1, 1] }),
  ],
};

test.each(Object.entries(more))("%s", (_, [op, given]) => {
  expect(checkRule(op, given)).toBe(3);
});

test("arange in f32 is rounded once, as the reference rounds", () => {
  const attributes = { start: 0.1, step: 0.1, length: 99, dtype: "f32" };
  const type: TensorType = { shape: [99], dtype: "f32" };
  expect(computeByRule(arangeOp, [], attributes, type)).toEqual(evaluate(arangeOp, [], attributes, type));
});

test("a wrong rule is noticed, in a sign of zero too", () => {
  const checkWith = (kernel: Op["kernel"], x: number) =>
    checkRule({ ...reluOp, kernel }, { operands: [array([x])], attributes: undefined });
  expect(() => checkWith({ kind: "map", emit: (e, [x]) => e.apply("abs", x!) }, -1)).toThrow();
  expect(() => checkWith({ kind: "view", view: (x) => x }, -0)).toThrow();
  expect(checkWith(reluOp.kernel, -0)).toBe(3);
});

test("values from outside and ops with bodies are named", () => {
  const kinds = [constantOp, parameterOp, inputOp, placeholderOp, loopOp, callOp].map(
    ({ kernel }) => kernel.kind,
  );
  expect(kinds).toEqual(["constant", "parameter", "bound", "bound", "loop", "call"]);
});

describe("reshape as a view", () => {
  test("of a dense tensor is dense", () => {
    for (const shape of [[24], [2, 1, 12], [4, 3, 2, 1], [1, 1, 24]])
      expect(reshapeLayout(denseLayout({ shape: [2, 3, 4] }), shape)).toEqual(denseLayout({ shape }));
  });

  test("exists exactly where strides can say it", () => {
    /** Strides from the elements themselves: where an axis' second element lies. */
    const searched = (x: Layout, shape: readonly number[]): Layout | undefined => {
      const offsets = offsetsOf(x);
      const unit = denseLayout({ shape }).strides;
      const strides = shape.map((n, axis) => (n > 1 ? offsets[unit[axis]!]! - offsets[0]! : 0));
      const view = { offset: x.offset, shape, strides };
      return offsetsOf(view).every((at, i) => at === offsets[i]) ? view : undefined;
    };
    const stride = fc.constantFrom(-4, -2, -1, 0, 1, 2, 3, 4, 6, 12);
    const shapes = [
      [24],
      [2, 12],
      [12, 2],
      [4, 6],
      [3, 8],
      [2, 3, 4],
      [4, 3, 2],
      [2, 1, 2, 6],
      [1, 8, 1, 3, 1],
    ];
    const layout = fc.constantFrom(...shapes).chain((shape) => {
      const free = fc.tuple(...shape.map(() => stride));
      const strides = fc.oneof(free, fc.constantFrom(denseLayout({ shape }).strides));
      return fc.record({ offset: fc.nat(5), shape: fc.constant(shape), strides });
    });
    let found = 0;
    fc.assert(
      fc.property(layout, fc.constantFrom(...shapes), (x, shape) => {
        const view = reshapeLayout(x, shape);
        const expected = searched(x, shape);
        if (expected) found++;
        expect(view && offsetsOf(view)).toEqual(expected && offsetsOf(expected));
      }),
      { numRuns: 2000 },
    );
    expect(found).toBeGreaterThan(100);
  });
});
