import {
  checkOptionNames,
  expandDims,
  greater,
  log,
  logSoftmax,
  mul,
  type Operand,
  sub,
  sum,
  type Tensor,
  where,
  withScope,
} from "@org/core";
import { alike, type LossOptions, masked, maskOf, reduced } from "./reduction.ts";

/**
 * The Kullback–Leibler divergence from a prediction to the truth: `E = Σ p ln(p / softmax(logits))` over the last axis,
 * one loss for each row. Logarithms of probabilities are logits too, and stay as they are.
 * Shapes:   `logits [...s, classes], probabilities [...s, classes]` → a scalar, or `[...s]` with `reduction: "none"`
 * Gradient: `(softmax(logits) - p) / n`, n rows: the mean is PyTorch's `"batchmean"`. PyTorch, which expects logarithms
 *   of probabilities, does not take the softmax and gives `-p / n`.
 * @throws ShapeError where the shapes differ
 * @example
 * klDivergence([0, 0], [0.5, 0.5]); // → 0
 * klDivergence([0, 0], [1, 0]); // → 0.6931472
 */
export function klDivergence(logits: Operand, probabilities: Operand, options: LossOptions = {}): Tensor {
  checkOptionNames("klDivergence", options, "reduction weights mask");
  return withScope("klDivergence", () => {
    const [given, p] = alike("klDivergence", logits, probabilities, [options.weights]);
    const mask = maskOf(options, given.shape.slice(0, -1));
    const row = mask && expandDims(mask, -1);
    const [z, target] = [masked(given, row), masked(p, row)];
    // 0 ln 0 = 0, whatever the logit.
    const present = greater(target, 0);
    const apart = where(present, sub(log(where(present, target, 1)), logSoftmax(z)), 0);
    return reduced("klDivergence", sum(mul(target, apart), { axis: -1 }), options, mask);
  });
}
