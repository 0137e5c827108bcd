import {
  abs,
  add,
  cast,
  checkOptionNames,
  checkOptionValues,
  equal,
  greater,
  isFinite,
  less,
  maximum,
  parameter,
  sub,
  type Tensor,
  where,
} from "@org/core";
import { math } from "../equation.ts";
import type { StatefulSchedule } from "../learning-rate.ts";
import { checkScalar, decay, natural, nonNegative, oneOf, whole } from "../options.ts";
import { choose, type TensorRecord } from "../transform.ts";

/** What `reduceOnPlateau` takes. */
export interface ReduceOnPlateauOptions {
  /** What should improve: a scalar, such as the loss, or a parameter to which the program assigns the validation loss. */
  readonly metric: Tensor;
  /** What the rate is multiplied by. @default 0.1 */
  readonly factor?: number;
  /** How many looks without an improvement are let pass. @default 10 */
  readonly patience?: number;
  /** How many steps make a look; their metrics are averaged. @default 1 */
  readonly every?: number;
  /** How much better than the best counts as better: by more than `threshold · |best|`, or `threshold`. @default 1e-4 */
  readonly threshold?: number;
  /** Whether the threshold is a share of the best, or a difference from it. @default "relative" */
  readonly thresholdMode?: "relative" | "absolute";
  /** Whether smaller or larger is better. @default "min" */
  readonly mode?: "min" | "max";
  /** How many looks after a reduction do not count. @default 0 */
  readonly cooldown?: number;
  /** The rate never falls below. @default 0 */
  readonly minRate?: number;
}

/**
 * Multiplies the rate by `factor` when the metric has not become better for more than `patience` looks. The rate of a
 * step depends on the metrics before it. A metric of NaN is no improvement.
 * State: `rate` and `best` (f64), `bad` and `cooldown` (i32, looks); where `every` is above 1, `sum` (f64) and `seen` (i32)
 * @throws GraphError for options out of their ranges; ShapeError for a metric that is no scalar
 * Source: PyTorch's `ReduceLROnPlateau`, which is called with the metric once an epoch: give that as
 * `every`. Its `eps`, below which it does not change the rate any more, is 0 here. Its relative margin is
 * `threshold · best`, which takes worse values for better ones where the best is negative; ours is `threshold · |best|`.
 * @example
 * const w = parameter("w", [0]);
 * const rate = reduceOnPlateau(0.8, { metric: mean(w), factor: 0.5, patience: 0 });
 * const updates = minimize(sum(w), { w }, sgd({ learningRate: rate }));
 * const step = compile({ updates });
 * step();
 * w.value = [0];
 * step();
 * updates.state["learningRate.rate"].value; // → 0.4
 */
export function reduceOnPlateau(rate: number, options: ReduceOnPlateauOptions): StatefulSchedule {
  const {
    metric,
    factor = 0.1,
    patience = 10,
    every = 1,
    threshold = 1e-4,
    thresholdMode = "relative",
    mode = "min",
    cooldown = 0,
    minRate = 0,
  } = checkOptionNames(
    "reduceOnPlateau",
    options,
    "metric factor patience every threshold thresholdMode mode cooldown minRate",
  );
  checkOptionValues("reduceOnPlateau", {
    rate: [rate, nonNegative],
    factor: [factor, decay],
    patience: [patience, whole],
    every: [every, natural],
    threshold: [threshold, nonNegative],
    cooldown: [cooldown, whole],
    minRate: [minRate, nonNegative],
    thresholdMode: [thresholdMode, oneOf("relative", "absolute")],
    mode: [mode, oneOf("min", "max")],
  });
  checkScalar("reduceOnPlateau", "metric", metric);
  const direction = mode === "min" ? -1 : 1;
  const isBetter = (value: Tensor, best: Tensor): Tensor => {
    // A best of ±∞ has no margin: anything finite is better, and ∞ - ∞ is no bound.
    const size = thresholdMode === "relative" ? where(isFinite(best), abs(best), 0) : 1;
    const bound = math`${best} + ${direction * threshold} * ${size}`;
    return mode === "min" ? less(value, bound) : greater(value, bound);
  };

  const look = (value: Tensor, state: TensorRecord): TensorRecord => {
    const better = isBetter(value, state.best!);
    const cooling = greater(state.cooldown!, 0);
    const bad = where(cooling, 0, where(better, 0, add(state.bad!, 1)));
    const reduces = greater(bad, patience);
    return {
      rate: where(reduces, maximum(math`${state.rate!} * ${factor}`, minRate), state.rate!),
      best: where(better, value, state.best!),
      bad: where(reduces, 0, bad),
      cooldown: where(reduces, cooldown, maximum(sub(state.cooldown!, 1), 0)),
    };
  };

  return {
    init: () => ({
      rate: parameter("rate", rate, "f64"),
      best: parameter("best", -direction * Number.POSITIVE_INFINITY, "f64"),
      bad: parameter("bad", 0, "i32"),
      cooldown: parameter("cooldown", 0, "i32"),
      ...(every > 1 && { sum: parameter("sum", 0, "f64"), seen: parameter("seen", 0, "i32") }),
    }),
    update(state) {
      const value = cast(metric, "f64");
      if (every === 1) return { rate: state.rate!, state: look(value, state) };
      const total = add(state.sum!, value);
      const seen = add(state.seen!, 1);
      const due = equal(seen, every);
      const next = choose(due, look(math`${total} / ${every}`, state), state);
      return {
        rate: state.rate!,
        state: { ...next, sum: where(due, 0, total), seen: where(due, 0, seen) },
      };
    },
  };
}
