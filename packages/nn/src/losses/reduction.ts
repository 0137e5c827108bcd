import {
  broadcastTo,
  cast,
  checkOptionValues,
  constant,
  div,
  mean,
  mul,
  type Operand,
  ShapeError,
  sum,
  type Tensor,
  tensorBeside,
  where,
} from "@org/core";
import { oneOf } from "../option-values.ts";
import { tellOwnCode } from "../own-code.ts";

/** What every loss takes. "A loss" is one for each place: each element, or each row of classes. */
export interface LossOptions {
  /** `"mean"` is `Σ weight · loss / Σ weight`, `"none"` gives the loss at each place. @default "mean" */
  readonly reduction?: "mean" | "sum" | "none";
  /**
   * Multiplies the loss at each place, broadcasting: `[time, 1]` weighs steps. Default: 1 everywhere.
   * PyTorch's `weight` of the binary cross-entropy divides by the number of places instead.
   */
  readonly weights?: Operand;
  /**
   * Only places where this is true count, broadcasting; not even a NaN in another place does. Default: all.
   */
  readonly mask?: Operand;
}

/** The mask of the options as a tensor of `shape`. @throws ShapeError where it does not broadcast */
export function maskOf({ mask }: LossOptions, shape: readonly number[]): Tensor | undefined {
  return mask === undefined ? undefined : broadcastTo(cast(mask, "bool"), shape);
}

/** `x` where the mask is true and 0 elsewhere, so that nothing comes from there, in gradients either. */
export const masked = (x: Tensor, mask: Tensor | undefined): Tensor => (mask ? where(mask, x, 0) : x);

/**
 * Losses of all places made one. `counted` are the places that count, `shares` what each counts for in the mean beside
 * its weight.
 * @throws ShapeError where weights do not broadcast; GraphError for an unknown reduction
 */
export function reduced(
  op: string,
  losses: Tensor,
  { reduction = "mean", weights }: LossOptions,
  counted?: Tensor,
  shares?: Tensor,
): Tensor {
  tellOwnCode();
  checkOptionValues(op, { reduction: [reduction, oneOf(["mean", "sum", "none"])] });
  const given = weights === undefined ? undefined : broadcastTo(cast(weights, losses.dtype), losses.shape);
  const weighted = given ? mul(losses, given) : losses;
  // A weight of 0 alone would leave NaN where a loss is infinite.
  const kept = masked(weighted, counted);
  if (reduction === "none") return kept;
  if (reduction === "sum") return sum(kept);
  if (!given && !counted && !shares) return mean(kept);
  const all = shares ?? broadcastTo(cast(constant(1), losses.dtype), losses.shape);
  return div(sum(kept), sum(masked(given ? mul(all, given) : all, counted)));
}

/**
 * Two operands of one shape, as tensors; plain numbers are as wide as what they meet, weights of the options included.
 * Losses do not broadcast: `[32, 1]` beside `[32]` is a mistake that nobody sees.
 * @throws ShapeError where the shapes differ
 */
export function alike(
  op: string,
  prediction: Operand,
  target: Operand,
  weights: readonly (Operand | undefined)[],
): [prediction: Tensor, target: Tensor] {
  const given = weights.filter((each) => each !== undefined);
  const a = tensorBeside(prediction, [target, ...given], op);
  const b = tensorBeside(target, [prediction, ...given], op);
  if (a.shape.length === b.shape.length && a.shape.every((length, axis) => length === b.shape[axis]))
    return [a, b];
  throw new ShapeError({
    op,
    problem: "shapes differ",
    operands: [
      { label: "prediction", shape: a.shape, dtype: a.dtype, name: a.name },
      { label: "target", shape: b.shape, dtype: b.dtype, name: b.name },
    ],
    rule: "[...s], [...s] → scalar",
  });
}
