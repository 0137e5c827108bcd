import type { Tensor } from "../graph/tensor.ts";
import { add, div, mul, square, sub } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { equal, greater, isFinite, less, logicalAnd, logicalOr, maximum, where } from "../ops/comparison.ts";
import { stopGradient } from "../ops/control.ts";
import { log, sqrt } from "../ops/exponential.ts";
import type { Operand } from "../ops/operand.ts";
import { abs, round } from "../ops/piecewise.ts";
import { broadcastAll, promoteAll, toFloat } from "../ops/promotion.ts";

/**
 * `y = 1 / x`, elementwise.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = -g y²`
 * @example
 * evaluate(reciprocal([2, 4])); // → [0.5, 0.25]
 */
export const reciprocal = (x: Operand): Tensor => div(1, toFloat("reciprocal", x));

/** `ln x / ln base`, which is whole where it is within its rounding of a whole number. */
function logarithm(x: Operand, base: 2 | 10): Tensor {
  const a = toFloat(`log${base}`, x);
  const y = mul(log(a), 1 / Math.log(base));
  const whole = round(y);
  const rounding = mul(abs(whole), a.dtype === "f32" ? 2 ** -22 : 2 ** -51);
  const error = sub(whole, y);
  return add(y, stopGradient(where(less(abs(error), rounding), error, 0)));
}

/**
 * Logarithm to base 2, elementwise; exact at powers of 2.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g / (x ln 2)`
 * @example
 * evaluate(log2([8, 0.25])); // → [3, -2]
 */
export const log2 = (x: Operand): Tensor => logarithm(x, 2);

/**
 * Logarithm to base 10, elementwise; exact at powers of 10.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g / (x ln 10)`
 * @example
 * evaluate(log10([1000, 0.01])); // → [3, -2]
 */
export const log10 = (x: Operand): Tensor => logarithm(x, 10);

/**
 * The length of the hypotenuse, elementwise: `y = √(a² + b²)`, without overflow; ∞ beside NaN is ∞, as in C.
 * Shapes:   `a, b` broadcast together → their common shape
 * Gradient: `ga = g a / y`, `gb = g b / y`; 0 at the origin
 * @throws ShapeError where shapes do not broadcast
 * @example
 * evaluate(hypot(3, [4, 0])); // → [5, 3]
 */
export function hypot(a: Operand, b: Operand): Tensor {
  const [x, y] = broadcastAll("hypot", promoteAll("hypot", [a, b], "float")) as [Tensor, Tensor];
  // Doubles hold the squares of every f32.
  if (x.dtype === "f32") return cast(hypotenuse(cast(x, "f64"), cast(y, "f64"), 1), "f32");
  const larger = stopGradient(maximum(abs(x), abs(y)));
  return hypotenuse(x, y, where(logicalAnd(greater(larger, 0), isFinite(larger)), larger, 1));
}

/** `s √((x/s)² + (y/s)²)`, which does not depend on `s`. */
function hypotenuse(x: Tensor, y: Tensor, scale: Operand): Tensor {
  const squares = add(square(div(x, scale)), square(div(y, scale)));
  const zero = equal(squares, 0);
  const root = where(zero, 0, sqrt(where(zero, 1, squares)));
  const infinite = logicalOr(equal(abs(x), Infinity), equal(abs(y), Infinity));
  return where(infinite, Infinity, mul(root, scale));
}
