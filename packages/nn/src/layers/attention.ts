import {
  add,
  arange,
  checkOptionNames,
  checkOptionValues,
  defaultDType,
  expandDims,
  greater,
  less,
  matmul,
  mul,
  type Operand,
  type Parameter,
  parameter,
  ShapeError,
  softmax,
  squeeze,
  swapAxes,
  type Tensor,
  tanh,
  tensorBeside,
  transpose,
  where,
  withScope,
} from "@org/core";
import { glorotUniform } from "../init.ts";
import { finiteIn, floats, size } from "../option-values.ts";
import { checkLengths } from "../ragged.ts";
import { type Seed, splitSeed } from "../seed.ts";

/** What every attention takes. */
export interface AttentionOptions {
  /** What is looked up by the keys, `[time, batch, value]`. Default: the keys themselves. */
  readonly values?: Operand;
  /**
   * How many keys of each sequence count, `[batch]`: the weights of others are zero, and all where none does. What others
   * hold has no effect, not even NaN.
   */
  readonly lengths?: Operand;
}

/** What attention finds. */
export interface Attended {
  /** The mean of the values under the weights, `[...queries, batch, value]`. */
  readonly context: Tensor;
  /** How much each time counts, `[...queries, batch, time]`; they add up to 1. */
  readonly weights: Tensor;
}

/**
 * Attention by scalar product: `α = softmax_t(scale · q · k_t)`, `context = Σ_t α_t v_t`.
 * Shapes: `query [batch, size]` or `[queries, batch, size]`, `keys [time, batch, size]` → `context` and `weights` of
 *   `Attended`; a decoder's states look at an encoder's outputs
 * Source: Luong, Pham & Manning 2015, "dot"; with `scale` = 1 / √size, Vaswani et al. 2017.
 * @throws ShapeError where sizes don't fit; GraphError for a length or a scale that is none
 * @example
 * const keys = [[[1, 0]], [[0, 1]], [[9, 9]]];
 * const { context, weights } = dotAttention([[0, 0]], keys, { lengths: [2] });
 * weights; // → [[0.5, 0.5, 0]]
 * context; // → [[0.5, 0.5]]
 */
export function dotAttention(
  query: Operand,
  keys: Operand,
  options: AttentionOptions & { /** @default 1 */ readonly scale?: number } = {},
): Attended {
  const { scale = 1, ...rest } = checkOptionNames("dotAttention", options, "values lengths scale");
  const seen = operands("dotAttention", query, keys, rest);
  const { q, k } = seen;
  checkOptionValues("dotAttention", { scale: [scale, finiteIn(q.dtype === "f64" ? "f64" : "f32")] });
  if (q.shape.at(-1) !== k.shape[2]) refuse("dotAttention", "queries and keys differ in size", q, k);
  return withScope("dotAttention", () => {
    const single = q.shape.length === 2;
    // [batch, queries, size] × [batch, size, time]
    const rows = single ? expandDims(q, 1) : swapAxes(q, 0, 1);
    const scores = mul(matmul(rows, transpose(k, [1, 2, 0])), scale);
    return attend(single ? squeeze(scores, { axis: 1 }) : swapAxes(scores, 0, 1), seen);
  });
}

/** What `AdditiveAttention` takes. */
export interface AdditiveAttentionOptions {
  /** The last axis of queries. */
  readonly querySize: number;
  /** The last axis of keys. */
  readonly keySize: number;
  /** How many sums are compared. */
  readonly hiddenSize: number;
  /** Of the first weights, Glorot-uniform. */
  readonly seed: Seed;
  /** @default "f32", unless `withDType` says otherwise */
  readonly dtype?: "f32" | "f64";
}

/**
 * Attention by a small network: `α = softmax_t(tanh(q W_q + k_t W_k) v)`, `context = Σ_t α_t v_t`.
 * Shapes: `query [batch, query]` or `[queries, batch, query]`, `keys [time, batch, key]` → `context` and `weights` of
 *   `Attended`
 * Source: Bahdanau, Cho & Bengio 2015, appendix A.1.2.
 * @throws ShapeError where sizes don't fit; GraphError for sizes or a length that are none
 * @example
 * const attention = new AdditiveAttention({ querySize: 2, keySize: 3, hiddenSize: 4, seed: 1 });
 * const { context, weights } = attention.apply([[1, 2]], [[[1, 2, 3]], [[4, 5, 6]]]);
 * [context.shape, weights.shape]; // → [[1, 3], [1, 2]]
 */
export class AdditiveAttention {
  readonly parameters: { readonly W_q: Parameter; readonly W_k: Parameter; readonly v: Parameter };

  constructor(options: AdditiveAttentionOptions) {
    const {
      querySize,
      keySize,
      hiddenSize,
      seed,
      dtype = defaultDType(),
    } = checkOptionNames("AdditiveAttention", options, "querySize keySize hiddenSize seed dtype");
    checkOptionValues("AdditiveAttention", {
      querySize: [querySize, size],
      keySize: [keySize, size],
      hiddenSize: [hiddenSize, size],
      dtype: [dtype, floats],
    });
    const seeds = splitSeed(seed, 3);
    const weights = (shape: readonly number[], i: number) => glorotUniform(shape, { seed: seeds[i]!, dtype });
    this.parameters = {
      W_q: parameter("W_q", weights([querySize, hiddenSize], 0)),
      W_k: parameter("W_k", weights([keySize, hiddenSize], 1)),
      v: parameter("v", weights([hiddenSize, 1], 2)),
    };
  }

  apply(query: Operand, keys: Operand, options: AttentionOptions = {}): Attended {
    checkOptionNames("AdditiveAttention", options, "values lengths");
    const { W_q, W_k, v } = this.parameters;
    const seen = operands("AdditiveAttention", query, keys, options, [W_q, W_k, v]);
    const { q, k } = seen;
    if (q.shape.at(-1) !== W_q.shape[0] || k.shape[2] !== W_k.shape[0])
      refuse("AdditiveAttention", `expected sizes ${W_q.shape[0]} and ${W_k.shape[0]}`, q, k);
    return withScope("AdditiveAttention", () => {
      // [...queries, batch, 1, hidden] + [batch, time, hidden]
      const sums = add(expandDims(matmul(q, W_q), -2), swapAxes(matmul(k, W_k), 0, 1));
      const scores = squeeze(matmul(tanh(sums), v), { axis: -1 });
      return attend(scores, seen);
    });
  }
}

/** From `scores [...queries, batch, time]`. */
function attend(scores: Tensor, { v, active, some }: Operands): Attended {
  // Where no key counts, softmax is of zeros and nothing of it is taken: of -∞ alone it would be NaN.
  const weights =
    active && some
      ? where(active, softmax(where(active, scores, where(some, -Infinity, 0))), 0)
      : softmax(scores);
  // [...queries, batch, 1, time] × [batch, time, value]
  const context = matmul(expandDims(weights, -2), swapAxes(v, 0, 1));
  return { context: squeeze(context, { axis: -2 }), weights };
}

/** What is looked with, by and up: zeros where it does not count, since even 0 · NaN is NaN. */
interface Operands {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  /** Which keys count, `[batch, time]`, and whether any does, `[batch, 1]`. Undefined where all do. */
  readonly active?: Tensor;
  readonly some?: Tensor;
}

function operands(
  op: string,
  query: Operand,
  keys: Operand,
  { values, lengths }: AttentionOptions,
  parameters: readonly Parameter[] = [],
): Operands {
  const given = [query, keys, ...(values === undefined ? [] : [values])];
  const tensorOf = (x: Operand): Tensor => tensorBeside(x, [...given, ...parameters], op);
  const [q, k] = [tensorOf(query), tensorOf(keys)];
  const fits = k.shape.length === 3 && (q.shape.length === 2 || q.shape.length === 3);
  if (!fits || q.shape.at(-2) !== k.shape[1]) refuse(op, "a query goes with each sequence of keys", q, k);
  const v = values === undefined ? k : tensorOf(values);
  const [time, batch] = k.shape as [number, number];
  if (v.shape.length !== 3 || v.shape[0] !== time || v.shape[1] !== batch) {
    refuse(op, "values don't go with the keys", v, k, "values");
  }
  if (lengths === undefined) return { q, k, v };
  const ends = expandDims(checkLengths(op, lengths, time, batch), 1);
  const active = less(arange(time), ends);
  const some = greater(ends, 0);
  const counted = expandDims(transpose(active), 2);
  const clean = where(counted, k, 0);
  return { q: where(some, q, 0), k: clean, v: v === k ? clean : where(counted, v, 0), active, some };
}

function refuse(op: string, problem: string, a: Tensor, keys: Tensor, label = "query"): never {
  const operands = Object.entries({ [label]: a, keys }).map(([label, { shape, dtype, name }]) => {
    return { label, shape, dtype, name };
  });
  const rule = "query [batch, size] or [queries, batch, size], keys and values [time, batch, size]";
  throw new ShapeError({ op, problem, operands, rule });
}
