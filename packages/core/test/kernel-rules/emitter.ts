import { type DType, isFloat } from "../../src/dtype.ts";
import type { Emitter, Scalar, ScalarFunction } from "../../src/graph/kernel-rule.ts";
import { emptyArray, type NDArray } from "../../src/ndarray.ts";
import { erfOp } from "../../src/ops/error-function.ts";

/** The value of one element. */
export interface Value extends Scalar {
  readonly value: number;
}

/** A number as a dtype holds it. */
const stored = (value: number, dtype: DType): number => {
  if (dtype === "f32") return Math.fround(value);
  return dtype === "i32" ? value | 0 : dtype === "bool" ? Number(value !== 0) : value;
};

const nearestEven = (x: number): number => {
  const near = Math.abs(x) < 2 ** 52 ? Math.abs(x) + 2 ** 52 - 2 ** 52 : Math.abs(x);
  return x < 0 || Object.is(x, -0) ? -near : near;
};

/** The op itself: there is no second error function in JavaScript. */
function errorFunction(x: number): number {
  const operand: NDArray = emptyArray("f64", []);
  operand.data[0] = x;
  const types = [{ shape: [], dtype: "f64" as const }];
  return erfOp.evaluate([operand], undefined, { types, wanted: [0], prepare: () => () => [] })[0]!.item();
}

const functions: Record<ScalarFunction, (x: number) => number> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sigmoid: (x) => (x < -700 ? Math.exp(x) : 1 / (1 + Math.exp(-x))),
  softplus: (x) => (x > 40 ? x : Math.log1p(Math.exp(x))),
  erf: errorFunction,
  floor: Math.floor,
  round: nearestEven,
  abs: Math.abs,
  neg: (x) => -x,
};

const comparisons = {
  equal: (a: number, b: number) => a === b,
  notEqual: (a: number, b: number) => a !== b,
  less: (a: number, b: number) => a < b,
  lessEqual: (a: number, b: number) => a <= b,
  greater: (a: number, b: number) => a > b,
  greaterEqual: (a: number, b: number) => a >= b,
};

const operations = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  min: Math.min,
  max: Math.max,
  pow: (a: number, b: number) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
};

const bitwise = {
  and: (a: number, b: number) => a & b,
  or: (a: number, b: number) => a | b,
  xor: (a: number, b: number) => a ^ b,
};

const INTEGERS = { low: -(2 ** 31), high: 2 ** 31 - 1 };

function converted(x: number, dtype: DType): number {
  if (dtype !== "i32") return stored(x, dtype);
  return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), INTEGERS.low), INTEGERS.high);
}

/** Refuses what targets need not compile. */
function expect(what: string, allowed: boolean): void {
  if (!allowed) throw new Error(`the emitter has no ${what}`);
}

const make = (value: number, dtype: DType): Value => ({ dtype, value: stored(value, dtype) });
const valueOf = (x: Scalar): number => (x as Value).value;
const takes = (what: string, dtypes: readonly DType[], ...xs: readonly Scalar[]): void =>
  xs.forEach(({ dtype }) => {
    expect(`${what} of ${xs.map((x) => x.dtype)}`, dtypes.includes(dtype) && dtype === xs[0]!.dtype);
  });

const FLOATS: DType[] = ["f32", "f64"];
const NUMBERS: DType[] = [...FLOATS, "i32"];
const ALL: DType[] = [...NUMBERS, "bool"];

/** Computes the element at `position` while an op describes it; every step is rounded to its dtype. */
export const referenceEmitter = (position: number): Emitter => ({
  constant(value, dtype) {
    const constant = make(value, dtype);
    const exact = Object.is(constant.value, value) || dtype === "f32";
    expect(
      `${dtype} ${value}`,
      exact && !(dtype === "f32" && !Number.isFinite(constant.value) && Number.isFinite(value)),
    );
    return constant;
  },
  position: () => make(position, "i32"),
  apply(name, x) {
    takes(name, FLOATS, x);
    return make(functions[name](valueOf(x)), x.dtype);
  },
  combine(name, a, b) {
    takes(name, name === "div" || name === "pow" ? FLOATS : NUMBERS, a, b);
    if (name === "mul" && !isFloat(a.dtype)) return make(Math.imul(valueOf(a), valueOf(b)), "i32");
    return make(operations[name](valueOf(a), valueOf(b)), a.dtype);
  },
  compare(name, a, b) {
    takes(name, NUMBERS, a, b);
    return make(Number(comparisons[name](valueOf(a), valueOf(b))), "bool");
  },
  bits(name, a, b) {
    takes(name, ["i32", "bool"], a, b);
    return make(bitwise[name](valueOf(a), valueOf(b)), a.dtype);
  },
  not(x) {
    takes("not", ["i32", "bool"], x);
    return make(x.dtype === "bool" ? 1 - valueOf(x) : ~valueOf(x), x.dtype);
  },
  shift(direction, x, bits) {
    takes("shift", ["i32"], x);
    expect(`shift by ${bits}`, bits > 0 && bits < 32);
    return make(direction === "left" ? valueOf(x) << bits : valueOf(x) >>> bits, "i32");
  },
  choose(condition, a, b) {
    takes("choice", ["bool"], condition);
    takes("choice", ALL, a, b);
    return valueOf(condition) ? a : b;
  },
  cast: (x, dtype) => make(converted(valueOf(x), dtype), dtype),
});

/** An operand's element. */
export const element = (value: number, dtype: DType): Value => make(value, dtype);
