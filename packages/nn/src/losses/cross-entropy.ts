import {
  arange,
  cast,
  constant,
  DTypeError,
  div,
  equal,
  expandDims,
  less,
  logSoftmax,
  neg,
  notEqual,
  type Operand,
  ShapeError,
  sub,
  sum,
  Tensor,
  take,
  where,
} from "@org/core";

export interface CrossEntropyOptions {
  /**
   * `"mean"` divides the sum by the number of labels that are not ignored, `"none"` gives a loss for each label.
   * @default "mean"
   */
  readonly reduction?: "mean" | "sum" | "none";
  /** Places with this label count for nothing. @default -100 */
  readonly ignoredLabel?: number;
}

/**
 * Softmax and cross-entropy in one: `E = -ln softmax(logits)[label]`, without overflow. The mean of no labels is NaN.
 * Shapes:   `logits [...s, classes], labels i32 [...s]` → a scalar, or `[...s]` with `reduction: "none"`
 * Gradient: `softmax(logits) - oneHot(label)`, for the mean over the number of labels
 * @throws ShapeError where shapes don't fit and, when evaluated, for a label that is not among the classes;
 *   DTypeError for labels that are not `i32`
 * @example
 * crossEntropy([[0, 0], [0, 1000]], [0, 1], { reduction: "none" }); // → [0.6931472, 0]
 * crossEntropy([[0, 0], [0, 1000]], [0, -100]); // → 0.6931472
 */
export function crossEntropy(
  logits: Operand,
  labels: Operand,
  { reduction = "mean", ignoredLabel = -100 }: CrossEntropyOptions = {},
): Tensor {
  const scores = logits instanceof Tensor ? logits : constant(logits);
  const targets = labels instanceof Tensor ? labels : constant(labels, "i32");
  const classes = checkLabels(scores, targets);
  const kept = notEqual(targets, ignoredLabel);
  const chosen = equal(arange(classes), expandDims(known(where(kept, targets, 0), classes), -1));
  const losses = neg(sum(where(chosen, logSoftmax(scores), 0), { axis: -1 }));
  const counted = where(kept, losses, 0);
  if (reduction === "none") return counted;
  return reduction === "sum" ? sum(counted) : div(sum(counted), sum(cast(kept, counted.dtype)));
}

/** The labels themselves; looking them up among the classes is an error for one that is not there. */
const known = (labels: Tensor, classes: number): Tensor =>
  take(arange(classes), where(less(labels, 0), sub(labels, classes), labels));

/** The number of classes. @throws ShapeError, DTypeError */
function checkLabels(logits: Tensor, labels: Tensor): number {
  const complaint = {
    op: "crossEntropy",
    operands: [
      { label: "logits", shape: logits.shape, dtype: logits.dtype, name: logits.name },
      { label: "labels", shape: labels.shape, dtype: labels.dtype, name: labels.name },
    ],
    rule: "[...s, classes], i32 [...s] → scalar",
  };
  const places = logits.shape.slice(0, -1);
  if (places.length !== labels.shape.length || places.some((length, axis) => length !== labels.shape[axis])) {
    throw new ShapeError({ ...complaint, problem: "labels have the shape of logits without the last axis" });
  }
  if (labels.dtype === "i32") return logits.shape.at(-1) ?? 0;
  throw new DTypeError({
    ...complaint,
    problem: `labels are i32, received ${labels.dtype}`,
    hint: 'cast(labels, "i32")',
  });
}
