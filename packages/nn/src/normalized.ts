import { math, mean, square, sub, type Tensor } from "@org/core";

/** The last axis brought to mean 0 and variance 1, but for ε: `(x - μ) / √(σ² + ε)`. */
export function normalized(x: Tensor, epsilon: number): Tensor {
  const centred = sub(x, mean(x, { axis: -1, keepDims: true }));
  const variance = mean(square(centred), { axis: -1, keepDims: true });
  return math`${centred} * rsqrt(${variance} + ${epsilon})`;
}
