/**
 * Gradients of gradients and Hessian-vector products, against closed forms and differences.
 *
 * Second derivatives, where a framework that saves numbers instead of graphs goes wrong without a word: the gradient
 * is a graph, so it is differentiated like any other. Compared with closed forms and with differences in f64.
 */
import assert from "node:assert/strict";
import {
  array,
  evaluate,
  grad,
  hvp,
  math,
  mean,
  parameter,
  randomKey,
  randomNormal,
  square,
  sum,
  type Tensor,
} from "@org/core";
import { saveResults } from "../shared/result.ts";

const points = [-1.5, -0.3, 0.2, 0.5, 1, 2];
const x = parameter("x", new Float64Array(points));
const sech2 = (z: number): number => 1 - Math.tanh(z) ** 2;

const cases: readonly [name: string, y: Tensor, closedForm: (x: number) => number][] = [
  ["tanh(x)²", math`tanh(${x})^2`, (x) => 2 * sech2(x) * (1 - 3 * Math.tanh(x) ** 2)],
  ["tanh(x²)", math`tanh(${x}^2)`, (x) => sech2(x * x) * (2 - 8 * x * x * Math.tanh(x * x))],
  ["x·exp(x)", math`${x} * exp(${x})`, (x) => (x + 2) * Math.exp(x)],
];

console.log(["d²/dx²".padEnd(10), ...points.map((point) => `x = ${point}`.padStart(10))].join(""));
for (const [name, y, closedForm] of cases) {
  const first = grad(sum(y), x);
  const second = [...evaluate(grad(sum(first), x)).data];
  console.log([name.padEnd(10), ...second.map((value) => value.toFixed(6).padStart(10))].join(""));
  const worst = Math.max(...points.map((point, i) => relative(second[i], closedForm(point))));
  assert(worst < 1e-12, `${name}: ${worst} away from the closed form`);
}

// A network of two tanh layers: H v without H, against the difference of two gradients along v.
const draw = (seed: number, shape: number[]) =>
  evaluate(randomNormal(randomKey(seed), shape, { dtype: "f64" }));
const w1 = parameter("w1", draw(1, [3, 5]));
const w2 = parameter("w2", draw(2, [5, 2]));
const network = math`tanh(tanh(${draw(3, [8, 3])} @ ${w1}) @ ${w2})`;
const loss = mean(square(math`${network} - ${draw(4, [8, 2])}`));
const weights = [w1, w2];
const v = [draw(5, [3, 5]), draw(6, [5, 2])];

const product = evaluate(hvp(loss, weights, v));
const gradients = grad(loss, weights);
const start = weights.map((w) => w.value);
const gradientsAt = (distance: number) => {
  weights.forEach((w, i) => {
    w.value = evaluate(math`${start[i] ?? 0} + ${distance} * ${v[i] ?? 0}`);
  });
  return evaluate(gradients);
};
const h = 1e-5;
const [ahead, behind] = [gradientsAt(h), gradientsAt(-h)];
const differences = ahead.map((g, i) =>
  evaluate(math`(${g} - ${behind[i] ?? 0}) / ${array(2 * h, { dtype: "f64" })}`),
);

const worst = Math.max(
  ...product.flatMap(({ data }, i) => [...data].map((value, j) => relative(value, differences[i]?.data[j]))),
);
console.log(`\nHessian-vector product of a network: ${worst.toExponential(1)} from differences in f64`);
assert(worst < 1e-8, `the Hessian-vector product is ${worst} away from differences`);

function relative(value = Number.NaN, expected = Number.NaN): number {
  return Math.abs(value - expected) / Math.max(1, Math.abs(expected));
}
saveResults("second-derivatives", {
  seeds: 1,
  results: [
    {
      metric: "Hessian-vector product, largest relative distance from differences",
      value: worst.toExponential(1),
      baseline: "differences of step 1e-5 are themselves good for 1e-8",
    },
  ],
});
