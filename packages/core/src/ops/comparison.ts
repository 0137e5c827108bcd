import type { Emitter, Scalar, ScalarComparison } from "../graph/kernel-rule.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { mul } from "./arithmetic.ts";
import { toTruth } from "./cast.ts";
import { binaryOp, checkAlike, floats, mapElements, numbers, unaryOp } from "./elementwise.ts";
import type { Operand } from "./operand.ts";
import { applyBinary, applyUnary, broadcastAll, fill, promoteAll } from "./promotion.ts";

const all = [...numbers, "bool"] as const;
/** A truth value as the number that it is compared as. */
const counted = (e: Emitter, x: Scalar): Scalar => (x.dtype === "bool" ? e.cast(x, "i32") : x);

const compareOp = (name: ScalarComparison, evaluate: (a: number, b: number) => boolean): Op =>
  binaryOp(name, {
    takes: all,
    gives: "bool",
    cheap: true,
    evaluate: (a, b) => Number(evaluate(a, b)),
    emit: (e, a, b) => e.compare(name, counted(e, a), counted(e, b)),
    vjp: "none",
    decide: (a, b) => Number(evaluate(a, b)),
  });

export const equalOp: Op = compareOp("equal", (a, b) => a === b);
export const notEqualOp: Op = compareOp("notEqual", (a, b) => a !== b);
export const lessOp: Op = compareOp("less", (a, b) => a < b);
export const lessEqualOp: Op = compareOp("lessEqual", (a, b) => a <= b);
export const greaterOp: Op = compareOp("greater", (a, b) => a > b);
export const greaterEqualOp: Op = compareOp("greaterEqual", (a, b) => a >= b);

/** Elementwise `a = b` → bool, broadcasting. NaN equals nothing. No gradient. */
export const equal = (a: Operand, b: Operand): Tensor => applyBinary(equalOp, a, b);

/** Elementwise `a ≠ b` → bool, broadcasting. No gradient. */
export const notEqual = (a: Operand, b: Operand): Tensor => applyBinary(notEqualOp, a, b);

/** Elementwise `a < b` → bool, broadcasting. No gradient. */
export const less = (a: Operand, b: Operand): Tensor => applyBinary(lessOp, a, b);

/** Elementwise `a ≤ b` → bool, broadcasting. No gradient. */
export const lessEqual = (a: Operand, b: Operand): Tensor => applyBinary(lessEqualOp, a, b);

/** Elementwise `a > b` → bool, broadcasting. No gradient. */
export const greater = (a: Operand, b: Operand): Tensor => applyBinary(greaterOp, a, b);

/** Elementwise `a ≥ b` → bool, broadcasting. No gradient. */
export const greaterEqual = (a: Operand, b: Operand): Tensor => applyBinary(greaterEqualOp, a, b);

const logicOp = (name: string, bits: "and" | "or", evaluate: (a: number, b: number) => number): Op =>
  binaryOp(name, {
    takes: ["bool"],
    cheap: true,
    evaluate,
    emit: (e, a, b) => e.bits(bits, a, b),
    vjp: "none",
  });

export const logicalAndOp: Op = logicOp("logicalAnd", "and", (a, b) => a & b);
export const logicalOrOp: Op = logicOp("logicalOr", "or", (a, b) => a | b);

export const logicalNotOp: Op = unaryOp("logicalNot", {
  takes: ["bool"],
  cheap: true,
  evaluate: (x) => 1 - x,
  emit: (e, x) => e.not(x),
  vjp: "none",
});

/** Elementwise conjunction → bool; numbers other than ±0 count as true. No gradient. */
export const logicalAnd = (a: Operand, b: Operand): Tensor =>
  applyBinary(logicalAndOp, toTruth("logicalAnd", a), toTruth("logicalAnd", b));

/** Elementwise disjunction → bool; numbers other than ±0 count as true. No gradient. */
export const logicalOr = (a: Operand, b: Operand): Tensor =>
  applyBinary(logicalOrOp, toTruth("logicalOr", a), toTruth("logicalOr", b));

/** Elementwise negation → bool; numbers other than ±0 count as true. No gradient. */
export const logicalNot = (x: Operand): Tensor => applyUnary(logicalNotOp, toTruth("logicalNot", x));

export const isFiniteOp: Op = unaryOp("isFinite", {
  takes: floats,
  gives: "bool",
  cheap: true,
  evaluate: (x) => Number(Number.isFinite(x)),
  emit: (e, x) => e.compare("less", e.apply("abs", x), e.constant(Infinity, x.dtype)),
  vjp: "none",
});

/** Elementwise: neither NaN nor infinite → bool. No gradient. */
export const isFinite = (x: Operand): Tensor => applyUnary(isFiniteOp, x, "float");

export const whereOp: Op = defineOp<[condition: Tensor, a: Tensor, b: Tensor]>({
  name: "where",
  rule: "bool [...s], [...s], [...s] → [...s]",
  cheap: true,
  type([condition, a, b]) {
    checkAlike({ name: "where", rule: this.rule, labels: ["a", "b"], takes: all }, [a, b]);
    checkAlike({ name: "where", rule: this.rule, labels: ["condition"], takes: ["bool"] }, [condition]);
    return { shape: a.shape, dtype: a.dtype };
  },
  evaluate: (values, _, type) => mapElements((condition, a, b) => (condition ? a! : b!), values, type),
  kernel: { kind: "map", emit: (e, [condition, a, b]) => e.choose(condition!, a!, b!) },
  vjp: (g, _, [condition]) => [null, where(condition, g, fill(0, g)), where(condition, fill(0, g), g)],
  batch: "together",
});

/**
 * Elementwise choice: `y = a` where `condition` holds, else `b`. The side not taken has gradient 0, but a derivative
 * inside it that is not finite still makes NaN (0 · ∞): guard the operand, not the result.
 * Shapes:   `condition, a, b` broadcast together → their common shape
 * Gradient: `ga = where(condition, g, 0)`, `gb = where(condition, 0, g)`
 * @throws ShapeError where shapes do not broadcast
 * @example
 * evaluate(where([true, false], [1, 2], 0)); // → [1, 0]
 */
export function where(condition: Operand, a: Operand, b: Operand): Tensor {
  const [x, y] = promoteAll("where", [a, b]);
  return apply(whereOp, broadcastAll("where", [toTruth("where", condition), x!, y!]));
}

/** Half of `g` to each of two equal operands, all of it to the chosen one, nothing of an infinite one to the other. */
const shared = (g: Tensor, chosen: Tensor, tied: Tensor): Tensor =>
  where(chosen, g, where(tied, mul(g, 0.5), 0));

export const maximumOp: Op = binaryOp("maximum", {
  takes: numbers,
  cheap: true,
  evaluate: Math.max,
  emit: (e, a, b) => e.combine("max", a, b),
  vjp: (g, _, [a, b]) => [shared(g, greater(a, b), equal(a, b)), shared(g, less(a, b), equal(a, b))],
  decide: (a, b) => Math.sign(a - b),
});

/**
 * Elementwise larger operand: `y = max(a, b)`. NaN in either operand gives NaN.
 * Shapes:   `a, b` broadcast together → their common shape
 * Gradient: `g` to the larger operand, half to each at a tie
 * @throws ShapeError where shapes do not broadcast
 */
export const maximum = (a: Operand, b: Operand): Tensor => applyBinary(maximumOp, a, b);

export const minimumOp: Op = binaryOp("minimum", {
  takes: numbers,
  cheap: true,
  evaluate: Math.min,
  emit: (e, a, b) => e.combine("min", a, b),
  vjp: (g, _, [a, b]) => [shared(g, less(a, b), equal(a, b)), shared(g, greater(a, b), equal(a, b))],
  decide: (a, b) => Math.sign(a - b),
});

/**
 * Elementwise smaller operand: `y = min(a, b)`. NaN in either operand gives NaN.
 * Shapes:   `a, b` broadcast together → their common shape
 * Gradient: `g` to the smaller operand, half to each at a tie
 * @throws ShapeError where shapes do not broadcast
 */
export const minimum = (a: Operand, b: Operand): Tensor => applyBinary(minimumOp, a, b);
