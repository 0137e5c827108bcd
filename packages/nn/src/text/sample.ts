import {
  add,
  arange,
  argmax,
  checkOptionNames,
  cumsum,
  div,
  equal,
  exp,
  expandDims,
  GraphError,
  greater,
  greaterEqual,
  less,
  logicalAnd,
  logicalOr,
  max,
  mul,
  type Operand,
  randomCategorical,
  ShapeError,
  scan,
  squeeze,
  sub,
  sum,
  Tensor,
  tensorBeside,
  where,
} from "@org/core";
import { drawn, type KeySource } from "../random-state.ts";

/** What `sample` takes. */
export interface SampleOptions {
  /**
   * Divides the logits: below 1 likely tokens become likelier; 0 takes the likeliest, of equal ones the earlier; ∞ takes
   * any that can be. A tensor has one number for all rows, or `[...s, 1]`. @default 1
   */
  readonly temperature?: number | Tensor;
  /** Keeps this many of the likeliest tokens; of equal ones, the earlier. Default: all. */
  readonly topK?: number;
  /**
   * Keeps the fewest of the likeliest tokens whose probabilities, after temperature and `topK`, add up to this much; of equal
   * ones, the earlier. Default: all.
   */
  readonly topP?: number;
}

/**
 * The next token, drawn with probability `softmax(logits / temperature)` along the last axis → i32. The same key, the
 * same token; a `randomState` as the key has a new one for every step.
 * Shapes: `key i32 [2], logits [...s, classes]` → `[...s]`
 * @throws GraphError for a temperature below 0, a `topK` that is not a whole number from 1 or a `topP` that is not above 0
 *   and at most 1; ShapeError for a temperature that differs among the classes
 * @example
 * sample(randomKey(1), [[0, 5, 1], [9, 8, 7]], { temperature: 0 }); // → [1, 0]
 * sample(randomKey(1), [0, 5, 1], { topK: 1 }); // → 1
 */
export function sample(key: KeySource, logits: Operand, options: SampleOptions = {}): Tensor {
  checkOptionNames("sample", options, "temperature topK topP");
  checkSampling("sample", options);
  const { temperature = 1, topK, topP = 1 } = options;
  const scores = tensorBeside(logits, [temperature], "sample");
  if (temperature === 0) return argmax(scores, { axis: -1 });
  const kept = topK === undefined ? scores : best(scores, topK);
  const cool = cooled(kept, temperature);
  const token = randomCategorical(drawn(key, "sample"), topP < 1 ? nucleus(cool, topP) : cool);
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

export function checkSampling(op: string, { temperature = 1, topK, topP }: SampleOptions): void {
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1))
    throw new GraphError({ op, problem: `topK is a whole number from 1, received ${topK}` });
  if (topP !== undefined && !(topP > 0 && topP <= 1))
    throw new GraphError({ op, problem: `topP is a number above 0 and at most 1, received ${topP}` });
  if (!(temperature instanceof Tensor)) {
    if (typeof temperature === "number" && temperature >= 0) return;
    throw new GraphError({ op, problem: `temperature is a number from 0, received ${String(temperature)}` });
  }
  const { shape, dtype, name } = temperature;
  if (shape.length === 0 || shape.at(-1) === 1) return;
  throw new ShapeError({
    op,
    problem: "a temperature is the same for all classes",
    operands: [{ label: "temperature", shape, dtype, name }],
    rule: "logits [...s, classes], temperature [] or [...s, 1]",
  });
}

/**
 * Those of `scores` (of which the largest is 0) whose probabilities add up to `mass`, -∞ in place of the others. The bound
 * is the largest z for which `Σ e^s over s ≥ z` is enough, found by halving: no sorting of all classes.
 */
function nucleus(scores: Tensor, mass: number): Tensor {
  const weights = exp(scores);
  const enough = mul(sum(weights, { axis: -1, keepDims: true }), mass);
  const over = (keep: Tensor): Tensor => sum(where(keep, weights, 0), { axis: -1, keepDims: true });
  // Below e^-104 there is nothing in f32; 32 halvings leave less than its precision.
  const { carry } = scan(
    ({ low, high }) => {
      const middle = mul(add(low, high), 0.5);
      const holds = greaterEqual(over(greaterEqual(scores, middle)), enough);
      return { carry: { low: where(holds, middle, low), high: where(holds, high, middle) } };
    },
    { init: { low: sub(mul(enough, 0), 104), high: add(mul(enough, 0), 1) }, length: 32 },
  );
  // What lies on the bound is kept one by one, as long as those before are not enough.
  const above = greaterEqual(scores, carry.high);
  const tied = where(greaterEqual(scores, carry.low), where(above, 0, weights), 0);
  const before = add(over(above), sub(cumsum(tied, { axis: -1 }), tied));
  return where(logicalOr(above, logicalAnd(greater(tied, 0), less(before, enough))), scores, -Infinity);
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
