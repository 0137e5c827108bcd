import { checkOptionNames, checkOptionValues } from "@org/core";
import type { Schedule } from "../learning-rate.ts";
import { nonNegative, positive } from "../options.ts";
import { cosineBetween, progress } from "./time.ts";

/** What `cosine` takes. */
export interface CosineOptions {
  /** In how many steps the rate reaches its end, where it stays. */
  readonly steps: number;
  /** The last rate. @default 0 */
  readonly end?: number;
}

/**
 * From one rate to another along half a cosine: `end + (rate - end) (1 + cos(π t / steps)) / 2`.
 * @throws GraphError for options out of their ranges
 * Source: Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5, without restarts.
 * PyTorch's `CosineAnnealingLR` rises again after the end; here the rate stays.
 * @example
 * const rate = cosine(0.8, { steps: 10 });
 * [rate(0), rate(5), rate(10), rate(11)]; // → [0.8, 0.4, 0, 0]
 */
export function cosine(rate: number, options: CosineOptions): Schedule {
  const { steps, end = 0 } = checkOptionNames("cosine", options, "steps end");
  checkOptionValues("cosine", {
    rate: [rate, nonNegative],
    steps: [steps, positive],
    end: [end, nonNegative],
  });
  return (t) => cosineBetween(rate, end, progress(t, steps));
}
