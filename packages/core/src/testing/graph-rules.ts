import { clip, gelu, leakyRelu } from "../functions/activation.ts";
import { expandDims, tile } from "../functions/arrangement.ts";
import { logSoftmax, logSumExp, norm, prod, softmax, variance } from "../functions/statistics.ts";
import { constant } from "../graph/leaves.ts";
import type { Tensor } from "../graph/tensor.ts";
import { array } from "../ndarray.ts";
import { add, div, mul, neg, square, sub } from "../ops/arithmetic.ts";
import { broadcastTo, sum } from "../ops/broadcast.ts";
import { cast } from "../ops/cast.ts";
import { greater, maximum, minimum, where } from "../ops/comparison.ts";
import { named, stopGradient } from "../ops/control.ts";
import { dynamicSlice, dynamicUpdateSlice } from "../ops/dynamic-slice.ts";
import { erf } from "../ops/error-function.ts";
import {
  cos,
  exp,
  expm1,
  log,
  log1p,
  pow,
  rsqrt,
  sigmoid,
  sin,
  softplus,
  sqrt,
  tanh,
} from "../ops/exponential.ts";
import { scatterAdd, take } from "../ops/indexing.ts";
import { matmul } from "../ops/matmul.ts";
import { abs, floor, relu, round, sign } from "../ops/piecewise.ts";
import { concat, flip, pad, slice } from "../ops/rearrange.ts";
import { argmax, cumsum, max, min } from "../ops/reduction.ts";
import { reshape, transpose } from "../ops/reshape.ts";
import { broadcastShapes, type Shape, sameShape, sizeOf } from "../shape.ts";

/** A tensor of a random graph and a number that none of its elements exceeds in size. */
export interface Value {
  readonly tensor: Tensor;
  readonly bound: number;
  readonly label: string;
}

/** What a rule makes of two earlier tensors and a whole number: a tensor and its bound. */
type Rule = (a: Value, b: Value, at: number) => readonly [tensor: Tensor, bound: number];

const rank = ({ tensor }: Value): number => tensor.shape.length;

/** A positive tensor: `x² + ½`. */
const positive = ({ tensor }: Value): Tensor => add(square(tensor), 0.5);

/** Any tensor in any shape: broadcast where that is possible, its scaled sum otherwise. */
export function fitted(x: Tensor, shape: Shape): Tensor {
  const common = broadcastShapes(x.shape, shape);
  if (common && sameShape(common, shape)) return broadcastTo(x, shape);
  return broadcastTo(div(sum(x), Math.max(1, sizeOf(x.shape))), shape);
}

/** The second operand in a shape that meets the first one's. */
const beside = (a: Tensor, b: Tensor): Tensor => (broadcastShapes(a.shape, b.shape) ? b : fitted(b, a.shape));

/** A tensor with at least `least` axes. */
function ranked(x: Tensor, least: number): Tensor {
  const missing = Math.max(0, least - x.shape.length);
  return missing === 0 ? x : reshape(x, [...new Array<number>(missing).fill(1), ...x.shape]);
}

const axisOf = (x: Tensor, at: number): number => at % x.shape.length;

const along = (f: (x: Tensor, axis: number) => Tensor, bound: (a: Value, length: number) => number): Rule => {
  return (a, _, at) => {
    const x = ranked(a.tensor, 1);
    const axis = axisOf(x, at);
    return x.shape[axis] === 0 ? [x, a.bound] : [f(x, axis), bound(a, x.shape[axis]!)];
  };
};

const unary =
  (f: (x: Tensor) => Tensor, bound: (most: number) => number = (most) => most): Rule =>
  (a) => [f(a.tensor), bound(a.bound)];

const binary =
  (f: (a: Tensor, b: Tensor) => Tensor, bound: (a: number, b: number) => number): Rule =>
  (a, b) => [f(a.tensor, beside(a.tensor, b.tensor)), bound(a.bound, b.bound)];

const both = (a: number, b: number): number => Math.max(a, b);

const rows = (at: number, length: number): Tensor =>
  constant(array(Int32Array.of(at % length, (at * 7 + 1) % length, at % length)));

const mask = (shape: Shape, at: number): Tensor =>
  constant(
    array(
      Uint8Array.from({ length: sizeOf(shape) }, (_, i) => (i * 5 + at) % 2),
      { shape, dtype: "bool" },
    ),
  );

const elementwise: Record<string, Rule> = {
  add: binary(add, (a, b) => a + b),
  sub: binary(sub, (a, b) => a + b),
  mul: binary(mul, (a, b) => a * b),
  div: binary((a, b) => div(a, add(square(b), 1)), both),
  twice: unary(
    (x) => mul(x, x),
    (most) => most * most,
  ),
  neg: unary(neg),
  square: unary(square, (most) => most * most),
  exp: unary(exp, Math.exp),
  expm1: unary(expm1, Math.exp),
  log: (a) => [log(positive(a)), Math.log(a.bound * a.bound + 2)],
  log1p: (a) => [log1p(square(a.tensor)), Math.log(a.bound * a.bound + 2)],
  sqrt: (a) => [sqrt(positive(a)), a.bound + 1],
  rsqrt: (a) => [rsqrt(positive(a)), 1.5],
  pow: (a, b) => [
    pow(positive(a), mul(beside(a.tensor, b.tensor), 1 / Math.max(1, b.bound))),
    a.bound * a.bound + 2,
  ],
  tanh: unary(tanh, () => 1),
  sigmoid: unary(sigmoid, () => 1),
  softplus: unary(softplus, (most) => most + 1),
  sin: unary(sin, () => 1),
  cos: unary(cos, () => 1),
  erf: unary(erf, () => 1),
  gelu: unary(gelu, (most) => most + 1),
  named: unary((x) => named(x, "named")),
  stopGradient: unary(stopGradient),
  cast: unary((x) => cast(cast(x, "f64"), x.dtype)),
  mask: (a, b, at) => {
    const y = beside(a.tensor, b.tensor);
    const shape = broadcastShapes(a.tensor.shape, y.shape)!;
    return [where(mask(shape, at), a.tensor, y), both(a.bound, b.bound)];
  },
};

const reductions: Record<string, Rule> = {
  sum: along(
    (x, axis) => sum(x, { axis }),
    (a, length) => a.bound * length,
  ),
  total: unary(sum, (most) => most * 8),
  prod: along(
    (x, axis) => prod(x, { axis }),
    (a, length) => Math.max(1, a.bound ** length),
  ),
  variance: along(
    (x, axis) => variance(x, { axis }),
    (a) => 4 * a.bound ** 2,
  ),
  norm: along(
    (x, axis) => norm(add(square(x), 0.5), { axis }),
    (a, length) => (a.bound ** 2 + 1) * length,
  ),
  softmax: along(
    (x, axis) => softmax(x, { axis }),
    () => 1,
  ),
  logSoftmax: along(
    (x, axis) => logSoftmax(x, { axis }),
    (a, length) => 2 * a.bound + length,
  ),
  logSumExp: along(
    (x, axis) => logSumExp(x, { axis, keepDims: true }),
    (a, length) => a.bound + length,
  ),
  cumsum: along(
    (x, axis) => cumsum(x, { axis }),
    (a, length) => a.bound * length,
  ),
  matmul: (a, b) => {
    const x = ranked(a.tensor, 2);
    const k = x.shape.at(-1)!;
    const fits = rank(b) >= 2 && b.tensor.shape.at(-2) === k && rank(b) === 2;
    const y = fits ? b.tensor : fitted(b.tensor, [k, 2]);
    return [matmul(x, y), a.bound * b.bound * Math.max(1, k)];
  },
  gram: (a) => {
    const x = ranked(a.tensor, 2);
    const axes = x.shape.map((_, i) => i);
    const turned = transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
    return [matmul(x, turned), a.bound ** 2 * Math.max(1, x.shape.at(-1)!)];
  },
};

const movements: Record<string, Rule> = {
  reshape: unary((x) => reshape(x, [sizeOf(x.shape)])),
  column: unary((x) => expandDims(x, x.shape.length)),
  transpose: unary((x) => transpose(x)),
  flip: along(
    (x, axis) => flip(x, { axis }),
    (a) => a.bound,
  ),
  slice: along(
    (x, axis) =>
      slice(
        x,
        x.shape.map((n, i) => (i === axis && n > 1 ? 1 : 0)),
        [...x.shape],
      ),
    (a) => a.bound,
  ),
  stride: along(
    (x, axis) =>
      slice(
        x,
        x.shape.map(() => 0),
        [...x.shape],
        x.shape.map((_, i) => (i === axis ? 2 : 1)),
      ),
    (a) => a.bound,
  ),
  pad: along(
    (x, axis) =>
      pad(
        x,
        x.shape.map((_, i) => (i === axis ? [1, 1] : [0, 0]) as [number, number]),
        0.5,
      ),
    (a) => Math.max(a.bound, 0.5),
  ),
  concat: (a, b, at) => {
    const x = ranked(a.tensor, 1);
    return [concat([x, fitted(b.tensor, x.shape), x], { axis: axisOf(x, at) }), both(a.bound, b.bound)];
  },
  tile: along(
    (x, axis) =>
      tile(
        x,
        x.shape.map((_, i) => (i === axis ? 2 : 1)),
      ),
    (a) => a.bound,
  ),
  broadcast: unary((x) => broadcastTo(x, [2, ...x.shape])),
  take: along(
    (x, axis) => take(x, rows(3, x.shape[axis]!), { axis }),
    (a) => a.bound,
  ),
  scatterAdd: (a, b, at) => {
    const x = ranked(a.tensor, 1);
    if (x.shape[0] === 0) return [x, a.bound];
    const updates = fitted(b.tensor, [3, ...x.shape.slice(1)]);
    return [scatterAdd(x, rows(at, x.shape[0]!), updates), a.bound + 3 * b.bound];
  },
  dynamicSlice: (a, _, at) => {
    const x = ranked(a.tensor, 1);
    const sizes = x.shape.map((n, i) => (i === 0 && n > 1 ? n - 1 : n));
    return [
      dynamicSlice(
        x,
        x.shape.map(() => at % 3),
        sizes,
      ),
      a.bound,
    ];
  },
  dynamicUpdateSlice: (a, b, at) => {
    const x = ranked(a.tensor, 1);
    const sizes = x.shape.map((n) => Math.min(n, 1));
    const starts = x.shape.map(() => at % 3);
    return [dynamicUpdateSlice(x, fitted(b.tensor, sizes), starts), both(a.bound, b.bound)];
  },
};

const kinked: Record<string, Rule> = {
  relu: unary(relu),
  leakyRelu: unary((x) => leakyRelu(x, { slope: 0.1 })),
  abs: unary(abs),
  clip: unary(
    (x) => clip(x, { low: -0.5, high: 0.75 }),
    () => 1,
  ),
  maximum: binary(maximum, both),
  minimum: binary(minimum, both),
  max: along(
    (x, axis) => max(x, { axis }),
    (a) => a.bound,
  ),
  min: along(
    (x, axis) => min(x, { axis, keepDims: true }),
    (a) => a.bound,
  ),
  greater: (a, b) => {
    const y = beside(a.tensor, b.tensor);
    return [where(greater(a.tensor, add(y, 0.1)), a.tensor, mul(y, 0.5)), both(a.bound, b.bound)];
  },
  floor: unary(
    (x) => add(floor(add(x, 0.3)), x),
    (most) => 2 * most + 1,
  ),
  round: unary(
    (x) => mul(round(add(x, 0.2)), x),
    (most) => most * (most + 1),
  ),
  sign: unary((x) => mul(sign(x), x)),
  argmax: (a) => {
    const x = reshape(a.tensor, [sizeOf(a.tensor.shape)]);
    return x.shape[0] === 0 ? [x, a.bound] : [take(x, argmax(x)), a.bound];
  },
};

/** Rules without a kink. */
export const smoothRules: Readonly<Record<string, Rule>> = { ...elementwise, ...reductions, ...movements };

/** Rules with kinks, and with jumps. */
export const kinkedRules: Readonly<Record<string, Rule>> = kinked;
