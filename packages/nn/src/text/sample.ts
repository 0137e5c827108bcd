import {
  arange,
  argmax,
  constant,
  div,
  equal,
  expandDims,
  GraphError,
  max,
  type Operand,
  randomCategorical,
  ShapeError,
  scan,
  squeeze,
  sub,
  Tensor,
  where,
} from "@org/core";
import { drawn, type KeySource } from "../random-state.ts";

export interface SampleOptions {
  /**
   * Divides the logits: below 1 likely tokens become likelier; 0 takes the likeliest, of equal ones the earlier; ∞ takes
   * any that can be. A tensor has one number for all rows, or `[...s, 1]`. @default 1
   */
  readonly temperature?: number | Tensor;
  /** Keeps this many of the likeliest tokens; of equal ones, the earlier. Default: all. */
  readonly topK?: number;
}

/**
 * The next token, drawn with probability `softmax(logits / temperature)` along the last axis → i32. The same key, the
 * same token; a `randomState` as the key has a new one for every step.
 * Shapes: `key i32 [2], logits [...s, classes]` → `[...s]`
 * @throws GraphError for a temperature below 0 or a `topK` that is not a whole number from 1; ShapeError for a
 *   temperature that differs among the classes
 * @example
 * sample(randomKey(1), [[0, 5, 1], [9, 8, 7]], { temperature: 0 }); // → [1, 0]
 * sample(randomKey(1), [0, 5, 1], { topK: 1 }); // → 1
 */
export function sample(
  key: KeySource,
  logits: Operand,
  { temperature = 1, topK }: SampleOptions = {},
): Tensor {
  checkTemperature(temperature);
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1)) {
    throw new GraphError({ op: "sample", problem: `topK is a whole number from 1, received ${topK}` });
  }
  const scores = logits instanceof Tensor ? logits : constant(logits);
  if (temperature === 0) return argmax(scores, { axis: -1 });
  const kept = topK === undefined ? scores : best(scores, topK);
  const token = randomCategorical(drawn(key, "sample"), cooled(kept, temperature));
  if (typeof temperature === "number") return token;
  const cold = equal(temperature, 0);
  const row = cold.shape.length === 0 ? cold : squeeze(cold, { axis: -1 });
  return where(row, argmax(scores, { axis: -1 }), token);
}

/**
 * `(logits - max logits) / temperature`, which has the same softmax. So the likeliest stay at 0 and nothing overflows,
 * however small the temperature; what cannot be (-∞) cannot be at any.
 */
function cooled(logits: Tensor, temperature: number | Tensor): Tensor {
  const largest = max(logits, { axis: -1, keepDims: true });
  const scaled = where(equal(logits, largest), 0, div(sub(logits, largest), temperature));
  return where(equal(logits, -Infinity), -Infinity, scaled);
}

function checkTemperature(temperature: number | Tensor): void {
  if (typeof temperature === "number") {
    if (temperature >= 0) return;
    const problem = `temperature is a number from 0, received ${temperature}`;
    throw new GraphError({ op: "sample", problem });
  }
  const { shape, dtype, name } = temperature;
  if (shape.length === 0 || shape.at(-1) === 1) return;
  throw new ShapeError({
    op: "sample",
    problem: "a temperature is the same for all classes",
    operands: [{ label: "temperature", shape, dtype, name }],
    rule: "logits [...s, classes], temperature [] or [...s, 1]",
  });
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
