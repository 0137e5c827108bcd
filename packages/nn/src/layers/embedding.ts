import {
  checkOptionNames,
  checkOptionValues,
  defaultDType,
  div,
  equal,
  expandDims,
  greater,
  logicalOr,
  mul,
  norm,
  type Operand,
  type OptionKind,
  type Parameter,
  parameter,
  stopGradient,
  type Tensor,
  take,
  where,
  withScope,
} from "@org/core";
import { normal } from "../init.ts";
import { floats, optional, positive, size as sizeKind } from "../option-values.ts";
import type { Seed } from "../seed.ts";

/** What `Embedding` takes. */
export interface EmbeddingOptions {
  /** How many ids there are. */
  readonly count: number;
  /** The length of the vector for each. */
  readonly size: number;
  /** Of the first `E`, standard normal. */
  readonly seed: Seed;
  /** An id that stands for nothing: its row starts as zeros and receives no gradient. PyTorch's `padding_idx`. Default: none. */
  readonly paddingIndex?: number;
  /**
   * How long the vector of an id may be: longer ones are shown as long as this, in their direction. The gradient is that of
   * what is shown, as in TensorFlow; PyTorch's `max_norm` shows the same, but changes the table itself. Default: any length.
   */
  readonly maxNorm?: number;
  /** @default "f32", unless `withDType` says otherwise */
  readonly dtype?: "f32" | "f64";
}

/**
 * A vector for each id: `y = E[ids]`, the same as `oneHot(ids) E`; with `maxNorm` m, `y = E[ids] min(1, m / ‖E[ids]‖)`.
 * Shapes:   `ids i32 [...s]` → `[...s, size]`
 * Gradient: adds up over repeated ids; rows of ids that are absent, and of the padding, get zeros
 * @throws GraphError for sizes that are none, a `paddingIndex` that is no id, or a `maxNorm` that is not above 0; ShapeError, when evaluated,
 *   for an id that is out of range
 * @example
 * const embedding = new Embedding({ count: 3, size: 2, seed: 1, paddingIndex: 0 });
 * embedding.apply([[0, 2, 2]]).shape; // → [1, 3, 2]
 * embedding.apply([0]); // → [[0, 0]]
 */
export class Embedding {
  readonly parameters: { readonly E: Parameter };
  readonly #paddingIndex: number | undefined;
  readonly #maxNorm: number | undefined;

  constructor(options: EmbeddingOptions) {
    checkOptionNames("Embedding", options, "count size seed paddingIndex maxNorm dtype", "count size seed");
    const { count, size, seed, paddingIndex, maxNorm, dtype = defaultDType() } = options;
    checkOptionValues("Embedding", {
      count: [count, sizeKind],
      size: [size, sizeKind],
      paddingIndex: [paddingIndex, optional(idBelow(count))],
      maxNorm: [maxNorm, optional(positive)],
      dtype: [dtype, floats],
    });
    const E = normal([count, size], { seed, dtype });
    if (paddingIndex !== undefined) E.data.fill(0, paddingIndex * size, (paddingIndex + 1) * size);
    this.parameters = { E: parameter("E", E) };
    this.#paddingIndex = paddingIndex;
    this.#maxNorm = maxNorm;
  }

  apply(ids: Operand): Tensor {
    return withScope("Embedding", () => {
      const { E } = this.parameters;
      const check = { op: "Embedding", word: "id", of: `${E.shape[0]} ids`, negative: true };
      const rows = take(E, ids, { check });
      const shown = this.#maxNorm === undefined ? rows : shortened(rows, this.#maxNorm);
      const padding = this.#paddingIndex;
      if (padding === undefined) return shown;
      // Ids count from the end too.
      const isPadding = logicalOr(equal(ids, padding), equal(ids, padding - E.shape[0]!));
      return where(expandDims(isPadding, -1), stopGradient(shown), shown);
    });
  }
}

/** Rows that are at most `length` long. */
function shortened(rows: Tensor, length: number): Tensor {
  const size = norm(rows, { axis: -1, keepDims: true });
  const long = greater(size, length);
  return mul(rows, where(long, div(length, where(long, size, 1)), 1));
}

const idBelow = (count: number): OptionKind => ({
  text: `an id from 0 and below ${count}`,
  holds: (id) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < count,
});
