import { checkOptionValues, constant, GraphError, less, sub, type Tensor, where } from "@org/core";
import type { Schedule } from "../learning-rate.ts";
import { nonNegative, whole } from "../options.ts";
import { time } from "./time.ts";

/**
 * Rates or schedules one after another, each from the step that is its key. A schedule begins at its own step 0.
 * @throws GraphError for negative rates, and where no piece begins at step 0
 * Source: PyTorch's `MultiStepLR` and `SequentialLR`, whose rates are factors of the first; here they stand for themselves.
 * @example
 * const rate = piecewise({ 0: 0.8, 10: 0.1, 20: polynomial(0.1, { steps: 10 }) });
 * [0, 9, 10, 20, 25, 99].map((t) => rate(t)); // → [0.8, 0.8, 0.1, 0.1, 0.05, 0]
 */
export function piecewise(pieces: Readonly<Record<number, number | ((step: Tensor) => Tensor)>>): Schedule {
  const entries = Object.entries(pieces ?? {}).map(([key, piece]) => [Number(key), piece] as const);
  for (const [start, piece] of entries) {
    checkOptionValues("piecewise", { "every key": [start, whole] });
    if (typeof piece === "number")
      checkOptionValues("piecewise", { [`the rate from step ${start}`]: [piece, nonNegative] });
  }
  entries.sort(([a], [b]) => a - b);
  if (entries[0]?.[0] !== 0) {
    const received = entries.length === 0 ? "no pieces" : `a first piece from step ${entries[0]![0]}`;
    throw new GraphError({ op: "piecewise", problem: `expected a piece from step 0, received ${received}` });
  }
  return (step) => {
    const t = time(step);
    const rates = entries.map(
      ([start, piece]): Tensor =>
        typeof piece === "number" ? constant(piece, "f64") : time(piece(sub(t, start))),
    );
    return rates.reduceRight((after, rate, i) => where(less(t, entries[i + 1]![0]), rate, after));
  };
}
