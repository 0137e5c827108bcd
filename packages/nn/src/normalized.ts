import {
  abs,
  constant,
  greater,
  max,
  mean,
  mul,
  square,
  stopGradient,
  sub,
  type Tensor,
  where,
} from "@org/core";
import { math } from "./equation.ts";

/** Above `large` squares might overflow; elements times `scale`, a power of two, do not. `least` is no subnormal. */
const RANGES = {
  f32: { large: 2 ** 50, scale: 2 ** -80, least: 2 ** -126 },
  f64: { large: 2 ** 400, scale: 2 ** -560, least: 2 ** -1022 },
} as const;

/**
 * The last axis brought to mean 0 and variance 1, but for ε: `(x - μ) / √(σ² + ε)`. Rows of large elements are made
 * smaller first, ε with them, which is exact: `(s x - s μ) / √(s² σ² + s² ε)`.
 */
export function normalized(x: Tensor, epsilon: number): Tensor {
  const dtype = x.dtype === "f64" ? "f64" : "f32";
  const { large, scale, least } = RANGES[dtype];
  const isLarge = greater(stopGradient(max(abs(x), { axis: -1, keepDims: true })), large);
  const choose = (ifLarge: number, otherwise: number): Tensor =>
    where(isLarge, constant(ifLarge, dtype), constant(otherwise, dtype));
  const scaled = mul(x, choose(scale, 1));
  const centred = sub(scaled, mean(scaled, { axis: -1, keepDims: true }));
  const variance = mean(square(centred), { axis: -1, keepDims: true });
  const scaledEpsilon = choose(epsilon && Math.max(epsilon * scale * scale, least), epsilon);
  return math`${centred} * rsqrt(${variance} + ${scaledEpsilon})`;
}
