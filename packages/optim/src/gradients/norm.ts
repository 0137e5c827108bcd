import {
  abs,
  add,
  div,
  isFinite,
  max,
  minimum,
  pow,
  sqrt,
  square,
  stack,
  sum,
  type Tensor,
  where,
} from "@org/core";
import { check, positive } from "../options.ts";
import type { TensorRecord } from "../transform.ts";

/** Which norm: 2 (default) is the length, 1 the sum of absolute values, Infinity the largest one. */
export interface NormOptions {
  /** p: a number above 0, or Infinity. @default 2 */
  readonly order?: number;
}

/**
 * The p-norm of all gradients taken as one long vector: `(Σ |g|ᵖ)^(1/p)`, computed in their own dtype: squares of
 * `f32` gradients above 1.8e19 are infinite. NaN or infinite where a gradient is.
 * Shapes: any → a scalar
 * @throws GraphError for an order that is not above 0
 * @example
 * globalNorm({ a: parameter("a", [3]), b: parameter("b", [[4]]) }); // → 5
 * globalNorm({ a: parameter("a", [3, -4]) }, { order: Infinity }); // → 4
 */
export function globalNorm(gradients: TensorRecord, { order = 2 }: NormOptions = {}): Tensor {
  check("globalNorm", { order: [order, positive] });
  const parts = Object.values(gradients);
  if (order === Infinity) return max(stack(parts.map((g) => max(abs(g)))));
  const power = order === 1 ? abs : order === 2 ? square : (g: Tensor): Tensor => pow(abs(g), order);
  const total = parts.map((g) => sum(power(g))).reduce((a, b) => add(a, b));
  return order === 1 ? total : order === 2 ? sqrt(total) : pow(total, 1 / order);
}

/** `min(1, maxNorm / (norm + 1e-6))`, and NaN for a norm that is not finite, lest the step pass for a small one. */
export const clipScale = (maxNorm: number, norm: Tensor): Tensor =>
  where(isFinite(norm), minimum(1, div(maxNorm, add(norm, 1e-6))), Number.NaN);
