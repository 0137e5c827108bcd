import {
  cast,
  checkOptionNames,
  checkOptionValues,
  greater,
  maximum,
  square,
  type Tensor,
  where,
} from "@org/core";
import { math } from "../equation.ts";
import { descend } from "../learning-rate.ts";
import { decay, nonNegative } from "../options.ts";
import { counted } from "../per-parameter.ts";
import type { Transform } from "../transform.ts";
import type { MomentOptions } from "./adam.ts";

/**
 * Rectified Adam: while the variance of the second moment is too large to be of use, plain momentum; then Adam with
 * steps that grow to their full length, so that no warm-up is needed.
 *
 *     t ← t + 1;  m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²;  m̂ = m / (1 - β₁ᵗ)
 *     ρ∞ = 2 / (1 - β₂) - 1;  ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ)
 *     r = √((ρ - 4)(ρ - 2) ρ∞ / ((ρ∞ - 4)(ρ∞ - 2) ρ))
 *     p ← p - η m̂ r √(1 - β₂ᵗ) / (√v + ε)  where ρ > 5,  p ← p - η m̂  elsewhere
 *
 * State: that of `adam`
 * @throws GraphError for options out of their ranges
 * Source: Liu et al. 2020, "On the variance of the adaptive learning rate and beyond", algorithm 2, which rectifies where
 * ρ > 4 and has no ε; PyTorch, like the authors' code, where ρ > 5; so do we. ε is beside √v before the correction.
 * @example
 * const w = parameter("w", [1]);
 * compile({ updates: minimize(mul(3, sum(w)), { w }, radam({ learningRate: 0.1 })) })();
 * w.value; // → [0.7]
 */
export function radam(options: MomentOptions): Transform {
  const {
    learningRate,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
  } = checkOptionNames("radam", options, "learningRate beta1 beta2 epsilon");
  checkOptionValues("radam", {
    beta1: [beta1, decay],
    beta2: [beta2, decay],
    epsilon: [epsilon, nonNegative],
  });
  const longest = 2 / (1 - beta2) - 1;
  const scales = (t: Tensor) => {
    const remaining = math`1 - ${beta2} ^ ${t}`;
    const length = math`${longest} - 2 * ${t} * ${beta2} ^ ${t} / ${remaining}`;
    const rectifies = greater(length, 5);
    const rho = maximum(length, 5); // keeps the root real where it is not used
    const bound = ((longest - 4) * (longest - 2)) / longest;
    const rectified = math`sqrt((${rho} - 4) * (${rho} - 2) / (${bound} * ${rho}) * ${remaining})`;
    return { rectifies, rectified, mean: math`1 / (1 - ${beta1} ^ ${t})` };
  };
  const directions = counted({ mean: 0, variance: 0 }, scales, (g, memory, scale) => {
    const mean = math`${beta1} * ${memory.mean} + ${1 - beta1} * ${g}`;
    const variance = math`${beta2} * ${memory.variance} + ${1 - beta2} * ${square(g)}`;
    const adaptive = math`${cast(scale.rectified, g.dtype)} / (sqrt(${variance}) + ${epsilon})`;
    const direction = math`${mean} * ${cast(scale.mean, g.dtype)} * ${where(scale.rectifies, adaptive, 1)}`;
    return { mean, variance, direction };
  });
  return descend("radam", learningRate, directions);
}
