import {
  checkOptionNames,
  checkOptionValues,
  GraphError,
  mul,
  type Operand,
  randomBernoulli,
  type Tensor,
  tensorBeside,
  where,
  withScope,
} from "@org/core";
import { rate as rateKind } from "../option-values.ts";
import { drawn, inTraining, type KeySource } from "../random-state.ts";

/** Whether a layer that is random in training is to be so, and where its randomness comes from. */
export interface TrainingOptions {
  /** False for evaluation, which is not random. */
  readonly training: boolean;
  /** A `randomState`, or a key that is new in each step: an input, or a parameter that is updated. Needed in training. */
  readonly key?: KeySource;
}

/** What `Dropout` takes. */
export interface DropoutOptions {
  /** The probability of an element to become 0: from 0, below 1. */
  readonly rate: number;
}

/**
 * In training each element is 0 with probability `rate`, others are divided by `1 - rate`, so that the mean stays; in
 * evaluation `y = x`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `g` scaled and dropped as `x` was
 * Source: Srivastava et al. 2014; scaled in training, as everywhere today, not in evaluation.
 * @throws GraphError for a rate that is none, a `training` that is not said, and training without a key
 * @example
 * const dropout = new Dropout({ rate: 0.5 });
 * dropout.apply([1, 2, 3], { training: false }); // → [1, 2, 3]
 * dropout.apply([1, 1, 1, 1, 1, 1], { training: true, key: randomKey(1) }); // → [2, 2, 2, 0, 0, 2]
 * const random = randomState(2); // in a compiled step; random.updates go beside the other updates
 * dropout.apply([1, 2, 3], { training: true, key: random });
 * dropout.apply([1, 2, 3], { training: true }); // throws GraphError
 */
export class Dropout {
  readonly parameters: Readonly<Record<string, never>> = {};
  readonly #rate: number;

  constructor(options: DropoutOptions) {
    checkOptionNames("Dropout", options, "rate", "rate");
    const { rate } = options;
    checkOptionValues("Dropout", { rate: [rate, rateKind] });
    this.#rate = rate;
  }

  apply(x: Operand, options: TrainingOptions): Tensor {
    const { training, key } = checkOptionNames("Dropout", options, "training key");
    const operand = tensorBeside(x, [], "Dropout");
    if (typeof training !== "boolean") throw refuse("training is true or false, and has to be said");
    if (!training) return operand;
    if (key === undefined) throw refuse("training needs a key, such as randomState(seed)");
    if (this.#rate === 0) return operand;
    return withScope("Dropout", () => {
      const kept = inTraining(
        randomBernoulli(drawn(key, "Dropout"), 1 - this.#rate, operand.shape),
        "Dropout",
      );
      return where(kept, mul(operand, 1 / (1 - this.#rate)), 0);
    });
  }
}

const refuse = (problem: string): GraphError => new GraphError({ op: "Dropout", problem });
