import { checkOptionNames, checkOptionValues } from "@org/core";
import { math } from "../equation.ts";
import type { Schedule } from "../learning-rate.ts";
import { nonNegative, positive } from "../options.ts";
import { time } from "./time.ts";

/** What `exponentialDecay` takes. */
export interface ExponentialDecayOptions {
  /** What the rate is multiplied by. */
  readonly factor: number;
  /** In how many steps. @default 1 */
  readonly steps?: number;
}

/**
 * A smooth decay: `rate · factor^(t / steps)`.
 * @throws GraphError for options out of their ranges
 * Source: PyTorch's `ExponentialLR`, whose factor is for one step.
 * @example
 * const rate = exponentialDecay(0.8, { factor: 0.25, steps: 10 });
 * [rate(0), rate(5), rate(10)]; // → [0.8, 0.4, 0.2]
 */
export function exponentialDecay(rate: number, options: ExponentialDecayOptions): Schedule {
  const { factor, steps = 1 } = checkOptionNames("exponentialDecay", options, "factor steps");
  checkOptionValues("exponentialDecay", {
    rate: [rate, nonNegative],
    factor: [factor, nonNegative],
    steps: [steps, positive],
  });
  return (t) => math`${rate} * ${factor} ^ (${time(t)} / ${steps})`;
}
