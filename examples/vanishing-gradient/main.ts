/**
 * How a gradient shrinks and grows step by step with the spectral radius of the weights (row D06).
 *
 * Why recurrent gradients vanish and explode (Pascanu, Mikolov & Bengio 2013): ∂L/∂hₜ is a product of T - t Jacobians,
 * so its norm changes by a factor ρ, the spectral radius of W, with every step back in time. Here W is ρ times an
 * orthogonal matrix: all its eigenvalues have modulus ρ. The gradient of any node can be asked for, hₜ too.
 */
import assert from "node:assert/strict";
import {
  arange,
  evaluate,
  grad,
  math,
  norm,
  oneHot,
  randomKey,
  randomNormal,
  sum,
  type Tensor,
} from "@org/core";
import { saveResults } from "../shared/result.ts";

const steps = 40;
const size = 16;
const radii = [0.5, 1, 1.5];

/** The reflection across the plane orthogonal to v: `I - 2 v vᵀ / vᵀv`, an orthogonal matrix. */
const reflection = (seed: number): Tensor => {
  const v = randomNormal(randomKey(seed), [size, 1], { dtype: "f64" });
  return math`${oneHot(arange(size), size, { dtype: "f64" })} - 2 * ${v} @ ${v}ᵀ / sum(${v}^2)`;
};
const rotation = math`${reflection(1)} @ ${reflection(2)}`;

/** ‖∂L/∂hₜ‖ for t = 1 … T of `hₜ = φ(hₜ₋₁ W + xₜ)`, L the sum of the last state. */
function gradientNorms(radius: number, activation: (z: Tensor) => Tensor): number[] {
  const w = math`${radius} * ${rotation}`;
  const states: Tensor[] = [];
  let h = math`0 * ${randomNormal(randomKey(0), [1, size], { dtype: "f64" })}`;
  for (let t = 0; t < steps; t++) {
    const x = math`0.5 * ${randomNormal(randomKey(10 + t), [1, size], { dtype: "f64" })}`;
    h = activation(math`${h} @ ${w} + ${x}`);
    states.push(h);
  }
  return evaluate(grad(sum(h), states).map((g) => norm(g))).map((value) => value.item());
}

const linear = radii.map((radius) => gradientNorms(radius, (z) => z));
const squashed = radii.map((radius) => gradientNorms(radius, (z) => math`tanh(${z})`));
const columns = [...linear, ...squashed];

const heads = ["linear", "tanh"].flatMap((cell) => radii.map((radius) => `${cell} ρ=${radius}`));
console.log("‖∂L/∂hₜ‖");
console.log(["   t", ...heads.map((head) => head.padStart(14))].join(""));
for (const t of [40, 35, 30, 25, 20, 15, 10, 5, 1]) {
  const norms = columns.map((column) => column[t - 1]?.toExponential(2).padStart(14));
  console.log([String(t).padStart(4), ...norms].join(""));
}

/** The change of the logarithm with one step back, on average. */
const slope = (norms: readonly number[]): number =>
  (Math.log(norms[0] ?? Number.NaN) - Math.log(norms.at(-1) ?? Number.NaN)) / (norms.length - 1);

console.log("\nslope of the logarithm per step back, and log ρ");
radii.forEach((radius, i) => {
  const [straight = Number.NaN, bent = Number.NaN] = [linear, squashed].map((norms) => slope(norms[i] ?? []));
  const expected = Math.log(radius);
  console.log(
    `  ρ = ${radius}: linear ${straight.toFixed(6)}, tanh ${bent.toFixed(6)}, log ρ ${expected.toFixed(6)}`,
  );
  assert(Math.abs(straight - expected) < 1e-9, `ρ = ${radius}: the linear cell's slope is ${straight}`);
  assert(bent < expected, "tanh′ ≤ 1 only makes gradients smaller");
});

saveResults("vanishing-gradient", {
  seeds: 1,
  results: radii.map((radius, i) => ({
    metric: `slope of log ‖∂L/∂hₜ‖ per step back, radius ${radius}, tanh`,
    value: slope(squashed[i] ?? []).toFixed(3),
    baseline: `${Math.log(radius).toFixed(3)}, log ρ: without tanh`,
  })),
});
