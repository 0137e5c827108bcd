import {
  arange,
  argmax,
  constant,
  div,
  equal,
  expandDims,
  GraphError,
  type Operand,
  randomCategorical,
  scan,
  Tensor,
  where,
} from "@org/core";

export interface SampleOptions {
  /** Divides the logits: below 1 likely tokens become likelier; 0 takes the likeliest. @default 1 */
  readonly temperature?: number | Tensor;
  /** Keeps this many of the likeliest tokens; of equal ones, the earlier. Default: all. */
  readonly topK?: number;
}

/**
 * The next token, drawn with probability `softmax(logits / temperature)` along the last axis → i32. The same key, the
 * same token: `splitKey` makes a new key for every draw, and a key that is a parameter lets a compiled step do so.
 * Shapes: `key i32 [2], logits [...s, classes]` → `[...s]`
 * @throws GraphError for a temperature below 0 or a `topK` that is not a whole number from 1
 * @example
 * sample(randomKey(1), [[0, 5, 1], [9, 8, 7]], { temperature: 0 }); // → [1, 0]
 * sample(randomKey(1), [0, 5, 1], { topK: 1 }); // → 1
 */
export function sample(key: Operand, logits: Operand, { temperature = 1, topK }: SampleOptions = {}): Tensor {
  if (typeof temperature === "number" && !(temperature >= 0)) {
    throw new GraphError({
      op: "sample",
      problem: `temperature is a number from 0, received ${temperature}`,
    });
  }
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1)) {
    throw new GraphError({ op: "sample", problem: `topK is a whole number from 1, received ${topK}` });
  }
  const scores = logits instanceof Tensor ? logits : constant(logits);
  if (temperature === 0) return argmax(scores, { axis: -1 });
  return randomCategorical(key, div(topK === undefined ? scores : best(scores, topK), temperature));
}

/** The `count` largest along the last axis; -∞ in place of the others. */
function best(logits: Tensor, count: number): Tensor {
  const classes = logits.shape.at(-1) ?? 0;
  const { carry: rest } = scan(
    (left: Tensor) => {
      const top = equal(arange(classes), expandDims(argmax(left, { axis: -1 }), -1));
      return { carry: where(top, -Infinity, left) };
    },
    { init: logits, length: Math.min(count, classes) },
  );
  return where(equal(rest, logits), -Infinity, logits);
}
