import { checkOptionNames, checkOptionValues, GraphError, less, sub, where } from "@org/core";
import type { Schedule } from "../learning-rate.ts";
import { natural, nonNegative } from "../options.ts";
import { cosineBetween, lineBetween, progress, time } from "./time.ts";

/** What `warmupCosine` takes. */
export interface WarmupCosineOptions {
  /** Steps of the rise. */
  readonly warmup: number;
  /** Steps of rise and fall together. */
  readonly steps: number;
  /** The first rate. @default 0 */
  readonly start?: number;
  /** The last rate, which stays. @default 0 */
  readonly end?: number;
}

/**
 * A line up to `rate` in `warmup` steps, then half a cosine down.
 * @throws GraphError for options out of their ranges
 * Source: Goyal et al. 2017, section 2.2, for the rise; Loshchilov & Hutter 2017, equation 5, for the fall. PyTorch's
 * `LinearLR` followed by `CosineAnnealingLR`; optax's `warmup_cosine_decay_schedule`.
 * @example
 * const rate = warmupCosine(0.8, { warmup: 4, steps: 14 });
 * [0, 2, 4, 9, 14].map((t) => rate(t)); // → [0, 0.4, 0.8, 0.4, 0]
 */
export function warmupCosine(rate: number, options: WarmupCosineOptions): Schedule {
  const {
    warmup,
    steps,
    start = 0,
    end = 0,
  } = checkOptionNames("warmupCosine", options, "warmup steps start end");
  checkOptionValues("warmupCosine", {
    rate: [rate, nonNegative],
    warmup: [warmup, natural],
    steps: [steps, natural],
    start: [start, nonNegative],
    end: [end, nonNegative],
  });
  if (warmup >= steps) {
    const problem = `expected warmup to be less than steps, received ${warmup} of ${steps}`;
    throw new GraphError({ op: "warmupCosine", problem });
  }
  return (t) =>
    where(
      less(time(t), warmup),
      lineBetween(start, rate, progress(t, warmup)),
      cosineBetween(rate, end, progress(sub(time(t), warmup), steps - warmup)),
    );
}
