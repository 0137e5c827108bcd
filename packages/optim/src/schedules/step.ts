import { checkOptionNames, checkOptionValues } from "@org/core";
import { math } from "../equation.ts";
import type { Schedule } from "../learning-rate.ts";
import { natural, nonNegative } from "../options.ts";
import { time } from "./time.ts";

/** What `step` takes. */
export interface StepOptions {
  /** After how many steps the rate changes, again and again. */
  readonly every: number;
  /** What it is multiplied by. @default 0.1 */
  readonly factor?: number;
}

/**
 * A staircase: `rate · factor^⌊t / every⌋`.
 * @throws GraphError for options out of their ranges
 * Source: PyTorch's `StepLR`.
 * @example
 * const rate = step(0.8, { every: 10, factor: 0.5 });
 * [rate(9), rate(10), rate(20)]; // → [0.8, 0.4, 0.2]
 */
export function step(rate: number, options: StepOptions): Schedule {
  const { every, factor = 0.1 } = checkOptionNames("step", options, "every factor");
  checkOptionValues("step", {
    rate: [rate, nonNegative],
    every: [every, natural],
    factor: [factor, nonNegative],
  });
  return (t) => math`${rate} * ${factor} ^ floor(${time(t)} / ${every})`;
}
