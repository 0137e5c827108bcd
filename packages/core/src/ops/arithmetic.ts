import { apply, type Op } from "../graph/op.ts";
import { drawnAtOnce } from "../graph/provenance.ts";
import type { Tensor } from "../graph/tensor.ts";
import { binaryOp, negative, numbers, unaryOp } from "./elementwise.ts";
import type { Operand } from "./operand.ts";
import { applyBinary, applyUnary, broadcastAll, promoteAll } from "./promotion.ts";

export const addOp: Op = binaryOp("add", {
  takes: numbers,
  cheap: true,
  evaluate: (a, b) => a + b,
  emit: (e, a, b) => e.combine("add", a, b),
  vjp: (g) => [g, g],
});

/**
 * Elementwise sum of two or more operands: `y = a + b + …`.
 * Shapes:   `a, b, …` broadcast together → their common shape
 * Gradient: `ga = g`, `gb = g`
 * @throws ShapeError where shapes do not broadcast
 * @example
 * evaluate(add([1, 2], 3, 4)); // → [8, 9]
 */
export const add = (a: Operand, b: Operand, ...more: Operand[]): Tensor => fold(addOp, [a, b, ...more]);

export const mulOp: Op = binaryOp("mul", {
  takes: numbers,
  cheap: true,
  evaluate: (a, b) => a * b,
  evaluateInteger: Math.imul,
  emit: (e, a, b) => e.combine("mul", a, b),
  vjp: (g, _, [a, b]) => [mul(g, b), mul(g, a)],
});

/**
 * Elementwise product of two or more operands: `y = a ⊙ b ⊙ …`.
 * Shapes:   `a, b, …` broadcast together → their common shape
 * Gradient: `ga = g b`, `gb = g a`
 * @throws ShapeError where shapes do not broadcast
 * @example
 * evaluate(mul([1, 2], [[3], [4]])); // → [[3, 6], [4, 8]]
 */
export const mul = (a: Operand, b: Operand, ...more: Operand[]): Tensor => fold(mulOp, [a, b, ...more]);

/** A chain of a binary op over operands that meet in one dtype and one shape. */
function fold(op: Op, operands: readonly Operand[]): Tensor {
  return drawnAtOnce(() => {
    const tensors = broadcastAll(op.name, promoteAll(op.name, operands));
    return tensors.reduce((a, b) => apply(op, [a, b]));
  });
}

export const negOp: Op = unaryOp("neg", {
  takes: numbers,
  cheap: true,
  evaluate: (x) => -x,
  emit: negative,
  vjp: (g) => [neg(g)],
});

/**
 * Elementwise negation: `y = -x`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = -g`
 */
export const neg = (x: Operand): Tensor => applyUnary(negOp, x);

export const subOp: Op = binaryOp("sub", {
  takes: numbers,
  cheap: true,
  evaluate: (a, b) => a - b,
  emit: (e, a, b) => e.combine("sub", a, b),
  vjp: (g) => [g, neg(g)],
});

/**
 * Elementwise difference: `y = a - b`.
 * Shapes:   `a, b` broadcast together → their common shape
 * Gradient: `ga = g`, `gb = -g`
 * @throws ShapeError where shapes do not broadcast
 */
export const sub = (a: Operand, b: Operand): Tensor => applyBinary(subOp, a, b);

export const divOp: Op = binaryOp("div", {
  cheap: true,
  evaluate: (a, b) => a / b,
  emit: (e, a, b) => e.combine("div", a, b),
  vjp: (g, y, [, b]) => [div(g, b), neg(div(mul(g, y), b))],
});

/**
 * Elementwise quotient: `y = a / b`; integers are divided as `f32`.
 * Shapes:   `a, b` broadcast together → their common shape
 * Gradient: `ga = g / b`, `gb = -g y / b`
 * @throws ShapeError where shapes do not broadcast
 * @example
 * evaluate(div([1, 2], 4)); // → [0.25, 0.5]
 */
export const div = (a: Operand, b: Operand): Tensor => applyBinary(divOp, a, b, "float");

export const squareOp: Op = unaryOp("square", {
  takes: numbers,
  cheap: true,
  evaluate: (x) => x * x,
  evaluateInteger: (x) => Math.imul(x, x),
  emit: (e, x) => e.combine("mul", x, x),
  vjp: (g, _, [x]) => [mul(g, x, 2)],
});

/**
 * Elementwise square: `y = x²`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = 2 g x`
 */
export const square = (x: Operand): Tensor => applyUnary(squareOp, x);
