import {
  add,
  arange,
  cast,
  checkOptionNames,
  checkOptionValues,
  constant,
  DTypeError,
  equal,
  expandDims,
  logicalAnd,
  logSoftmax,
  mul,
  neg,
  notEqual,
  type Operand,
  ShapeError,
  sum,
  Tensor,
  take,
  tensorBeside,
  where,
  withScope,
} from "@org/core";
import { fraction, label as labelKind } from "../option-values.ts";
import { type LossOptions, masked, maskOf, reduced } from "./reduction.ts";

/** What `crossEntropy` takes. */
export interface CrossEntropyOptions extends LossOptions {
  /** Places with this label count for nothing. Not for probabilities. @default -100 */
  readonly ignoredLabel?: number;
  /**
   * ε: the target becomes `1 - ε` of itself, and ε is shared by all classes alike.
   * Source: Szegedy et al. 2016, section 7.
   * @default 0
   */
  readonly labelSmoothing?: number;
  /**
   * Multiplies the cost of each class, `[classes]`. The mean over labels divides by the weights of these labels, as in
   * PyTorch; that over probabilities by their number. Default: 1 each.
   */
  readonly classWeights?: Operand;
}

/**
 * Softmax and cross-entropy in one, without overflow: `E = -ln softmax(logits)[label]`. Labels are classes (`i32`), or
 * probabilities p of the shape of the logits, `E = -Σ p ln softmax(logits)`. The mean of no labels is NaN.
 * Shapes:   `logits [...s, classes], labels i32 [...s]` or `[...s, classes]` → a scalar, or `[...s]` with
 *   `reduction: "none"`
 * Gradient: `softmax(logits) - oneHot(label)`, for the mean over the number of labels
 * @throws ShapeError where shapes don't fit and, when evaluated, for a label that is not among the classes;
 *   DTypeError for labels that are not `i32`; GraphError for a smoothing that is not from 0 to 1 and an ignored label that is none
 * @example
 * crossEntropy([[0, 0], [0, 1000]], [0, 1], { reduction: "none" }); // → [0.6931472, 0]
 * crossEntropy([[0, 0], [0, 1000]], [0, -100]); // → 0.6931472
 * crossEntropy([[0, 0]], [[0.5, 0.5]]); // → 0.6931472
 */
export function crossEntropy(logits: Operand, labels: Operand, options: CrossEntropyOptions = {}): Tensor {
  checkOptionNames(
    "crossEntropy",
    options,
    "ignoredLabel labelSmoothing classWeights reduction weights mask",
  );
  return withScope("crossEntropy", () => build(logits, labels, options));
}

function build(logits: Operand, labels: Operand, options: CrossEntropyOptions): Tensor {
  const { classWeights, weights: placeWeights } = options;
  const beside = [labels, classWeights, placeWeights].filter((each) => each !== undefined);
  const scores = tensorBeside(logits, beside, "crossEntropy");
  const given = labels instanceof Tensor ? labels : literal(labels, scores);
  const classes = scores.shape.at(-1) ?? 0;
  const weights = checkOptions(options, classes);
  const { counted, expected, shares } = sameShape(scores.shape, given.shape)
    ? ofProbabilities(given, options)
    : ofLabels(checkLabels(scores, given), classes, weights, options);

  // cost_c = -w_c ln softmax(z)_c, E = (1 - ε) Σ target_c cost_c + ε / classes Σ cost_c
  const surprise = neg(logSoftmax(masked(scores, counted && expandDims(counted, -1))));
  const cost = weights ? mul(surprise, cast(weights, surprise.dtype)) : surprise;
  const ε = options.labelSmoothing ?? 0;
  const sharp = sum(expected(cost), { axis: -1 });
  const losses =
    ε === 0 ? sharp : add(mul(sharp, 1 - ε), mul(sum(cost, { axis: -1 }), classes === 0 ? 0 : ε / classes));
  return reduced("crossEntropy", losses, options, counted, shares && cast(shares, losses.dtype));
}

/** What the two kinds of labels say. */
interface Target {
  /** Places that count; all where undefined. */
  readonly counted: Tensor | undefined;
  /** The costs of the classes, times the target. */
  expected(cost: Tensor): Tensor;
  /** What each place is in the mean. */
  readonly shares?: Tensor | undefined;
}

function ofLabels(
  labels: Tensor,
  classes: number,
  weights: Tensor | undefined,
  options: CrossEntropyOptions,
): Target {
  const mask = maskOf(options, labels.shape);
  const marked = notEqual(labels, options.ignoredLabel ?? -100);
  const counted = mask ? logicalAnd(marked, mask) : marked;
  const label = known(where(counted, labels, 0), classes);
  const chosen = equal(arange(classes), expandDims(label, -1));
  return {
    counted,
    expected: (cost) => where(chosen, cost, 0),
    shares: weights && take(weights, label),
  };
}

function ofProbabilities(probabilities: Tensor, options: CrossEntropyOptions): Target {
  const counted = maskOf(options, probabilities.shape.slice(0, -1));
  const p = masked(probabilities, counted && expandDims(counted, -1));
  // 0 · ∞ is 0: a class that cannot be and is not.
  const impossible = (cost: Tensor): Tensor => logicalAnd(equal(p, 0), equal(cost, Number.POSITIVE_INFINITY));
  return { counted, expected: (cost) => mul(where(impossible(cost), 0, cost), p) };
}

/** The labels themselves; looking them up among the classes is an error for one that is not there. */
function known(labels: Tensor, classes: number): Tensor {
  const check = { op: "crossEntropy", word: "label", of: `${classes} classes`, negative: false };
  return take(arange(classes), labels, { check });
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

/** Numbers in the shape of the logits are probabilities, others are classes. */
function literal(labels: Exclude<Operand, Tensor>, { shape, dtype }: Tensor): Tensor {
  const value = constant(labels, undefined, "crossEntropy");
  return sameShape(value.shape, shape)
    ? constant(labels, dtype === "f64" ? "f64" : "f32", "crossEntropy")
    : constant(labels, "i32", "crossEntropy");
}

/** The class weights. @throws GraphError, ShapeError */
function checkOptions(
  { labelSmoothing = 0, ignoredLabel = -100, classWeights }: CrossEntropyOptions,
  classes: number,
): Tensor | undefined {
  checkOptionValues("crossEntropy", {
    labelSmoothing: [labelSmoothing, fraction],
    ignoredLabel: [ignoredLabel, labelKind],
  });
  if (classWeights === undefined) return undefined;
  const weights =
    classWeights instanceof Tensor ? classWeights : constant(classWeights, "f64", "crossEntropy");
  if (sameShape(weights.shape, [classes])) return weights;
  const problem = `expected class weights [${classes}], received [${weights.shape.join(", ")}]`;
  throw new ShapeError({ op: "crossEntropy", problem });
}

/** The labels. @throws ShapeError, DTypeError */
function checkLabels(logits: Tensor, labels: Tensor): Tensor {
  const complaint = {
    op: "crossEntropy",
    operands: [
      { label: "logits", shape: logits.shape, dtype: logits.dtype, name: logits.name },
      { label: "labels", shape: labels.shape, dtype: labels.dtype, name: labels.name },
    ],
    rule: "[...s, classes], i32 [...s] → scalar",
  };
  if (!sameShape(logits.shape.slice(0, -1), labels.shape)) {
    throw new ShapeError({ ...complaint, problem: "labels have the shape of logits without the last axis" });
  }
  if (labels.dtype === "i32") return labels;
  throw new DTypeError({
    ...complaint,
    problem: `labels are i32, received ${labels.dtype}`,
    hint: 'cast(labels, "i32")',
  });
}
