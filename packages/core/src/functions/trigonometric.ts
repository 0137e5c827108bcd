import type { Tensor } from "../graph/tensor.ts";
import { atan2 } from "../ops/arc-tangent.ts";
import { add, div, mul, neg, sub } from "../ops/arithmetic.ts";
import { cos, expm1, sin, sqrt } from "../ops/exponential.ts";
import type { Operand } from "../ops/operand.ts";
import { toFloat } from "../ops/promotion.ts";

/**
 * Tangent, elementwise: `y = sin x / cos x`; `x` in radians.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g (1 + y²)`
 * @example
 * evaluate(tan([0, 1])); // → [0, 1.5574077]
 */
export function tan(x: Operand): Tensor {
  const a = toFloat("tan", x);
  return div(sin(a), cos(a));
}

/**
 * Inverse sine, elementwise, from -π/2 to π/2: the angle of the point `(√(1 - x²), x)`. NaN beyond ±1.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g / √(1 - x²)`
 * @example
 * evaluate(asin([0.5, -1])); // → [0.5235988, -1.5707963]
 */
export function asin(x: Operand): Tensor {
  const a = toFloat("asin", x);
  return atan2(a, sqrt(mul(sub(1, a), add(a, 1))));
}

/**
 * Inverse cosine, elementwise, from 0 to π: `y = 2 atan(√(1 - x) / √(1 + x))`, exact near 1 too. NaN beyond ±1.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = -g / √(1 - x²)`
 * @example
 * evaluate(acos([1, 0.5])); // → [0, 1.0471976]
 */
export function acos(x: Operand): Tensor {
  const a = toFloat("acos", x);
  return mul(atan2(sqrt(sub(1, a)), sqrt(add(a, 1))), 2);
}

/** `2 sinh(x/2) = e^(x/2) - e^(-x/2)` and `2 cosh(x/2)`, exact near 0, and as large as the root of the result. */
function halves(op: string, x: Operand): { sinh: Tensor; cosh: Tensor } {
  const half = mul(toFloat(op, x), 0.5);
  const [rise, fall] = [expm1(half), expm1(neg(half))];
  return { sinh: sub(rise, fall), cosh: add(add(rise, fall), 2) };
}

/**
 * Hyperbolic sine, elementwise: `y = (eˣ - e⁻ˣ) / 2 = 2 sinh(x/2) cosh(x/2)`, exact near 0.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g cosh x`
 * @example
 * evaluate(sinh([0, 1])); // → [0, 1.1752012]
 */
export function sinh(x: Operand): Tensor {
  const half = halves("sinh", x);
  return mul(half.sinh, mul(half.cosh, 0.5));
}

/**
 * Hyperbolic cosine, elementwise: `y = (eˣ + e⁻ˣ) / 2 = 1 + 2 sinh²(x/2)`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g sinh x`
 * @example
 * evaluate(cosh([0, 1])); // → [1, 1.5430806]
 */
export function cosh(x: Operand): Tensor {
  const half = halves("cosh", x);
  return add(mul(half.sinh, mul(half.sinh, 0.5)), 1);
}
