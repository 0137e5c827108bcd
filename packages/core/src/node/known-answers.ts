import { grad } from "../autodiff/gradient.ts";
import { compile } from "../compile.ts";
import { logSoftmax, norm } from "../functions/statistics.ts";
import { input } from "../graph/leaves.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scan } from "../loops/scan.ts";
import { emptyArray, type NDArray } from "../ndarray.ts";
import { add, div, mul, neg, square, sub } from "../ops/arithmetic.ts";
import { sum } from "../ops/broadcast.ts";
import { greater, maximum, where } from "../ops/comparison.ts";
import { cos, exp, pow, rsqrt, sigmoid, sqrt, tanh } from "../ops/exponential.ts";
import { take } from "../ops/indexing.ts";
import { matmul } from "../ops/matmul.ts";
import { abs, floor, relu } from "../ops/piecewise.ts";
import { concat, slice } from "../ops/rearrange.ts";
import { argmax, cumsum } from "../ops/reduction.ts";
import { reshape, transpose } from "../ops/reshape.ts";
import type { Runtime } from "../runtime.ts";

const [time, batch, size, classes] = [3, 13, 24, 20];
const inputsOf = (dtype: "f32" | "f64"): [xs: Tensor, W: Tensor, U: Tensor, V: Tensor] => [
  input(`xs ${dtype}`, [time, batch, size], dtype),
  input(`W ${dtype}`, [size, 4 * size], dtype),
  input(`U ${dtype}`, [size, 4 * size], dtype),
  input(`V ${dtype}`, [size, classes], dtype),
];

/** Numbers between -1 and 1 that look like chance. */
function noise({ dtype, shape }: Tensor): NDArray {
  const made = emptyArray(dtype, shape);
  for (let i = 0; i < made.data.length; i++) made.data[i] = Math.sin(i * i + 1);
  return made;
}

/** An LSTM over all steps: a product packed before its loop, maps of gates. */
function lstm(xs: Tensor, W: Tensor, U: Tensor): Tensor {
  const zero = mul(take(xs, 0), 0);
  return scan(
    ({ h, c }, x) => {
      const gates = add(matmul(x, W), matmul(h, U));
      const gate = (i: number): Tensor => slice(gates, [0, i * size], [batch, (i + 1) * size]);
      const kept = add(mul(sigmoid(gate(0)), c), mul(sigmoid(gate(1)), tanh(gate(2))));
      const said = mul(sigmoid(gate(3)), tanh(kept));
      return { carry: { h: said, c: kept }, y: said };
    },
    { init: { h: zero, c: zero }, xs },
  ).ys;
}

/** Products of few rows and of many, of columns that are no whole vectors, of a transposed matrix. */
const products = (xs: Tensor, W: Tensor, V: Tensor): Tensor[] => {
  const rows = (count: number): Tensor => slice(take(xs, 0), [0, 0], [count, size]);
  return [
    matmul(rows(1), W),
    matmul(rows(3), V),
    matmul(rows(9), V),
    matmul(matmul(rows(6), W), transpose(W)),
  ];
};

const elementwise = (x: Tensor): Tensor[] => {
  const positive = add(square(x), 0.1);
  return [exp(x), rsqrt(positive), pow(positive, x), cos(x), relu(x), concat([x, neg(x)], { axis: 1 })];
};

/** Steps of a map that are results and parts of each other: one may not be written over while it is wanted. */
function sharedParts(x: Tensor): Tensor[] {
  const y = mul(x, 3);
  const [minus, size] = [neg(y), abs(y)];
  const larger = where(greater(minus, x), minus, size);
  const roots = [sqrt(size), floor(y), maximum(minus, x), div(larger, add(size, 1)), sub(size, minus)];
  return [y, minus, size, larger, ...roots, neg(larger), abs(minus)];
}

const reductions = (x: Tensor): Tensor[] =>
  [0, 1].flatMap((axis) => [sum(x, { axis }), argmax(x, { axis }), cumsum(x, { axis })]);

/**
 * What programs of a runtime give that use kernels of every family: an LSTM with its gradients, products of every form,
 * elementwise functions, reductions, in f32 and f64. Inputs are always the same.
 */
export function knownAnswers(runtime: Runtime): NDArray[] {
  const [xs, W, U, V] = inputsOf("f32");
  const states = lstm(xs, W, U);
  const scores = logSoftmax(matmul(states, V), { axis: -1 });
  const x = reshape(xs, [time * batch, size]);
  const single = [
    scores,
    ...grad(norm(scores), [xs, W, U, V]),
    ...products(xs, W, V),
    ...elementwise(x),
    ...reductions(x),
    ...sharedParts(x),
    // An odd number of vectors, below zero.
    ...reductions(sub(slice(W, [0, 0], [size, 28]), 3)),
  ];
  const [ys, A, , B] = inputsOf("f64");
  const double = [matmul(ys, A), tanh(matmul(take(ys, 1), B)), ...sharedParts(reshape(ys, [-1]))];
  const run = compile({ runtime, inputs: { xs, W, U, V, ys, A, B }, outputs: [...single, ...double] });
  return run({
    xs: noise(xs),
    W: noise(W),
    U: noise(U),
    V: noise(V),
    ys: noise(ys),
    A: noise(A),
    B: noise(B),
  });
}
