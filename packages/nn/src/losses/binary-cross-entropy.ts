import {
  add,
  checkOptionNames,
  equal,
  logicalAnd,
  mul,
  neg,
  type Operand,
  softplus,
  sub,
  type Tensor,
  where,
  withScope,
} from "@org/core";
import { alike, type LossOptions, masked, maskOf, reduced } from "./reduction.ts";

/** What `binaryCrossEntropyWithLogits` takes. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Multiplies the loss of targets 1, broadcasting, where these are rare; as PyTorch's `pos_weight`. @default 1 */
  readonly positiveWeight?: Operand;
}

/**
 * Sigmoid and cross-entropy in one: `E = -t ln σ(z) - (1 - t) ln(1 - σ(z))` for logits z and targets t from 0 to 1,
 * without overflow; an infinite logit that is right costs nothing.
 * Shapes:   `logits [...s], targets [...s]` → a scalar, or `[...s]` with `reduction: "none"`
 * Gradient: `(σ(z) - t) / n`
 * @throws ShapeError where the shapes differ: losses do not broadcast
 * @example
 * binaryCrossEntropyWithLogits([0, 1000], [1, 1], { reduction: "none" }); // → [0.6931472, 0]
 */
export function binaryCrossEntropyWithLogits(
  logits: Operand,
  targets: Operand,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const { positiveWeight, ...rest } = checkOptionNames(
    "binaryCrossEntropyWithLogits",
    options,
    "positiveWeight reduction weights mask",
  );
  return withScope("binaryCrossEntropy", () => {
    const [given, t] = alike("binaryCrossEntropyWithLogits", logits, targets, [positiveWeight, rest.weights]);
    const mask = maskOf(rest, given.shape);
    const [z, target] = [masked(given, mask), masked(t, mask)];
    // -ln σ(z) = softplus(-z), -ln(1 - σ(z)) = softplus(z)
    const positive = share(target, softplus(neg(z)));
    const weighed = positiveWeight === undefined ? positive : mul(positive, positiveWeight);
    return reduced(
      "binaryCrossEntropyWithLogits",
      add(weighed, share(sub(1, target), softplus(z))),
      rest,
      mask,
    );
  });
}

/** `part · cost`, 0 where a cost of ∞ has no part. */
const share = (part: Tensor, cost: Tensor): Tensor =>
  mul(part, where(logicalAnd(equal(part, 0), equal(cost, Infinity)), 0, cost));
