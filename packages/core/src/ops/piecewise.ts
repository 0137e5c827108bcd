import type { Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { mul } from "./arithmetic.ts";
import { equal, greater, where } from "./comparison.ts";
import { negative, numbers, unaryOp } from "./elementwise.ts";
import type { Operand } from "./operand.ts";
import { applyUnary } from "./promotion.ts";

export const signOp: Op = unaryOp("sign", {
  takes: numbers,
  cheap: true,
  evaluate: Math.sign,
  emit(e, x) {
    const [zero, one, minus] = [0, 1, -1].map((value) => e.constant(value, x.dtype));
    const below = e.choose(e.compare("less", x, zero!), minus!, x);
    return e.choose(e.compare("greater", x, zero!), one!, below);
  },
  vjp: "none",
  decide: Math.sign,
});

/** Elementwise -1, 0 or 1; NaN stays NaN. Its derivative is 0. */
export const sign = (x: Operand): Tensor => applyUnary(signOp, x);

export const absOp: Op = unaryOp("abs", {
  takes: numbers,
  cheap: true,
  evaluate: Math.abs,
  emit: (e, x) => (x.dtype === "i32" ? e.combine("max", x, negative(e, x)) : e.apply("abs", x)),
  vjp: (g, _, [x]) => [where(equal(x, 0), 0, mul(g, sign(x)))],
  decide: Math.sign,
});

/**
 * Elementwise absolute value: `y = |x|`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g sign(x)`; 0 at 0
 */
export const abs = (x: Operand): Tensor => applyUnary(absOp, x);

export const floorOp: Op = unaryOp("floor", {
  cheap: true,
  evaluate: Math.floor,
  emit: (e, x) => e.apply("floor", x),
  vjp: "none",
  decide: Math.floor,
});

/** Elementwise largest whole number not above `x`. Its derivative is 0. */
export const floor = (x: Operand): Tensor => applyUnary(floorOp, x, "float");

const roundHalfEven = (x: number): number => {
  if (Math.abs(x) >= 2 ** 52) return x;
  const below = Math.floor(x);
  const fraction = x - below;
  const up = fraction > 0.5 || (fraction === 0.5 && below % 2 !== 0);
  const rounded = up ? below + 1 : below;
  return rounded === 0 ? Math.sign(x) * 0 : rounded;
};

export const roundOp: Op = unaryOp("round", {
  cheap: true,
  evaluate: roundHalfEven,
  emit: (e, x) => e.apply("round", x),
  vjp: "none",
  decide: roundHalfEven,
});

/**
 * Elementwise nearest whole number, halves to the even one (IEEE 754, as NumPy does). Its derivative is 0.
 * @example
 * evaluate(round([0.5, 1.5, -2.5, 2.6])); // → [0, 2, -2, 3]
 */
export const round = (x: Operand): Tensor => applyUnary(roundOp, x, "float");

export const reluOp: Op = unaryOp("relu", {
  takes: numbers,
  cheap: true,
  evaluate: (x) => Math.max(x, 0),
  emit: (e, x) => e.combine("max", x, e.constant(0, x.dtype)),
  vjp: (g, _, [x]) => [where(greater(x, 0), g, 0)],
  decide: Math.sign,
});

/**
 * Rectified linear unit, elementwise: `y = max(x, 0)`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g` where `x > 0`, else 0 (at 0 too, as in PyTorch)
 */
export const relu = (x: Operand): Tensor => applyUnary(reluOp, x);
