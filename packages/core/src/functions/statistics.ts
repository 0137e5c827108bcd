import { GraphError } from "../errors.ts";
import { withScope } from "../graph/provenance.ts";
import type { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { add, div, mul, square, sub } from "../ops/arithmetic.ts";
import { keeping, sum, without } from "../ops/broadcast.ts";
import { cast, toTruth } from "../ops/cast.ts";
import { equal, greater, isFinite, notEqual, where } from "../ops/comparison.ts";
import { stopGradient } from "../ops/control.ts";
import { exp, log, pow, sqrt } from "../ops/exponential.ts";
import { type Operand, type ReductionOptions, resolveAxes, resolveAxis, toTensor } from "../ops/operand.ts";
import { abs } from "../ops/piecewise.ts";
import { fill, toFloat } from "../ops/promotion.ts";
import { concat, sliceAxis } from "../ops/rearrange.ts";
import { max } from "../ops/reduction.ts";
import { reshape, transpose } from "../ops/reshape.ts";
import { checkOptionNames } from "../option-names.ts";
import { sizeOf } from "../shape.ts";
import { requireFinite } from "../sizes.ts";

const countOf = (x: Tensor, axes: readonly number[]): number => sizeOf(axes.map((axis) => x.shape[axis]!));

/**
 * The arithmetic mean over axes, over all by default: `y = Σ x / n`. NaN for n = 0.
 * Shapes:   `x [...s]` → `s` without the reduced axes, or with 1 in their place (`keepDims`)
 * Gradient: `gx = g / n`
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(mean([[1, 2], [3, 6]], { axis: 1 })); // → [1.5, 4.5]
 */
export function mean(x: Operand, options: ReductionOptions = {}): Tensor {
  checkOptionNames("mean", options, "axis keepDims");
  const a = toFloat("mean", x);
  return div(sum(a, options), countOf(a, resolveAxes("mean", a, options.axis)));
}

/**
 * The variance over axes, over all by default: `y = Σ (x - mean)² / (n - correction)`.
 * Shapes: `x [...s]` → `s` without the reduced axes, or with 1 in their place (`keepDims`)
 * A `correction` of 0 divides by n (default, as in NumPy), 1 by n - 1 (Bessel's, PyTorch's default).
 * @throws ShapeError for an unknown axis; GraphError for a correction that is not finite
 * @example
 * evaluate(variance([1, 2, 3, 4], { correction: 1 })); // → 1.6666667
 */
export function variance(
  x: Operand,
  options: ReductionOptions & { readonly correction?: number } = {},
): Tensor {
  const { correction = 0, ...over } = checkOptionNames("variance", options, "axis keepDims correction");
  requireFinite("variance", "correction", correction);
  const a = toFloat("variance", x);
  const axes = resolveAxes("variance", a, over.axis);
  const centred = sub(a, mean(a, { axis: axes, keepDims: true }));
  return div(sum(square(centred), over), countOf(a, axes) - correction);
}

/**
 * The standard deviation over axes, over all by default: `y = √(Σ (x - mean)² / (n - correction))`.
 * Shapes:   `x [...s]` → `s` without the reduced axes, or with 1 in their place (`keepDims`)
 * Gradient: `gx = g (x - mean) / ((n - correction) y)`; 0 where y is 0
 * A `correction` of 0 divides by n (default, as in NumPy), 1 by n - 1 (Bessel's, PyTorch's default).
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(std([1, 3])); // → 1
 */
export function std(x: Operand, options: ReductionOptions & { readonly correction?: number } = {}): Tensor {
  const { correction = 0, ...over } = checkOptionNames("std", options, "axis keepDims correction");
  requireFinite("std", "correction", correction);
  const a = toFloat("std", x);
  const axes = resolveAxes("std", a, over.axis);
  const centred = sub(a, mean(a, { axis: axes, keepDims: true }));
  return div(norm(centred, over), Math.sqrt(countOf(a, axes) - correction));
}

/**
 * `y = ln Σ eˣ` over axes, over all by default, without overflow; -∞ of nothing, and where all elements are.
 * Shapes:   `x [...s]` → `s` without the reduced axes, or with 1 in their place (`keepDims`)
 * Gradient: `gx = g softmax(x)`; 0 where all elements are -∞
 * @throws ShapeError for an unknown axis
 */
export function logSumExp(x: Operand, options: ReductionOptions = {}): Tensor {
  const { axis, keepDims = false } = checkOptionNames("logSumExp", options, "axis keepDims");
  const a = toFloat("logSumExp", x);
  const axes = resolveAxes("logSumExp", a, axis);
  const shift = finiteMax(a, axes);
  const total = sum(exp(sub(a, shift)), { axis: axes, keepDims: true });
  // 0 where all elements are -∞, and only there: the largest gives 1.
  const none = equal(total, 0);
  const y = where(none, Number.NEGATIVE_INFINITY, add(log(where(none, 1, total)), shift));
  return keepDims ? y : reshape(y, without(a.shape, axes));
}

/** The maximum, or 0 where it is infinite or NaN, or of nothing; a constant as far as gradients see, since it cancels. */
function finiteMax(x: Tensor, axes: readonly number[]): Tensor {
  const shape = keeping(x.shape, axes);
  if (axes.some((axis) => x.shape[axis] === 0)) return fill(0, { shape, dtype: x.dtype });
  const top = stopGradient(max(x, { axis: axes, keepDims: true }));
  return where(isFinite(top), top, 0);
}

/**
 * `y = eˣ / Σ eˣ` along an axis, the last by default.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = y (g - Σ g y)`
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(softmax([0, 0, 1000])); // → [0, 0, 1]
 */
export function softmax(x: Operand, options: { readonly axis?: number } = {}): Tensor {
  const { axis = -1 } = checkOptionNames("softmax", options, "axis");
  const a = toFloat("softmax", x);
  const along = [resolveAxis("softmax", a, axis)];
  return withScope("softmax", () => {
    const e = exp(sub(a, finiteMax(a, along)));
    return div(e, sum(e, { axis: along, keepDims: true }));
  });
}

/**
 * `y = x - ln Σ eˣ` along an axis, the last by default: the logarithm of `softmax`, without loss of digits.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g - softmax(x) Σ g`
 * @throws ShapeError for an unknown axis
 */
export function logSoftmax(x: Operand, options: { readonly axis?: number } = {}): Tensor {
  const { axis = -1 } = checkOptionNames("logSoftmax", options, "axis");
  const a = toFloat("logSoftmax", x);
  const along = [resolveAxis("logSoftmax", a, axis)];
  return withScope("logSoftmax", () => {
    const shifted = sub(a, finiteMax(a, along));
    return sub(shifted, log(sum(exp(shifted), { axis: along, keepDims: true })));
  });
}

/**
 * The p-norm over axes, over all by default: `y = (Σ |x|ᵖ)^(1/p)`; `order: Infinity` is the largest `|x|`. `f32` is
 * computed in doubles, powers of `x / max |x|`: neither is too large or too small where the norm is not.
 * Shapes:   `x [...s]` → `s` without the reduced axes, or with 1 in their place (`keepDims`)
 * Gradient: for p = 2 `gx = g x / y`; 0 where the norm is 0, as in PyTorch
 * `order` is p, above 0 and 2 by default.
 * @throws ShapeError for an unknown axis; GraphError for an order that is not above 0
 * @example
 * evaluate(norm([3, 4])); // → 5
 * evaluate(norm([3, -4], { order: 1 })); // → 7
 */
export function norm(x: Operand, options: ReductionOptions & { readonly order?: number } = {}): Tensor {
  const { order = 2, ...over } = checkOptionNames("norm", options, "axis keepDims order");
  const a = toFloat("norm", x);
  if (!(order > 0))
    throw new GraphError({ op: "norm", problem: `expected an order above 0, received ${inWords(order)}` });
  const axes = resolveAxes("norm", a, over.axis);
  if (order === Infinity) return max(abs(a), over);
  if (order === 1) return sum(abs(a), over);
  // Doubles hold the square of every f32, and whatever gradients of other powers are multiplied by on their way.
  if (a.dtype === "f32") {
    const doubles = cast(a, "f64");
    return cast(order === 2 ? rootOf(sum(square(doubles), over), 2) : norm(doubles, options), "f32");
  }
  // ‖x‖ = s ‖x / s‖ for every s: a constant as far as gradients see.
  const largest = finiteMax(abs(a), axes);
  const scale = where(greater(largest, 0), largest, 1);
  const relative = div(a, scale);
  const root = rootOf(sum(order === 2 ? square(relative) : sizePower(relative, order), over), order);
  return mul(root, reshape(scale, root.shape));
}

/** `x^(1 / order)` with a slope of 0 in place of ∞ where x is 0: 1 stands in for it where the result is not used. */
function rootOf(x: Tensor, order: number): Tensor {
  const zero = equal(x, 0);
  const safe = where(zero, 1, x);
  return where(zero, 0, order === 2 ? sqrt(safe) : pow(safe, 1 / order));
}

/** `|x|ᵖ`: of even p without the kink of `|x|`, of p from 2 with every derivative that there is at 0. */
function sizePower(x: Tensor, exponent: number): Tensor {
  if (exponent % 2 === 0) return pow(x, exponent);
  if (exponent > 2) return pow(abs(x), exponent);
  const zero = equal(x, 0);
  return where(zero, 0, pow(where(zero, 1, abs(x)), exponent));
}

/**
 * The product over axes, over all by default: `y = Π x`. The product of nothing is 1. Multiplied in pairs, so that
 * gradients are exact where factors are zero.
 * Shapes:   `x [...s]` → `s` without the reduced axes, or with 1 in their place (`keepDims`)
 * Gradient: `gx = g · the product of the other factors`
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(prod([[1, 2], [3, 4]], { axis: 1 })); // → [2, 12]
 */
export function prod(x: Operand, options: ReductionOptions = {}): Tensor {
  const { axis, keepDims = false } = checkOptionNames("prod", options, "axis keepDims");
  const a = toTensor("prod", x);
  const axes = resolveAxes("prod", a, axis);
  const kept = a.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const shape = without(a.shape, axes);
  let factors = reshape(transpose(a, [...axes, ...kept]), [countOf(a, axes), ...shape]);
  if (factors.shape[0] === 0) factors = fill(1, { shape: [1, ...shape], dtype: a.dtype });
  for (let n = factors.shape[0]!; n > 1; n = factors.shape[0]!) {
    const half = Math.floor(n / 2);
    const product = mul(sliceAxis(factors, 0, 0, half), sliceAxis(factors, 0, half, 2 * half));
    factors = n % 2 === 0 ? product : concat([product, sliceAxis(factors, 0, n - 1, n)]);
  }
  return reshape(factors, keepDims ? keeping(a.shape, axes) : shape);
}

/** Whether any element is true (not ±0), over axes, over all by default → bool. No gradient. */
export function any(x: Operand, options: ReductionOptions = {}): Tensor {
  checkOptionNames("any", options, "axis keepDims");
  return notEqual(sum(truth("any", x), options), 0);
}

/** Whether all elements are true (not ±0), over axes, over all by default → bool. No gradient. */
export function all(x: Operand, options: ReductionOptions = {}): Tensor {
  checkOptionNames("all", options, "axis keepDims");
  return equal(sum(cast(equal(truth("all", x), 0), "i32"), options), 0);
}

const truth = (op: string, x: Operand): Tensor => cast(toTruth(op, x), "i32");
