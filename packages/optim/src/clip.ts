import { abs, add, cast, div, max, minimum, mul, sqrt, square, stack, sum, type Tensor } from "@org/core";
import { mapRecord, type TensorRecord, type Transform } from "./transform.ts";

/** Which norm: 2 (default) is the length, 1 the sum of absolute values, Infinity the largest one. */
export interface NormOptions {
  /** @default 2 */
  readonly order?: 1 | 2 | typeof Infinity;
}

/**
 * The norm of all gradients taken as one long vector: `√(Σ g²)`.
 * Shapes: any → a scalar
 * @example
 * globalNorm({ a: constant([3]), b: constant([[4]]) }); // → 5
 */
export function globalNorm(gradients: TensorRecord, { order = 2 }: NormOptions = {}): Tensor {
  const parts = Object.values(gradients);
  if (order === Infinity) return max(stack(parts.map((g) => max(abs(g)))));
  const sums = parts.map((g) => sum(order === 1 ? abs(g) : square(g)));
  const total = sums.reduce((a, b) => add(a, b));
  return order === 1 ? total : sqrt(total);
}

/**
 * Scales all gradients together so that their norm is at most `maxNorm`: `g · min(1, maxNorm / (norm + 1e-6))`. The
 * direction stays; below `maxNorm` nothing changes. A norm that is not finite makes every update NaN, not a step.
 * The `1e-6` is PyTorch's. The norm before clipping is `globalNorm(minimize(…).gradients)`.
 * Source: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks", algorithm 1.
 */
export const clipByGlobalNorm = (maxNorm: number, options: NormOptions = {}): Transform => ({
  init: () => ({}),
  update(gradients) {
    const scale = minimum(1, div(maxNorm, add(globalNorm(gradients, options), 1e-6)));
    return { updates: mapRecord(gradients, (g) => mul(g, cast(scale, g.dtype))), state: {} };
  },
});
