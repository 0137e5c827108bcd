import * as activation from "../functions/activation.ts";
import * as elementary from "../functions/elementary.ts";
import * as statistics from "../functions/statistics.ts";
import * as trigonometric from "../functions/trigonometric.ts";
import { atan } from "../ops/arc-tangent.ts";
import * as arithmetic from "../ops/arithmetic.ts";
import { sum } from "../ops/broadcast.ts";
import * as comparison from "../ops/comparison.ts";
import { erf } from "../ops/error-function.ts";
import * as exponential from "../ops/exponential.ts";
import { digamma, logGamma } from "../ops/gamma.ts";
import * as piecewise from "../ops/piecewise.ts";
import { max, min } from "../ops/reduction.ts";
import { transpose } from "../ops/reshape.ts";
import { type EquationFunction, type EquationTag, mathWith } from "./math-with.ts";

/** The functions an equation may call, by name. */
const functions: Readonly<Record<string, EquationFunction>> = {
  neg: arithmetic.neg,
  square: arithmetic.square,
  abs: piecewise.abs,
  sign: piecewise.sign,
  floor: piecewise.floor,
  round: piecewise.round,
  relu: piecewise.relu,
  exp: exponential.exp,
  expm1: exponential.expm1,
  log: exponential.log,
  log1p: exponential.log1p,
  sqrt: exponential.sqrt,
  rsqrt: exponential.rsqrt,
  sin: exponential.sin,
  cos: exponential.cos,
  tanh: exponential.tanh,
  sigmoid: exponential.sigmoid,
  σ: exponential.sigmoid,
  softplus: exponential.softplus,
  tan: trigonometric.tan,
  asin: trigonometric.asin,
  acos: trigonometric.acos,
  atan,
  sinh: trigonometric.sinh,
  cosh: trigonometric.cosh,
  log2: elementary.log2,
  log10: elementary.log10,
  reciprocal: elementary.reciprocal,
  logGamma,
  digamma,
  erf,
  leakyRelu: activation.leakyRelu,
  elu: activation.elu,
  selu: activation.selu,
  gelu: activation.gelu,
  silu: activation.silu,
  mish: activation.mish,
  hardTanh: activation.hardTanh,
  hardSigmoid: activation.hardSigmoid,
  softmax: statistics.softmax,
  logSoftmax: statistics.logSoftmax,
  logSumExp: statistics.logSumExp,
  sum,
  mean: statistics.mean,
  variance: statistics.variance,
  std: statistics.std,
  norm: statistics.norm,
  prod: statistics.prod,
  max,
  min,
  logicalNot: comparison.logicalNot,
  isFinite: comparison.isFinite,
  transpose,
};

/**
 * An equation as text. Operators by rising strength: `+ -`, then `* ⊙ · / @`, then unary minus, then `^`, then `ᵀ`;
 * parentheses, numbers, and every unary function by its name, `σ` being the sigmoid. `*`, `⊙` and `·` are elementwise,
 * `@` is the matrix product. What is made of plain numbers alone is computed in doubles and takes the dtype of what it
 * meets, as a plain number does.
 * @throws EquationError pointing at the column; ShapeError, DTypeError as the functions do
 * @example
 * const x = constant([[1, 2]]), w = constant([[3], [4]]);
 * evaluate(math`(${x} @ ${w} + 1)^2 / 2`); // → [[72]]
 * evaluate(math`σ(-${x} ⊙ 0) + ${x}ᵀ`); // → [[1.5, 1.5], [2.5, 2.5]]
 */
export const math: EquationTag = mathWith(functions);
