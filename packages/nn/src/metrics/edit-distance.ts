import { GraphError, inWords } from "@org/core";

/**
 * How many items have to be put in, left out or replaced to make one sequence of another; items are compared by `===`.
 * `d(i, j) = min(d(i-1, j) + 1, d(i, j-1) + 1, d(i-1, j-1) + [aᵢ ≠ bⱼ])`; a string is a sequence of code units.
 * @throws GraphError for what is no sequence
 * Source: Levenshtein 1966; Wagner & Fischer 1974.
 * @example
 * editDistance("kitten", "sitting"); // → 3
 * editDistance(["HH", "AH", "L", "OW"], ["HH", "L", "OW"]); // → 1
 */
export function editDistance<Item>(a: ArrayLike<Item>, b: ArrayLike<Item>): number {
  requireSequences("editDistance", a, b);
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, replaced));
    }
    row = next;
  }
  return row[b.length]!;
}

/** @throws GraphError for what has no length */
function requireSequences(op: string, ...given: readonly unknown[]): void {
  for (const each of given)
    if (!isSequence(each))
      throw new GraphError({ op, problem: `expected sequences, received ${inWords(each)}` });
}

const isSequence = (each: unknown): boolean =>
  typeof each === "string" ||
  (typeof each === "object" && each !== null && isCount((each as { length?: unknown }).length));

const isCount = (length: unknown): boolean => Number.isInteger(length) && (length as number) >= 0;

/**
 * Edits over length: `Σ editDistance(said, true) / Σ |true|`, the word error rate of recognized speech, the phoneme error
 * rate of pronunciations, the character error rate of readings. Above 1 where more is said than is true.
 * @throws GraphError for numbers of sequences that differ, and for references that are all empty
 * @example
 * errorRate([["a", "cat", "sat"]], [["the", "cat", "sat", "down"]]); // → 0.5
 */
export function errorRate<Item>(
  predicted: readonly ArrayLike<Item>[],
  references: readonly ArrayLike<Item>[],
): number {
  const op = "errorRate";
  requireSequences(op, predicted, references);
  if (!Array.isArray(predicted) || !Array.isArray(references))
    throw new GraphError({ op, problem: "expected an array of predictions and one of references" });
  requireSequences(op, ...predicted, ...references);
  if (predicted.length !== references.length) {
    const problem = `expected a prediction for each reference, received ${predicted.length} for ${references.length}`;
    throw new GraphError({ op, problem });
  }
  const length = references.reduce((sum, each) => sum + each.length, 0);
  if (length === 0) throw new GraphError({ op, problem: "the references are all empty" });
  return predicted.reduce((sum, each, i) => sum + editDistance(each, references[i]!), 0) / length;
}
