import {
  abs,
  checkOptionNames,
  checkOptionValues,
  clip,
  mul,
  type Operand,
  square,
  sub,
  type Tensor,
  withScope,
} from "@org/core";
import { positive } from "../option-values.ts";
import { alike, type LossOptions, masked, maskOf, reduced } from "./reduction.ts";

/** A loss of `prediction - target`, elementwise. */
function lossOfError(
  op: string,
  prediction: Operand,
  target: Operand,
  options: LossOptions,
  loss: (error: Tensor) => Tensor,
): Tensor {
  checkOptionNames(op, options, "reduction weights mask");
  return withScope(op, () => {
    const [y, t] = alike(op, prediction, target, [options.weights]);
    const mask = maskOf(options, y.shape);
    return reduced(op, loss(masked(sub(y, t), mask)), options, mask);
  });
}

/**
 * Mean squared error: `E = (y - t)²` for prediction y and target t.
 * Shapes:   `prediction [...s], target [...s]` → a scalar, or `[...s]` with `reduction: "none"`
 * Gradient: `2 (y - t) / n`
 * @throws ShapeError where the shapes differ: losses do not broadcast
 * @example
 * mse([1, 2], [1, 5]); // → 4.5
 * mse([1, 2], [1, 5], { reduction: "none" }); // → [0, 9]
 * mse([[1], [2]], [1, 5]); // throws ShapeError
 */
export const mse = (prediction: Operand, target: Operand, options: LossOptions = {}): Tensor =>
  lossOfError("mse", prediction, target, options, square);

/**
 * Mean absolute error: `E = |y - t|` for prediction y and target t.
 * Shapes:   `prediction [...s], target [...s]` → a scalar, or `[...s]` with `reduction: "none"`
 * Gradient: `sign(y - t) / n`; 0 where the two are equal
 * @throws ShapeError where the shapes differ: losses do not broadcast
 * @example
 * l1([1, 2], [1, 5]); // → 1.5
 */
export const l1 = (prediction: Operand, target: Operand, options: LossOptions = {}): Tensor =>
  lossOfError("l1", prediction, target, options, abs);

/** What `huber` takes. */
export interface HuberOptions extends LossOptions {
  /** The error at which the parabola becomes a line. @default 1 */
  readonly delta?: number;
}

/**
 * Squared for small errors, absolute for large ones: with `e = y - t`, `E = e² / 2` where `|e| ≤ δ`, else `δ (|e| - δ / 2)`.
 * Shapes:   `prediction [...s], target [...s]` → a scalar, or `[...s]` with `reduction: "none"`
 * Gradient: `clip(e, -δ, δ) / n`
 * Source: Huber 1964. PyTorch's `smooth_l1_loss` is this divided by δ.
 * @throws ShapeError where the shapes differ: losses do not broadcast; GraphError for a delta that is not above 0
 * @example
 * huber([0.5, 3], [0, 0], { reduction: "none" }); // → [0.125, 2.5]
 */
export function huber(prediction: Operand, target: Operand, options: HuberOptions = {}): Tensor {
  const { delta = 1, ...rest } = checkOptionNames("huber", options, "delta reduction weights mask");
  checkOptionValues("huber", { delta: [delta, positive] });
  return lossOfError("huber", prediction, target, rest, (error) => {
    const clipped = clip(error, { low: -delta, high: delta });
    return mul(clipped, sub(error, mul(clipped, 0.5)));
  });
}
