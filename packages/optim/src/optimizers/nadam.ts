import { cast, checkOptionNames, checkOptionValues, mul, parameter, square, type Tensor } from "@org/core";
import { math } from "../equation.ts";
import { descend } from "../learning-rate.ts";
import { decay, nonNegative } from "../options.ts";
import { counted } from "../per-parameter.ts";
import type { Transform } from "../transform.ts";
import type { MomentOptions } from "./adam.ts";

export interface NadamOptions extends MomentOptions {
  /** ψ: how fast the momentum grows to β₁. @default 0.004 */
  readonly momentumDecay?: number;
}

/**
 * Nadam: Adam with Nesterov's momentum, which grows from β₁ / 2 to β₁.
 *
 *     t ← t + 1;  μₜ = β₁ (1 - ½ 0.96^(ψ t));  M ← M μₜ
 *     m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²
 *     p ← p - η (μₜ₊₁ m / (1 - M μₜ₊₁) + (1 - μₜ) g / (1 - M)) / (√(v / (1 - β₂ᵗ)) + ε)
 *
 * State: `count` (t, i32), `momentumProduct` (M, f64), 1 at first; `mean.<name>` (m) and `variance.<name>` (v)
 * @throws GraphError for options out of their ranges
 * Source: Dozat 2016, "Incorporating Nesterov momentum into Adam", algorithm 2 with the momentum schedule of its
 * experiments. As in PyTorch, m decays by the constant β₁, in the paper by μₜ, and ψ = 0.004 is a factor of t.
 * @example
 * const w = parameter("w", [1]);
 * compile({ updates: minimize(sum(w), { w }, nadam({ learningRate: 0.1 })) })();
 * w.value; // → [0.89435482]
 */
export function nadam(options: NadamOptions): Transform {
  const {
    learningRate,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    momentumDecay = 0.004,
  } = checkOptionNames("nadam", options, "momentumDecay learningRate beta1 beta2 epsilon");
  checkOptionValues("nadam", {
    beta1: [beta1, decay],
    beta2: [beta2, decay],
    epsilon: [epsilon, nonNegative],
    momentumDecay: [momentumDecay, nonNegative],
  });
  const momentum = (t: Tensor): Tensor => math`${beta1} * (1 - 0.5 * 0.96 ^ (${momentumDecay} * ${t}))`;
  const scales = (t: Tensor, product: Tensor) => {
    const [mu, ahead] = [momentum(t), momentum(math`${t} + 1`)];
    return {
      product,
      mean: math`${ahead} / (1 - ${product} * ${ahead})`,
      gradient: math`(1 - ${mu}) / (1 - ${product})`,
      root: math`1 / sqrt(1 - ${beta2} ^ ${t})`,
    };
  };
  const moments = (product: Tensor): Transform =>
    counted(
      { mean: 0, variance: 0 },
      (t) => scales(t, product),
      (g, memory, scale) => {
        const like = (x: Tensor): Tensor => cast(x, g.dtype);
        const mean = math`${beta1} * ${memory.mean} + ${1 - beta1} * ${g}`;
        const variance = math`${beta2} * ${memory.variance} + ${1 - beta2} * ${square(g)}`;
        const step = math`${like(scale.mean)} * ${mean} + ${like(scale.gradient)} * ${g}`;
        return {
          mean,
          variance,
          direction: math`${step} / (sqrt(${variance}) * ${like(scale.root)} + ${epsilon})`,
        };
      },
    );
  return descend("nadam", learningRate, {
    init: (parameters) => {
      const momentumProduct = parameter("momentumProduct", 1, "f64");
      return { ...moments(momentumProduct).init(parameters), momentumProduct };
    },
    update(gradients, state, parameters) {
      const t = cast(math`${state.count!} + 1`, "f64");
      const momentumProduct = mul(state.momentumProduct!, momentum(t));
      const { updates, state: next } = moments(momentumProduct).update(gradients, state, parameters);
      return { updates, state: { ...next, momentumProduct } };
    },
  });
}
