import { checkOptionNames, checkOptionValues, clip, GraphError, less, type Tensor, where } from "@org/core";
import { math } from "../equation.ts";
import type { Schedule } from "../learning-rate.ts";
import { flag, fraction, natural, nonNegative, oneOf, positive } from "../options.ts";
import { cosineBetween, lineBetween, time } from "./time.ts";

/** What `oneCycle` takes. */
export interface OneCycleOptions {
  /** Steps of the whole cycle; the last rate stays. */
  readonly steps: number;
  /** Share of the steps in which the rate rises. @default 0.3 */
  readonly warmup?: number;
  /** The first rate is the largest divided by this. @default 25 */
  readonly startDivisor?: number;
  /** The last rate is the first divided by this. @default 1e4 */
  readonly endDivisor?: number;
  /** The way between rates. @default "cosine" */
  readonly shape?: "cosine" | "linear";
  /** Fall to the first rate in as many steps as it rose, and only then to the last. @default false */
  readonly threePhases?: boolean;
}

/**
 * One cycle: up to the largest rate, then down to far below the first. `rate` is the largest.
 * @throws GraphError for options out of their ranges, and for too few steps to rise
 * Source: Smith & Topin 2019, "Super-convergence: very fast training of neural networks using large learning rates", which
 * has three phases along lines. The same as PyTorch's `OneCycleLR`, without its cycling of momentum; like there, two
 * phases along cosines by default, and phases end one step early.
 * @example
 * const rate = oneCycle(0.5, { steps: 11, warmup: 0.5, endDivisor: 10 });
 * [rate(0), rate(4.5), rate(10)]; // → [0.02, 0.5, 0.002]
 */
export function oneCycle(rate: number, options: OneCycleOptions): Schedule {
  const {
    steps,
    warmup = 0.3,
    startDivisor = 25,
    endDivisor = 1e4,
    shape = "cosine",
    threePhases = false,
  } = checkOptionNames("oneCycle", options, "steps warmup startDivisor endDivisor shape threePhases");
  checkOptionValues("oneCycle", {
    rate: [rate, nonNegative],
    steps: [steps, natural],
    warmup: [warmup, fraction],
    startDivisor: [startDivisor, positive],
    endDivisor: [endDivisor, positive],
    shape: [shape, oneOf("cosine", "linear")],
    threePhases: [threePhases, flag],
  });
  const first = rate / startDivisor;
  const last = first / endDivisor;
  const rise = warmup * steps - 1;
  const ends = threePhases ? [rise, 2 * rise, steps - 1] : [rise, steps - 1];
  const rates = threePhases ? [first, rate, first, last] : [first, rate, last];
  if (!ends.every((end, i) => end > (ends[i - 1] ?? 0))) {
    throw new GraphError({
      op: "oneCycle",
      problem: `expected phases to end one after another, received ends at steps ${ends.join(", ")}`,
      hint: `with ${steps} steps, choose warmup above ${1 / steps}${threePhases ? " and below a half" : ""}`,
    });
  }
  const between = shape === "linear" ? lineBetween : cosineBetween;
  return (step) => {
    const t = time(step);
    const phases = ends.map((end, i): Tensor => {
      const start = ends[i - 1] ?? 0;
      const part = clip(math`(${t} - ${start}) / ${end - start}`, { low: 0, high: 1 });
      return between(rates[i]!, rates[i + 1]!, part);
    });
    return phases.reduceRight((after, phase, i) => where(less(t, ends[i]!), phase, after));
  };
}
