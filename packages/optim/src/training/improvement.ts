import { checkOptionValues, GraphError } from "@org/core";
import { nonNegative, oneOf } from "../options.ts";

/** Which metric is looked at, and what is better. */
export interface ImprovementOptions<Name extends string = string> {
  /** A metric of the validation; without one, of the training, its mean over the epoch. @default "loss" */
  readonly metric?: Name;
  /** Whether less is better, or more. @default "min" */
  readonly mode?: "min" | "max";
  /** By how much a value has to be better. @default 0 */
  readonly minDelta?: number;
}

/** How a value compares with the best one before it. */
export interface Improvement {
  /** What any number improves on. */
  readonly worst: number;
  /** The metric's value. @throws GraphError where it is not among the metrics */
  valueOf(metrics: Readonly<Record<string, number>>): number;
  /** Whether a value is better than the best so far; NaN never is. */
  improves(value: number, best: number): boolean;
}

export function improvement(op: string, options: ImprovementOptions): Improvement {
  const { metric = "loss", mode = "min", minDelta = 0 } = options;
  checkOptionValues(op, { minDelta: [minDelta, nonNegative], mode: [mode, oneOf("min", "max")] });
  return {
    worst: mode === "min" ? Infinity : -Infinity,
    valueOf(metrics) {
      if (Object.hasOwn(metrics, metric)) return metrics[metric]!;
      const names = Object.keys(metrics).join(", ") || "none";
      throw new GraphError({ op, problem: `there is no metric ${JSON.stringify(metric)}`, hint: names });
    },
    improves: (value, best) => (mode === "min" ? value < best - minDelta : value > best + minDelta),
  };
}
