import { type Operand, type Parameter, parameter, type Tensor, take, withScope } from "@org/core";
import { normal } from "../init.ts";
import type { Seed } from "../seed.ts";

export interface EmbeddingOptions {
  /** How many ids there are. */
  readonly count: number;
  /** The length of the vector for each. */
  readonly size: number;
  /** Of the first `E`, standard normal. */
  readonly seed: Seed;
  /** @default "f32" */
  readonly dtype?: "f32" | "f64";
}

/**
 * A vector for each id: `y = E[ids]`, the same as `oneHot(ids) E`.
 * Shapes:   `ids i32 [...s]` → `[...s, size]`
 * Gradient: adds up over repeated ids; rows of ids that are absent get zeros
 * @throws ShapeError, when evaluated, for an id that is out of range
 * @example
 * const embedding = new Embedding({ count: 3, size: 2, seed: 1 });
 * embedding.apply([[0, 2, 2]]).shape; // → [1, 3, 2]
 */
export class Embedding {
  readonly parameters: { readonly E: Parameter };

  constructor({ count, size, seed, dtype = "f32" }: EmbeddingOptions) {
    this.parameters = { E: parameter("E", normal([count, size], { seed, dtype })) };
  }

  apply(ids: Operand): Tensor {
    return withScope("Embedding", () => take(this.parameters.E, ids));
  }
}
