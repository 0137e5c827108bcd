import type { Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, div, mul, neg, square, sub } from "./arithmetic.ts";
import { equal, logicalAnd, where } from "./comparison.ts";
import { binaryOp, unaryOp } from "./elementwise.ts";
import type { Operand } from "./operand.ts";
import { applyBinary, applyUnary } from "./promotion.ts";

export const expOp: Op = unaryOp("exp", {
  evaluate: Math.exp,
  emit: (e, x) => e.apply("exp", x),
  vjp: (g, y) => [mul(g, y)],
});

/**
 * Exponential, elementwise: `y = eˣ`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g y`
 */
export const exp = (x: Operand): Tensor => applyUnary(expOp, x, "float");

export const expm1Op: Op = unaryOp("expm1", {
  evaluate: Math.expm1,
  emit: (e, x) => e.apply("expm1", x),
  vjp: (g, y) => [mul(g, add(y, 1))],
});

/**
 * `y = eˣ - 1`, elementwise, exact near 0.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g (y + 1)`
 */
export const expm1 = (x: Operand): Tensor => applyUnary(expm1Op, x, "float");

export const logOp: Op = unaryOp("log", {
  evaluate: Math.log,
  emit: (e, x) => e.apply("log", x),
  vjp: (g, _, [x]) => [div(g, x)],
});

/**
 * Natural logarithm, elementwise: `y = ln x`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g / x`
 */
export const log = (x: Operand): Tensor => applyUnary(logOp, x, "float");

export const log1pOp: Op = unaryOp("log1p", {
  evaluate: Math.log1p,
  emit: (e, x) => e.apply("log1p", x),
  vjp: (g, _, [x]) => [div(g, add(x, 1))],
});

/**
 * `y = ln(1 + x)`, elementwise, exact near 0.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g / (1 + x)`
 */
export const log1p = (x: Operand): Tensor => applyUnary(log1pOp, x, "float");

export const sqrtOp: Op = unaryOp("sqrt", {
  evaluate: Math.sqrt,
  emit: (e, x) => e.apply("sqrt", x),
  vjp: (g, y) => [div(g, mul(y, 2))],
});

/**
 * Square root, elementwise: `y = √x`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g / 2y`
 */
export const sqrt = (x: Operand): Tensor => applyUnary(sqrtOp, x, "float");

export const rsqrtOp: Op = unaryOp("rsqrt", {
  evaluate: (x) => 1 / Math.sqrt(x),
  emit: (e, x) => e.apply("rsqrt", x),
  vjp: (g, y, [x]) => [div(mul(g, y), mul(x, -2))],
});

/**
 * Reciprocal square root, elementwise: `y = 1 / √x`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = -g y / 2x`
 */
export const rsqrt = (x: Operand): Tensor => applyUnary(rsqrtOp, x, "float");

/** C99 and NumPy: 1 to any power is 1, and so is (-1)^±∞; JavaScript says NaN. */
const power = (a: number, b: number): number =>
  a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;

export const powOp: Op = binaryOp("pow", {
  evaluate: power,
  emit: (e, a, b) => e.combine("pow", a, b),
  vjp: (g, y, [a, b]) => {
    const zero = equal(a, 0);
    // 0 · 0⁻¹ is no number. Elsewhere b aᵇ⁻¹ is 0 at b = 0 by itself, and has its derivative there.
    const lost = logicalAnd(equal(b, 0), zero);
    const slope = mul(b, pow(a, where(lost, 1, sub(b, 1))));
    const growth = mul(y, log(where(zero, 1, a)));
    return [where(lost, 0, mul(g, slope)), where(zero, 0, mul(g, growth))];
  },
});

/**
 * Elementwise power: `y = aᵇ`. A negative base takes whole exponents only; elsewhere the result is NaN.
 * Shapes:   `a, b` broadcast together → their common shape
 * Gradient: `ga = g b aᵇ⁻¹` (0 where a = b = 0), `gb = g y ln a` (0 where a = 0)
 * @throws ShapeError where shapes do not broadcast
 * @example
 * evaluate(pow([1, 2, 3], 2)); // → [1, 4, 9]
 */
export const pow = (a: Operand, b: Operand): Tensor => applyBinary(powOp, a, b, "float");

/** `e^-|x|` never overflows, whichever the sign. */
const logistic = (x: number): number => {
  const small = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
};

export const sigmoidOp: Op = unaryOp("sigmoid", {
  evaluate: logistic,
  emit: (e, x) => e.apply("sigmoid", x),
  vjp: (g, y) => [mul(g, y, sub(1, y))],
});

/**
 * Logistic sigmoid, elementwise: `y = 1 / (1 + e⁻ˣ)`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g y (1 - y)`
 */
export const sigmoid = (x: Operand): Tensor => applyUnary(sigmoidOp, x, "float");

export const tanhOp: Op = unaryOp("tanh", {
  evaluate: Math.tanh,
  emit: (e, x) => e.apply("tanh", x),
  vjp: (g, y) => [mul(g, sub(1, square(y)))],
});

/**
 * Hyperbolic tangent, elementwise: `y = tanh x`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g (1 - y²)`
 */
export const tanh = (x: Operand): Tensor => applyUnary(tanhOp, x, "float");

export const softplusOp: Op = unaryOp("softplus", {
  evaluate: (x) => (Number.isNaN(x) ? x : Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  emit: (e, x) => e.apply("softplus", x),
  vjp: (g, _, [x]) => [mul(g, sigmoid(x))],
});

/**
 * Softplus, elementwise: `y = ln(1 + eˣ)`, without overflow.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g σ(x)`
 */
export const softplus = (x: Operand): Tensor => applyUnary(softplusOp, x, "float");

export const sinOp: Op = unaryOp("sin", {
  evaluate: Math.sin,
  emit: (e, x) => e.apply("sin", x),
  vjp: (g, _, [x]) => [mul(g, cos(x))],
});

/**
 * Sine, elementwise; `x` in radians.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g cos x`
 */
export const sin = (x: Operand): Tensor => applyUnary(sinOp, x, "float");

export const cosOp: Op = unaryOp("cos", {
  evaluate: Math.cos,
  emit: (e, x) => e.apply("cos", x),
  vjp: (g, _, [x]) => [neg(mul(g, sin(x)))],
});

/**
 * Cosine, elementwise; `x` in radians.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = -g sin x`
 */
export const cos = (x: Operand): Tensor => applyUnary(cosOp, x, "float");
