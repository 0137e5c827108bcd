import { checkOptionValues, constant as literal } from "@org/core";
import type { Schedule } from "../learning-rate.ts";
import { nonNegative } from "../options.ts";

/**
 * The same rate at every step. The number alone does as well; this is for places that take a schedule.
 * @throws GraphError for a negative rate
 * @example
 * const rate = constant(0.1);
 * rate(7); // → 0.1
 */
export function constant(rate: number): Schedule {
  checkOptionValues("constant", { rate: [rate, nonNegative] });
  return () => literal(rate, "f64");
}
