import { checkOptionNames, checkOptionValues, sign } from "@org/core";
import { math } from "../equation.ts";
import { descend, type LearningRate } from "../learning-rate.ts";
import { decay } from "../options.ts";
import { perParameter } from "../per-parameter.ts";
import type { Transform } from "../transform.ts";
import { type DecayOptions, decaying } from "./adamw.ts";

export interface LionOptions extends DecayOptions {
  /** η: a number, a tensor or a schedule; about a tenth of Adam's. */
  readonly learningRate: LearningRate;
  /** Share of the mean in the direction. @default 0.9 */
  readonly beta1?: number;
  /** Decay of the mean of gradients. @default 0.99 */
  readonly beta2?: number;
  /** How much of each parameter a step of rate 1 takes away. @default 0 */
  readonly weightDecay?: number;
}

/**
 * Lion: steps of exactly η, by the sign of the momentum; half the memory of Adam.
 *
 *     d = sign(β₁ m + (1 - β₁) g);  m ← β₂ m + (1 - β₂) g;  p ← p - η (d + λ p)
 *
 * State: `mean.<name>` (m), zeros at first
 * @throws GraphError for options out of their ranges
 * Source: Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2. PyTorch has none.
 * @example
 * const w = parameter("w", [1, -100]);
 * compile({ updates: minimize(sum(square(w)), { w }, lion({ learningRate: 0.5 })) })();
 * w.value; // → [0.5, -99.5]
 */
export function lion(options: LionOptions): Transform {
  const {
    learningRate,
    beta1 = 0.9,
    beta2 = 0.99,
    weightDecay = 0,
    decayed,
  } = checkOptionNames("lion", options, "learningRate beta1 beta2 weightDecay decayed");
  checkOptionValues("lion", { beta1: [beta1, decay], beta2: [beta2, decay] });
  const directions = perParameter({ mean: 0 }, (g, memory) => ({
    direction: sign(math`${beta1} * ${memory.mean} + ${1 - beta1} * ${g}`),
    mean: math`${beta2} * ${memory.mean} + ${1 - beta2} * ${g}`,
  }));
  return descend("lion", learningRate, decaying("lion", directions, weightDecay, decayed));
}
