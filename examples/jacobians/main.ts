/**
 * What a state owes to earlier ones: an ordered product, which can grow before it vanishes (row D18).
 *
 * How a state depends on an earlier one, and three things that books say of it too quickly (rows B14 to B16, E3 and E4):
 * - ∂h_T/∂h_0 is the product of diag(1 - h_t²) Wᵀ in the order of the steps. Its factors do not commute, so "the product
 *   of all tanh′, times W to the power T" is another matrix.
 * - "Eigenvalues below 1: the gradient vanishes" is true in the long run only. Where W does not commute with Wᵀ, a
 *   product may first grow, by as much as its largest singular value a step.
 * - Of one step, the norm is at most σ_max(W) · max|φ′|, with max|φ′| = 1 for tanh and 1/4 for sigmoid. That is a bound by
 *   1 only where σ_max(W) ≤ 1.
 * And one that is true of all that read in one direction, and untrue of a bidirectional layer: what is said at step t
 * depends on what came up to t, and on nothing after it.
 * Source: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks", section 2.
 */
import assert from "node:assert/strict";
import {
  array,
  constant,
  evaluate,
  grad,
  matmul,
  type NDArray,
  norm,
  parameter,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  transpose,
} from "@org/core";
import { type Activation, init, RNN, RNNCell, spectrum, stateJacobian } from "@org/nn";
import { lineChart } from "@org/viz";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";

const [size, steps] = [8, 60];

/** A state that starts away from 0, and no inputs: what a step does is its recurrent weights alone. */
function network(W: NDArray, activation: Activation) {
  const cell = new RNNCell({ inputSize: 1, hiddenSize: size, activation, seed: 1, dtype: "f64" });
  cell.parameters.W_hh.value = W;
  cell.parameters.W_xh.value = array(new Float64Array(size), { shape: [1, size] });
  const xs = array(new Float64Array(steps), { shape: [steps, 1, 1] });
  const initialState = { h: constant(init.uniform([1, size], { seed: 2, dtype: "f64" })) };
  return stateJacobian(cell, xs, { initialState });
}

const distance = (a: NDArray, b: NDArray): number =>
  evaluate(norm(sub(a, b))).item() / evaluate(norm(b)).item();

/** The product of the factors, each one to the left of those before it. */
const product = (factors: readonly NDArray[]): NDArray =>
  factors.reduce((all, factor) => evaluate(matmul(factor, all)));
const each = ({ factors: { data } }: { factors: NDArray }): NDArray[] =>
  Array.from({ length: steps }, (_, t) =>
    array(data.slice(t * size * size, (t + 1) * size * size), { shape: [size, size] }),
  );

// 1. The order of the factors.
const W = init.spectralRadius([size, size], { radius: 0.9, seed: 3, dtype: "f64" });
const bent = network(W, "tanh");
const ordered = distance(product(each(bent)), bent.jacobian);
const turned = evaluate(transpose(W));
// diag(d₁) diag(d₂) … (Wᵀ)^T: each factor divided by Wᵀ leaves its diagonal.
const slopes = each(bent).map((J) => {
  const d = Array.from({ length: size }, (_, i) => J.data[i * size + i]! / turned.data[i * size + i]!);
  return array(
    Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? d[at / (size + 1)]! : 0)),
    { shape: [size, size] },
  );
});
const apart = evaluate(matmul(product(slopes), product(slopes.map(() => turned))));
const separated = distance(apart, bent.jacobian);
console.log("∂h_T/∂h_0 of a tanh network, relative distance to the gradient's own matrix");
console.log(`  the product in the order of the steps   ${ordered.toExponential(1)}`);
console.log(`  all tanh′, then W to the power T         ${separated.toFixed(2)}`);
assert(ordered < 1e-10, "the ordered product is not the Jacobian");
assert(separated > 0.1, "tanh′ and W seem to commute");

// 2. Growing first. A matrix that hands each element on to the next, with all eigenvalues 0.7: not normal.
const chain = array(
  Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return i === j ? 0.7 : j === i + 1 ? 1 : 0;
  }),
  { shape: [size, size] },
);
const normal = init.scaleToSpectralRadius(init.orthogonal([size, size], { seed: 4, dtype: "f64" }), 0.7, {
  dtype: "f64",
});
const kinds = { "not normal": chain, normal };
const flows = Object.entries(kinds).map(([name, matrix]) => {
  const { spectralRadius, singularValues } = spectrum(matrix);
  // `norms` go from the first state to the last; turned round, they are the norms by the number of steps.
  const norms = Array.from(network(matrix, "identity").norms).reverse();
  return { name, spectralRadius, sigma: singularValues[0] ?? Number.NaN, norms };
});
console.log(`\n${steps} linear steps`);
const rows = flows.map(({ name, spectralRadius, sigma, norms }) => {
  const rate = (Math.log(norms[60] ?? 0) - Math.log(norms[50] ?? 0)) / 10;
  return [
    name,
    Number(spectralRadius.toFixed(3)),
    Number(sigma.toFixed(3)),
    Number(Math.max(...norms).toPrecision(3)),
    norms.indexOf(Math.max(...norms)),
    Number(rate.toFixed(3)),
  ];
});
console.log(table(["W", "radius", "σ_max", "largest norm", "after step", "rate at the end"], rows));
console.log(`log 0.7 = ${Math.log(0.7).toFixed(3)}`);
const [grows, shrinks] = flows;
assert(grows && Math.max(...grows.norms) > 50, "the product of a matrix that is not normal did not grow");
assert((grows.norms[60] ?? 1) < 0.1 * Math.max(...grows.norms), "it did not vanish in the end");
assert(shrinks && Math.max(...shrinks.norms) <= 1 + 1e-12, "the product of a normal matrix grew");

// 3. The bound of one step.
console.log("\nthe norm of one step, at most σ_max(W) · max|φ′|");
const bounds = ([tanh, sigmoid] as const).map((activation) => {
  const slope = activation === tanh ? 1 : 0.25;
  const bound = (spectrum(chain).singularValues[0] ?? 0) * slope;
  const most = Math.max(
    ...each(network(chain, activation)).map((J) => spectrum(J).singularValues[0] ?? Number.NaN),
  );
  assert(most <= bound + 1e-12, `${activation.name}: ${most} is more than ${bound}`);
  return [activation.name, Number(most.toFixed(3)), Number(bound.toFixed(3))];
});
console.log(table(["φ", "largest", "bound"], bounds));
assert(Number(bounds[0]?.[1]) > 1, "the bound by 1 of the notes held, though σ_max(W) > 1");

// 4. Causality: the part of each output's gradient that falls on inputs after it.
const past = parameter("xs", init.normal([12, 1, 1], { seed: 5, dtype: "f64" }));
function fromTheFuture(outputs: Tensor): number {
  const shares = Array.from({ length: 12 }, (_, t) => {
    const { data } = evaluate(grad(sum(square(take(outputs, t))), past));
    return Math.hypot(...data.slice(t + 1)) / Math.hypot(...data);
  });
  return Math.max(...shares);
}
const layer = { inputSize: 1, hiddenSize: size, seed: 6, dtype: "f64" } as const;
const oneWay = fromTheFuture(new RNN(layer).apply(past).outputs);
const bothWays = fromTheFuture(new RNN({ ...layer, bidirectional: true }).apply(past).outputs);
console.log("\nhow much of an output's gradient falls on inputs that come after it, at most");
console.log(`  in one direction ${oneWay}, in both ${bothWays.toFixed(2)}`);
assert(
  oneWay === 0 && bothWays > 0.5,
  "an output depends on what comes after it, or a bidirectional one does not",
);

const svg = await lineChart(
  flows.map(({ name, norms }) => ({ name, y: norms })),
  { title: "All eigenvalues 0.7", xLabel: "steps back", yLabel: "norm of ∂hₜ/∂hₜ₋ₖ", logY: true },
);
savePicture("jacobians", "norms.svg", svg);
saveResults("jacobians", {
  seeds: 1,
  picture: "norms.svg",
  results: [
    {
      metric: "relative distance of the ordered product from ∂h_T/∂h_0",
      value: ordered.toExponential(1),
      baseline: `${separated.toFixed(2)}, all tanh′ and then W to the power T`,
    },
  ],
});
