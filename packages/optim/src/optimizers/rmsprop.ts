import {
  add,
  checkOptionNames,
  checkOptionValues,
  maximum,
  mul,
  sqrt,
  square,
  sub,
  type Tensor,
} from "@org/core";
import { math } from "../equation.ts";
import { descend, type LearningRate } from "../learning-rate.ts";
import { decay, flag, nonNegative } from "../options.ts";
import { perParameter } from "../per-parameter.ts";
import type { Transform } from "../transform.ts";

/** What `rmsprop` takes. */
export interface RmspropOptions {
  /** η: a number, a tensor or a schedule. */
  readonly learningRate: LearningRate;
  /** α, decay of the mean of squared gradients. @default 0.99 */
  readonly decay?: number;
  /** Keeps the step finite where gradients are zero. @default 1e-8 */
  readonly epsilon?: number;
  /** Divide by the deviation from the mean gradient, not from zero. @default false */
  readonly centered?: boolean;
  /** μ: how much of the last step's direction is kept. @default 0 */
  readonly momentum?: number;
}

/**
 * RMSProp: gradients divided by the root of their recent mean square.
 *
 *     v ← α v + (1 - α) g²;  centred: a ← α a + (1 - α) g,  v̂ = v - a²,  else v̂ = v
 *     d = g / (√v̂ + ε);  with momentum: b ← μ b + d,  d = b
 *     p ← p - η d
 *
 * State: `square.<name>` (v); centred, `mean.<name>` (a); with momentum, `velocity.<name>` (b); zeros at first
 * @throws GraphError for options out of their ranges
 * Source: Tieleman & Hinton 2012, lecture 6.5; Graves 2013, "Generating sequences with recurrent neural networks",
 * equations 38 to 41, for the centred form, which has ε inside the root. PyTorch has it outside and the rate outside of
 * the momentum; so do we. Where rounding makes v - a² negative, we take 0 and PyTorch gives NaN.
 * @example
 * const w = parameter("w", [1, -100]);
 * compile({ updates: minimize(sum(square(w)), { w }, rmsprop({ learningRate: 0.05, decay: 0.75 })) })();
 * w.value; // → [0.9, -99.9]
 */
export function rmsprop(options: RmspropOptions): Transform {
  checkOptionNames("rmsprop", options, "learningRate decay epsilon centered momentum", "learningRate");
  const { learningRate, decay: alpha = 0.99, epsilon = 1e-8, centered = false, momentum = 0 } = options;
  checkOptionValues("rmsprop", {
    decay: [alpha, decay],
    epsilon: [epsilon, nonNegative],
    momentum: [momentum, nonNegative],
    centered: [centered, flag],
  });
  const slots = { square: 0, ...(centered && { mean: 0 }), ...(momentum > 0 && { velocity: 0 }) };
  const directions = perParameter<string>(slots, (g, memory) => {
    const next: Record<string, Tensor> = {
      square: math`${alpha} * ${memory.square!} + ${1 - alpha} * ${square(g)}`,
    };
    let spread = next.square!;
    if (memory.mean) {
      next.mean = math`${alpha} * ${memory.mean} + ${1 - alpha} * ${g}`;
      spread = maximum(sub(spread, square(next.mean)), 0);
    }
    let direction = math`${g} / (${sqrt(spread)} + ${epsilon})`;
    if (memory.velocity) {
      next.velocity = add(mul(memory.velocity, momentum), direction);
      direction = next.velocity;
    }
    return { ...next, direction };
  });
  return descend("rmsprop", learningRate, directions);
}
