import { checkOptionNames, checkOptionValues, square, type Tensor } from "@org/core";
import { math } from "../equation.ts";
import { descend, type LearningRate } from "../learning-rate.ts";
import { decay, positive } from "../options.ts";
import { perParameter } from "../per-parameter.ts";
import type { Transform } from "../transform.ts";

/** What `adadelta` takes. */
export interface AdadeltaOptions {
  /** η: a number, a tensor or a schedule; the paper has none. @default 1 */
  readonly learningRate?: LearningRate;
  /** ρ, decay of both mean squares. @default 0.9 */
  readonly decay?: number;
  /** Starts the steps and keeps them finite. @default 1e-6 */
  readonly epsilon?: number;
}

/**
 * Adadelta: gradients scaled so that steps have the size of recent steps.
 *
 *     s ← ρ s + (1 - ρ) g²;  d = √(e + ε) / √(s + ε) · g;  e ← ρ e + (1 - ρ) d²
 *     p ← p - η d
 *
 * State: `square.<name>` (s) and `step.<name>` (e), zeros at first
 * @throws GraphError for options out of their ranges
 * Source: Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1. Like PyTorch, with a rate, outside of e.
 * @example
 * const w = parameter("w", [1]);
 * compile({ updates: minimize(sum(w), { w }, adadelta({ decay: 0.75, epsilon: 0.25 })) })();
 * w.value; // → [0.29289322]
 */
export function adadelta(options: AdadeltaOptions = {}): Transform {
  const {
    learningRate = 1,
    decay: rho = 0.9,
    epsilon = 1e-6,
  } = checkOptionNames("adadelta", options, "learningRate decay epsilon");
  checkOptionValues("adadelta", { decay: [rho, decay], epsilon: [epsilon, positive] });
  const mean = (before: Tensor, x: Tensor): Tensor => math`${rho} * ${before} + ${1 - rho} * ${square(x)}`;
  const directions = perParameter({ square: 0, step: 0 }, (g, memory) => {
    const squares = mean(memory.square, g);
    const direction = math`sqrt(${memory.step} + ${epsilon}) / sqrt(${squares} + ${epsilon}) * ${g}`;
    return { square: squares, step: mean(memory.step, direction), direction };
  });
  return descend("adadelta", learningRate, directions);
}
