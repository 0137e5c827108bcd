import {
  add,
  checkOptionNames,
  checkOptionValues,
  div,
  GraphError,
  inWords,
  isFinite,
  minimum,
  norm,
  stack,
  type Tensor,
  where,
} from "@org/core";
import { inDTypeOf, positive } from "../options.ts";
import type { TensorRecord } from "../transform.ts";

/** Which norm: 2 (default) is the length, 1 the sum of absolute values, Infinity the largest one. */
export interface NormOptions {
  /** p: a number above 0, or Infinity. @default 2 */
  readonly order?: number;
}

/**
 * The p-norm of all gradients taken as one long vector: `(Σ |g|ᵖ)^(1/p)`, the norm of the norms of each, computed in
 * their own dtype. NaN or infinite where a gradient is.
 * Shapes: any → a scalar
 * @throws GraphError for an order that is not above 0, and for what is no record
 * @example
 * globalNorm({ a: parameter("a", [3]), b: parameter("b", [[4]]) }); // → 5
 * globalNorm({ a: parameter("a", [3, -4]) }, { order: Infinity }); // → 4
 */
export function globalNorm(gradients: TensorRecord, options: NormOptions = {}): Tensor {
  const { order = 2 } = checkOptionNames("globalNorm", options, "order");
  checkOptionValues("globalNorm", { order: [order, positive] });
  if (typeof gradients !== "object" || gradients === null) {
    const problem = `expected a record of gradients, received ${inWords(gradients)}`;
    throw new GraphError({ op: "globalNorm", problem });
  }
  return norm(stack(Object.values(gradients).map((g) => norm(g, { order }))), { order });
}

/** `min(1, maxNorm / (norm + 1e-6))`, and NaN for a norm that is not finite, lest the step pass for a small one. */
export const clipScale = (maxNorm: number | Tensor, norm: Tensor): Tensor => {
  const bound = inDTypeOf(maxNorm, norm);
  return where(isFinite(norm), minimum(1, div(bound, add(norm, 1e-6))), Number.NaN);
};
