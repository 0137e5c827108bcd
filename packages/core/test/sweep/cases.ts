import { grad, vjp } from "../../src/autodiff/gradient.ts";
import { type DType, isFloat } from "../../src/dtype.ts";
import { constant, input } from "../../src/graph/leaves.ts";
import { apply, type Op } from "../../src/graph/op.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { array, emptyArray, type NDArray } from "../../src/ndarray.ts";
import { add, mul } from "../../src/ops/arithmetic.ts";
import { sum } from "../../src/ops/broadcast.ts";
import type { Sample } from "../samples/arrays.ts";
import { samplesOf } from "../samples/samples.ts";
import { floatsAs, largest, weights } from "./arrays.ts";
import { checkOrders } from "./check-orders.ts";
import { assertClose } from "./compare.ts";
import { decode, type OpFixture, sameValue } from "./fixtures.ts";
import type { OpRecordFound } from "./op-records.ts";
import { interpreter, type Target } from "./target.ts";

/** One test of the sweep. */
export interface Case {
  readonly op: string;
  readonly file: string;
  readonly name: string;
  readonly run: () => void;
}

/** Ops that add up many elements, whose rounding is that of the largest of them. */
const ACCUMULATING = new Set(["sum", "cumsum", "matmul", "scatterAdd", "unpatches"]);

/** Of zeros with different signs either one is the extreme: NumPy's choice depends on its loops, IEEE 754 has no order. */
const EITHER_ZERO = new Set(["max", "min"]);

/** An op whose gradient is whatever the user says. */
const USER_RULE = "customGradient";

/** A sample as a graph. */
interface Drawn {
  readonly op: Op;
  readonly sample: Sample;
  readonly values: readonly NDArray[];
  readonly inputs: readonly Tensor[];
  readonly y: Tensor;
  /** Which operands are floats. */
  readonly wrt: readonly number[];
}

function draw(op: Op, sample: Sample, dtype: DType): Drawn {
  const values = sample.operands.map((value) => floatsAs(value, dtype));
  const inputs = values.map((value, i) => input(`x${i}`, value.shape, value.dtype));
  const wrt = values.map((_, i) => i).filter((i) => isFloat(values[i]!.dtype));
  return { op, sample, values, inputs, wrt, y: apply(op, inputs, sample.attributes) };
}

const gradientsOf = ({ y, inputs, wrt }: Drawn, cotangent: NDArray): readonly Tensor[] =>
  vjp(
    y,
    wrt.map((i) => inputs[i]!),
    constant(cotangent),
  ) as readonly Tensor[];

const hasGradient = ({ op, y, wrt }: Drawn): boolean =>
  op.differentiable && isFloat(y.dtype) && wrt.length > 0;

/** Whether nothing in a sample overflows, is infinite or is not a number. */
const isModerate = ({ values, y, inputs }: Drawn): boolean => {
  const results = interpreter.prepare([y], inputs)(values);
  return [...values, ...results].every(({ data }) => data.every((x: number) => Math.abs(x) <= 1e3));
};

/** Every test of every op: run them with `run`. */
export function sweepCases(
  target: Target,
  records: readonly OpRecordFound[],
  fixtures: readonly OpFixture[],
): Case[] {
  return records.flatMap(({ op, file }) => {
    const own = fixtures.filter((fixture) => fixture.op === op.name);
    const tests = samplesOf(op).flatMap((sample, i) =>
      sampleTests(target, op, sample, own[i]).map(({ name, run }) => ({ name: `sample ${i}: ${name}`, run })),
    );
    return [...completeness(op, own), ...tests].map((test) => ({ op: op.name, file, ...test }));
  });
}

type Test = Pick<Case, "name" | "run">;

/** An op without a float operand, or without a float result, at any of its samples says that it has no gradient. */
function checkNoPath(op: Op): void {
  const drawn = samplesOf(op).map((sample) => draw(op, sample, "f64"));
  const operands = drawn.some(({ values }) => values.length > 0);
  if (op.differentiable && operands && !drawn.some(({ wrt, y }) => wrt.length > 0 && isFloat(y.dtype)))
    throw new Error(`${op.name}: a gradient rule that nothing reaches`);
}

function completeness(op: Op, fixtures: readonly OpFixture[]): Test[] {
  const run = (): void => {
    if (samplesOf(op).length === 0) throw new Error(`${op.name} has no samples`);
    const alike = samplesOf(op).every(({ operands }, i) =>
      operands.every((value, k) => fixtures[i] && sameValue(value, decode(fixtures[i].operands[k]!))),
    );
    if (fixtures.length === samplesOf(op).length && alike) return;
    throw new Error(`${op.name}: samples and fixtures differ: see scripts/fixtures/ops.py`);
  };
  const differenced = (): void => {
    if (!op.differentiable || op.name === USER_RULE) return;
    const drawn = samplesOf(op).map((sample) => draw(op, sample, "f64"));
    const floating = drawn.filter(({ wrt, y }) => wrt.length > 0 && isFloat(y.dtype));
    if (drawn.some(({ wrt }) => wrt.length > 0) && !floating.some(isModerate))
      throw new Error(`${op.name} has no sample at which differences can be taken`);
  };
  return [
    { name: "has samples, and outside values for each", run },
    { name: "has a sample for differences", run: differenced },
    { name: "has a gradient rule only where one can be used", run: () => checkNoPath(op) },
  ];
}

function sampleTests(target: Target, op: Op, sample: Sample, fixture: OpFixture | undefined): Test[] {
  const drawn = draw(op, sample, "f64");
  const tests: Test[] = [
    { name: "values", run: () => checkValues(target, op, sample, fixture) },
    { name: "f32 values", run: () => checkSingle(target, drawn) },
  ];
  if (/^(bool )?\[\.\.\.s\](, \[\.\.\.s\])* → \[\.\.\.s\]$/.test(op.rule))
    tests.push({ name: "zero size", run: () => checkEmpty(target, op, sample) });
  if (!hasGradient(drawn)) return [...tests, { name: "no gradient", run: () => checkNone(target, drawn) }];
  if (op.name === USER_RULE) return tests;
  tests.push({ name: "gradients", run: () => checkGradients(target, drawn, fixture) });
  if (!isModerate(drawn)) return tests;
  return [
    ...tests,
    { name: "differences", run: () => checkSides(target, drawn) },
    { name: "f32 gradients", run: () => checkSingleGradients(target, drawn) },
  ];
}

/** The rounding of sums over the operands' elements. */
const scaleOf = (op: Op, values: readonly NDArray[]): number =>
  ACCUMULATING.has(op.name) ? values.reduce((scale, { data }) => scale * Math.max(1, largest(data)), 10) : 0;

function checkValues(target: Target, op: Op, sample: Sample, fixture: OpFixture | undefined): void {
  const { operands, attributes } = sample;
  const inputs = operands.map((value, i) => input(`x${i}`, value.shape, value.dtype));
  const y = apply(op, inputs, attributes);
  const [result] = target.prepare([y], inputs)(operands);
  assertClose("inferred type", result!, emptyLike(y, result!), { relative: Infinity, absolute: Infinity });
  const absolute = 5e-324 + scaleOf(op, operands) * 2e-16;
  const signedZeros = !EITHER_ZERO.has(op.name);
  assertClose(op.name, result!, decode(fixture!.result), { relative: 9e-16, absolute, signedZeros });
}

/** The type that was inferred with the values that came. */
const emptyLike = ({ dtype, shape }: Tensor, { data }: NDArray): NDArray => {
  const expected = emptyArray(dtype, shape);
  expected.data.set(data.subarray(0, expected.data.length));
  return expected;
};

/** In `f32` on `target` against doubles on the interpreter, on the same rounded operands. */
function checkSingle(target: Target, { op, sample }: Drawn): void {
  const single = draw(op, sample, "f32");
  const [result] = target.prepare([single.y], single.inputs)(single.values);
  const double = draw(op, { ...sample, operands: single.values }, "f64");
  const [exact] = interpreter.prepare([double.y], double.inputs)(double.values);
  const expected = array(exact!, { dtype: single.y.dtype });
  const absolute = 2 ** -149 + scaleOf(op, single.values) * 2 ** -24;
  assertClose(op.name, result!, expected, { relative: 2 ** -22, absolute });
}

function checkEmpty(target: Target, op: Op, sample: Sample): void {
  if (sample.operands[0]!.shape.length === 0) return;
  const operands = sample.operands.map(({ dtype, shape }) => emptyArray(dtype, [0, ...shape.slice(1)]));
  const drawn = draw(op, { operands, attributes: sample.attributes }, "f64");
  const [result] = target.prepare([drawn.y], drawn.inputs)(drawn.values);
  assertClose(op.name, result!, emptyArray(drawn.y.dtype, operands[0]!.shape), { relative: 0 });
  if (!hasGradient(drawn)) return;
  const gradients = gradientsOf(drawn, emptyArray("f64", drawn.y.shape));
  target
    .prepare(
      gradients,
      drawn.inputs,
    )(drawn.values)
    .forEach((gradient, i) => {
      assertClose(`gradient ${i}`, gradient, drawn.values[drawn.wrt[i]!]!, { relative: 0 });
    });
}

/** Nothing flows: the rule gives none, and `vjp` zeros. */
function checkNone(target: Target, drawn: Drawn): void {
  const { op, y, inputs, wrt, values } = drawn;
  if (op.differentiable && isFloat(y.dtype) && wrt.length === 0) return;
  if (!op.differentiable) {
    const needed = inputs.map(() => true);
    const pulled = op.pull([y], y.node, { pullback: () => [], needed });
    if (pulled.some((gradient) => gradient !== undefined)) throw new Error(`${op.name} has a gradient`);
  }
  // A loss past an op without derivatives: a sum of the operand itself keeps the path alive.
  for (const i of wrt) {
    const loss = add(sum(inputs[i]!), mul(sum(mul(y, 1)), isFloat(y.dtype) ? 1 : 0));
    if (!isFloat(loss.dtype)) continue;
    const [gradient] = target.prepare([grad(loss, inputs[i]!)], inputs)(values);
    const ones = emptyArray(inputs[i]!.dtype, inputs[i]!.shape);
    ones.data.fill(1);
    assertClose(`${op.name}: gradient past it`, gradient!, ones, { relative: 0 });
  }
}

function checkGradients(target: Target, drawn: Drawn, fixture: OpFixture | undefined): void {
  const { op, y, inputs, values, wrt } = drawn;
  const cotangent = weights(y.shape);
  const results = target.prepare(gradientsOf(drawn, cotangent), inputs)(values);
  const absolute = 1e-300 + scaleOf(op, [...values, cotangent]) * 2e-16;
  wrt.forEach((operand, i) => {
    const { shape } = values[operand]!;
    const expected = fixture?.gradients?.[operand];
    if (!expected) {
      // Operands that are integers in the fixture: only the type is checked.
      assertClose(`gradient ${operand}`, results[i]!, { ...results[i]!, dtype: "f64", shape } as NDArray, {
        relative: 0,
      });
      return;
    }
    const value = decode({ dtype: "f64", shape, data: expected });
    assertClose(`gradient ${operand}`, results[i]!, value, { relative: 1e-12, absolute });
  });
}

/** The derivative is taken on one side of every kink. */
function checkSides(target: Target, { op, y, inputs, values, wrt, sample }: Drawn): void {
  const forward = interpreter.prepare([y], inputs);
  const decided = (operands: readonly NDArray[]): string =>
    Array.from(op.decide?.(operands, forward(operands)[0]!, sample.attributes) ?? []).join();
  const here = decided(values);
  const watch = (operands: readonly NDArray[]): void => {
    if (decided(operands) !== here) throw new Error(`${op.name}: a sample at a kink`);
  };
  checkOrders(target, { inputs, values, wrt, outputs: [y], watch });
}

function checkSingleGradients(target: Target, { op, sample }: Drawn): void {
  const single = draw(op, sample, "f32");
  const dtype = single.y.dtype;
  const gradients = gradientsOf(single, weights(single.y.shape, dtype));
  const results = target.prepare(gradients, single.inputs)(single.values);
  const double = draw(op, { ...sample, operands: single.values }, "f64");
  const exact = interpreter.prepare(
    gradientsOf(double, weights(double.y.shape)),
    double.inputs,
  )(double.values);
  exact.forEach((value, i) => {
    const expected = array(value, { dtype: "f32" });
    const absolute = 2e-6 * largest(expected.data);
    assertClose(`gradient ${double.wrt[i]}`, results[i]!, expected, { relative: 1e-6, absolute });
  });
}
