import { abs, add, cast, checkOptionNames, checkOptionValues, maximum, mul } from "@org/core";
import { math } from "../equation.ts";
import { descend } from "../learning-rate.ts";
import { decay, nonNegative } from "../options.ts";
import { counted } from "../per-parameter.ts";
import type { Transform } from "../transform.ts";
import type { MomentOptions } from "./adam.ts";

/**
 * Adamax: Adam with the largest recent gradient in place of the root of the mean square.
 *
 *     t ← t + 1;  m ← β₁ m + (1 - β₁) g;  u ← max(β₂ u, |g| + ε)
 *     p ← p - η (m / (1 - β₁ᵗ)) / u
 *
 * State: `count` (t, i32), `mean.<name>` (m) and `largest.<name>` (u), zeros at first
 * @throws GraphError for options out of their ranges
 * Source: Kingma & Ba 2015, algorithm 2, which has no ε. PyTorch adds it to |g|; so do we.
 * @example
 * const w = parameter("w", [1, -100]);
 * compile({ updates: minimize(sum(square(w)), { w }, adamax({ learningRate: 0.5 })) })();
 * w.value; // → [0.5, -99.5]
 */
export function adamax(options: MomentOptions): Transform {
  const {
    learningRate,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
  } = checkOptionNames("adamax", options, "learningRate beta1 beta2 epsilon");
  checkOptionValues("adamax", {
    beta1: [beta1, decay],
    beta2: [beta2, decay],
    epsilon: [epsilon, nonNegative],
  });
  const directions = counted(
    { mean: 0, largest: 0 },
    (t) => math`1 / (1 - ${beta1} ^ ${t})`,
    (g, memory, scale) => {
      const mean = math`${beta1} * ${memory.mean} + ${1 - beta1} * ${g}`;
      const largest = maximum(mul(memory.largest, beta2), add(abs(g), epsilon));
      return { mean, largest, direction: math`${mean} * ${cast(scale, g.dtype)} / ${largest}` };
    },
  );
  return descend("adamax", learningRate, directions);
}
