import { checkOptionNames, checkOptionValues, round, type Tensor } from "@org/core";
import { math } from "../equation.ts";
import type { Schedule } from "../learning-rate.ts";
import { natural, nonNegative } from "../options.ts";
import { cosineBetween, time } from "./time.ts";

/** What `warmRestarts` takes. */
export interface WarmRestartsOptions {
  /** Steps of the first period. */
  readonly period: number;
  /** How much longer each period is than the one before it. @default 1 */
  readonly growth?: number;
  /** The rate that each period falls to. @default 0 */
  readonly end?: number;
}

/**
 * Half a cosine again and again: `end + (rate - end) (1 + cos(π u / U)) / 2`, u steps after the start of a period of U
 * steps; the next period has `growth · U`.
 * @throws GraphError for options out of their ranges
 * Source: Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5. The same as
 * PyTorch's `CosineAnnealingWarmRestarts`.
 * @example
 * const rate = warmRestarts(0.8, { period: 2, growth: 2 });
 * [0, 1, 2, 4, 6].map((t) => rate(t)); // → [0.8, 0.4, 0.8, 0.4, 0.8]
 */
export function warmRestarts(rate: number, options: WarmRestartsOptions): Schedule {
  const { period, growth = 1, end = 0 } = checkOptionNames("warmRestarts", options, "period growth end");
  checkOptionValues("warmRestarts", {
    rate: [rate, nonNegative],
    period: [period, natural],
    growth: [growth, natural],
    end: [end, nonNegative],
  });
  const part = growth === 1 ? evenPart : growingPart(growth);
  return (t) => cosineBetween(rate, end, part(math`${time(t)} / ${period}`));
}

/** Periods of length 1: what is behind the point. */
const evenPart = (t: Tensor): Tensor => math`${t} - floor(${t})`;

/** Periods of length 1, G, G², …: period n starts at `(Gⁿ - 1) / (G - 1)`, so n = ⌊log_G(1 + t (G - 1))⌋. */
const growingPart =
  (growth: number) =>
  (t: Tensor): Tensor => {
    // The logarithm of an exact power may come out just below it; from the step before, it is far away.
    const n = math`floor(log(1 + ${growth - 1} * ${t}) / ${Math.log(growth)} + 1e-12)`;
    const length = round(math`${growth} ^ ${n}`);
    return math`(${t} - (${length} - 1) / ${growth - 1}) / ${length}`;
  };
