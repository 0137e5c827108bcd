import { defaultDType } from "../default-dtype.ts";
import { nextBelow } from "../dtype.ts";
import { GraphError, ShapeError } from "../errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { add, mul, neg } from "../ops/arithmetic.ts";
import { less, maximum, minimum } from "../ops/comparison.ts";
import { cos, log, log1p, sqrt } from "../ops/exponential.ts";
import type { Operand } from "../ops/operand.ts";
import { toFloat } from "../ops/promotion.ts";
import { randomBits, randomUnit } from "../ops/random.ts";
import { sliceAxis } from "../ops/rearrange.ts";
import { argmax } from "../ops/reduction.ts";
import { checkOptionNames } from "../option-names.ts";
import { broadcastShapes, type Shape, sameShape, showShape } from "../shape.ts";
import { requireShape, requireWhole } from "../sizes.ts";

interface DrawOptions {
  /** @default "f32", unless `withDType` says otherwise */
  readonly dtype?: "f32" | "f64";
}

/**
 * Keys that are independent of each other and of the one they come from. Use each key once.
 * Shapes: `key [2]` → `count` keys `[2]`
 * @throws ShapeError for a count that is not whole from 0; GraphError for what is no key
 * @example
 * splitKey(randomKey(1), 3).length; // → 3
 */
export function splitKey(key: Operand, count = 2): Tensor[] {
  requireWhole("splitKey", "count", count);
  return keysOf("splitKey", key, count);
}

function keysOf(op: string, key: Operand, count: number): Tensor[] {
  const words = randomBits(op, key, [count * 2]);
  return Array.from({ length: count }, (_, i) => sliceAxis(words, 0, 2 * i, 2 * i + 2));
}

/**
 * Uniform on [low, high): Threefry bits as fractions, 24 bits for `f32`, 53 for `f64`. The same key, the same values.
 * `high` itself never comes, unless `low` is the same number in that dtype.
 * Shapes: `key [2]` → `shape`
 * @throws ShapeError for a shape that is none; GraphError for bounds that are not finite and in order,
 *   and for what is no key
 */
export function randomUniform(
  key: Operand,
  shape: Shape,
  options: DrawOptions & { readonly low?: number; readonly high?: number } = {},
): Tensor {
  const {
    low = 0,
    high = 1,
    dtype = defaultDType(),
  } = checkOptionNames("randomUniform", options, "dtype low high");
  requireShape("randomUniform", shape);
  const inside = dtype === "f32" ? Math.fround : (x: number): number => x;
  const width = inside(high - low);
  if (!(low <= high && Number.isFinite(width) && Number.isFinite(inside(low)))) {
    const problem = `low and high are finite numbers in order, received ${inWords(low)} and ${inWords(high)}`;
    throw new GraphError({ op: "randomUniform", problem });
  }
  const unit = randomUnit("randomUniform", key, shape, dtype);
  if (low === 0 && high === 1) return unit;
  const y = add(mul(unit, width), low);
  // Rounding alone may reach `high`: with the largest unit, in two steps, or in one where a target fuses them.
  const end = inside(high);
  const most = 1 - (dtype === "f32" ? 2 ** -24 : 2 ** -53);
  const reached = [inside(most * width) + inside(low), most * width + inside(low)].some(
    (x) => inside(x) >= end,
  );
  return reached ? minimum(y, end > inside(low) ? nextBelow(end, dtype) : end) : y;
}

/**
 * Standard normal, by Box and Muller (1958): `√(-2 ln(1 - u)) cos(2π v)`.
 * Shapes: `key [2]` → `shape`
 * @throws ShapeError for a shape that is none; GraphError for what is no key
 */
export function randomNormal(key: Operand, shape: Shape, options: DrawOptions = {}): Tensor {
  const { dtype = defaultDType() } = checkOptionNames("randomNormal", options, "dtype");
  requireShape("randomNormal", shape);
  const [u, v] = keysOf("randomNormal", key, 2).map((own) => randomUnit("randomNormal", own, shape, dtype));
  const radius = sqrt(mul(log1p(neg(u!)), -2));
  return mul(radius, cos(mul(v!, 2 * Math.PI)));
}

/**
 * True with probability `p`, elementwise → bool.
 * Shapes: `key [2], p` broadcast to `shape` (that of `p` by default) → `shape`
 * @throws ShapeError where `p` does not broadcast to `shape`; GraphError for what is no key
 */
export function randomBernoulli(key: Operand, p: Operand, shape?: Shape): Tensor {
  const probability = toFloat("randomBernoulli", p);
  if (shape !== undefined) requireShape("randomBernoulli", shape);
  const target = shape ?? probability.shape;
  const common = broadcastShapes(probability.shape, target);
  if (!common || !sameShape(common, target)) {
    throw new ShapeError({
      op: "randomBernoulli",
      problem: `p ${showShape(probability.shape)} does not broadcast to ${showShape(target)}`,
    });
  }
  return less(
    randomUnit("randomBernoulli", key, target, probability.dtype === "f64" ? "f64" : "f32"),
    probability,
  );
}

/**
 * An index drawn with probability `softmax(logits)` along the last axis (Gumbel-max: the largest of
 * `logits - ln(-ln u)`) → i32.
 * Shapes: `key [2], logits [...s, n]` → `[...s]`
 * @throws GraphError for what is no key
 */
export function randomCategorical(key: Operand, logits: Operand): Tensor {
  const scores = toFloat("randomCategorical", logits);
  const dtype = scores.dtype === "f64" ? "f64" : "f32";
  // 0 stands for all below the next value. Taken as 0 it would be chosen whatever its logit, even -∞.
  const u = maximum(
    randomUnit("randomCategorical", key, scores.shape, dtype),
    dtype === "f64" ? 2 ** -54 : 2 ** -25,
  );
  const gumbel = neg(log(neg(log1p(neg(u)))));
  return argmax(add(scores, gumbel), { axis: -1 });
}
