import { type ArrayValue, array, checkOptionValues, GraphError, NDArray } from "@org/core";
import { size } from "../option-values.ts";

/**
 * The part of predictions that is right: `mean(predicted = labels)`. Values, not tensors: classes, of any shape.
 * @throws GraphError for numbers of predictions and labels that differ or are 0
 * @example
 * accuracy([0, 1, 1, 2], [0, 1, 2, 2]); // → 0.75
 */
export function accuracy(predicted: ArrayValue, labels: ArrayValue): number {
  const [guesses, truths] = pairs("accuracy", predicted, labels);
  return guesses.filter((guess, i) => guess === truths[i]).length / guesses.length;
}

/**
 * How often each class was taken for each: row = label, column = prediction, as in scikit-learn.
 * Shapes: any, the same of both → `i32 [classes, classes]`
 * @throws GraphError for a class that is not a whole number from 0 and below `classes`
 * @example
 * confusion([0, 1, 1], [0, 0, 1], 2); // → [[1, 1], [0, 1]]
 */
export function confusion(predicted: ArrayValue, labels: ArrayValue, classes: number): NDArray {
  const [guesses, truths] = pairs("confusion", predicted, labels);
  checkOptionValues("confusion", { classes: [classes, size] });
  const counts = new Int32Array(classes * classes);
  for (const [i, guess] of guesses.entries()) {
    const truth = truths[i]!;
    for (const each of [guess, truth]) {
      if (Number.isInteger(each) && each >= 0 && each < classes) continue;
      const problem = `a class is a whole number from 0 to ${classes - 1}, received ${each}`;
      throw new GraphError({ op: "confusion", problem });
    }
    counts[truth * classes + guess]!++;
  }
  return array(counts, { shape: [classes, classes] });
}

/** What is known of one class. */
export interface ClassScore {
  /** Of what was taken for the class, the part that is of it; 0 where nothing was. */
  readonly precision: number;
  /** Of what is of the class, the part that was taken for it; 0 where nothing is. */
  readonly recall: number;
  /** `2 · precision · recall / (precision + recall)`, 0 where both are 0. */
  readonly f1: number;
  /** How many are of the class. */
  readonly support: number;
}

/**
 * Precision, recall and F1 of each class from a confusion matrix; `macro` is the mean F1 of all classes, `weighted` that by
 * how often a class occurs.
 * @throws GraphError for a matrix that is not square
 * @example
 * const { classes, macro } = f1([[1, 1], [0, 1]]);
 * classes[0].recall; // → 0.5
 * macro; // → 0.6666667
 */
export function f1(confusion: ArrayValue): {
  readonly classes: readonly ClassScore[];
  readonly macro: number;
  readonly weighted: number;
} {
  const { shape, data } = array(confusion, { dtype: "f64" }, "f1");
  const [n = 0] = shape;
  if (shape.length !== 2 || n === 0 || shape[1] !== n)
    throw new GraphError({
      op: "f1",
      problem: `expected counts [classes, classes], received [${shape.join(", ")}]`,
    });
  const all = Array.from({ length: n }, (_, i) => i);
  const classes = all.map((k) => {
    const hits = data[k * n + k]!;
    const support = all.reduce((sum, j) => sum + data[k * n + j]!, 0);
    const taken = all.reduce((sum, j) => sum + data[j * n + k]!, 0);
    return {
      precision: taken === 0 ? 0 : hits / taken,
      recall: support === 0 ? 0 : hits / support,
      f1: support + taken === 0 ? 0 : (2 * hits) / (support + taken),
      support,
    };
  });
  const total = classes.reduce((sum, { support }) => sum + support, 0);
  return {
    classes,
    macro: classes.reduce((sum, { f1 }) => sum + f1 / n, 0),
    weighted: total === 0 ? 0 : classes.reduce((sum, { f1, support }) => sum + (f1 * support) / total, 0),
  };
}

/**
 * The area under the ROC curve: how likely something of the class has a higher score than something that is not, ties
 * counting half. 0.5 is chance, 1 a threshold that tells all apart, 0 one that does so the other way around. It asks
 * nothing but the order of the scores, and does not depend on how frequent the class is.
 * Shapes: any, the same of both: numbers, and 1 for what is of the class, 0 for what is not
 * Source: Hanley & McNeil 1982, by the ranks of Mann & Whitney 1947; scikit-learn's `roc_auc_score`.
 * @throws GraphError for NaN, labels besides 0 and 1, or labels that are all alike
 * @example
 * auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]); // → 0.75
 */
export function auc(scores: ArrayValue, labels: ArrayValue): number {
  const [values, truths] = pairs("auc", scores, labels);
  const refuse = (problem: string): GraphError => new GraphError({ op: "auc", problem });
  const odd = truths.find((label) => label !== 0 && label !== 1);
  if (odd !== undefined) throw refuse(`a label is 0 or 1, received ${odd}`);
  if (values.some(Number.isNaN)) throw refuse("a score is a number, received NaN");
  const positive = truths.reduce((sum, label) => sum + label, 0);
  const negative = truths.length - positive;
  if (positive === 0 || negative === 0) throw refuse(`expected labels of both kinds, all are ${truths[0]}`);
  const order = Array.from(values.keys()).sort((i, j) =>
    values[i]! < values[j]! ? -1 : Number(values[i]! > values[j]!),
  );
  // AUC = (R₊ - n₊ (n₊ + 1) / 2) / (n₊ n₋), R₊ the sum of the ranks of the class; equal scores share their mean rank.
  let ranks = 0;
  for (let from = 0, to = 0; from < order.length; from = to) {
    let members = 0;
    for (; to < order.length && values[order[to]!] === values[order[from]!]; to++)
      members += truths[order[to]!]!;
    ranks += (members * (from + 1 + to)) / 2;
  }
  return (ranks - (positive * (positive + 1)) / 2) / (positive * negative);
}

/**
 * Of how many equally likely things a model with this mean cross-entropy seems to choose: `e^nats`. In bits, `2^bits`.
 * @throws GraphError for what is no number, nor an array of one
 * @example
 * perplexity(Math.log(50)); // → 50
 */
export function perplexity(nats: number | NDArray): number {
  if (typeof nats === "number" || nats instanceof NDArray) return Math.exp(Number(nats));
  throw new GraphError({ op: "perplexity", problem: `expected nats as a number, received ${typeof nats}` });
}

/** Both as plain arrays. */
function pairs(op: string, predicted: ArrayValue, labels: ArrayValue): [number[], number[]] {
  const [a, b] = [array(predicted, { dtype: "f64" }, op), array(labels, { dtype: "f64" }, op)];
  if (a.data.length > 0 && a.data.length === b.data.length) return [[...a.data], [...b.data]];
  const problem = `expected a prediction for each label, received ${a.data.length} for ${b.data.length}`;
  throw new GraphError({ op, problem });
}
