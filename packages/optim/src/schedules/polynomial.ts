import { checkOptionNames, checkOptionValues } from "@org/core";
import { math } from "../equation.ts";
import type { Schedule } from "../learning-rate.ts";
import { nonNegative, positive } from "../options.ts";
import { progress } from "./time.ts";

/** What `polynomial` takes. */
export interface PolynomialOptions {
  /** In how many steps the rate reaches its end, where it stays. */
  readonly steps: number;
  /** @default 1, a line */
  readonly power?: number;
  /** The last rate. @default 0 */
  readonly end?: number;
}

/**
 * From one rate to another along a power: `end + (rate - end) (1 - t / steps)^power`. With a first rate below the last it
 * is a warm-up.
 * @throws GraphError for options out of their ranges
 * Source: PyTorch's `PolynomialLR`, which always ends at 0.
 * @example
 * const rate = polynomial(0.8, { steps: 4, power: 2 });
 * [rate(0), rate(2), rate(9)]; // → [0.8, 0.2, 0]
 */
export function polynomial(rate: number, options: PolynomialOptions): Schedule {
  const { steps, power = 1, end = 0 } = checkOptionNames("polynomial", options, "steps power end");
  checkOptionValues("polynomial", {
    rate: [rate, nonNegative],
    steps: [steps, positive],
    power: [power, positive],
    end: [end, nonNegative],
  });
  return (t) => math`${end} + ${rate - end} * (1 - ${progress(t, steps)}) ^ ${power}`;
}
