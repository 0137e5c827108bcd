import { checkOptionNames, relu, type Tensor, tanh } from "@org/core";
import { math } from "../equation.ts";
import { oneOf, optional } from "../option-values.ts";
import {
  type Blocks,
  blocks,
  type Cell,
  type CellOptions,
  checkCell,
  checkStep,
  masked,
  settled,
  zeros,
} from "./cell.ts";

/** A function of one tensor, elementwise. */
export type Activation = "tanh" | "relu" | "identity" | ((x: Tensor) => Tensor);

/** What an RNN takes beside the options of every cell. */
export interface RNNCellOptions extends CellOptions {
  /** @default "tanh" */
  readonly activation?: Activation;
}

/** What an RNN carries: the hidden state `h [batch, hidden]`. */
export type RNNState = {
  readonly h: Tensor;
};

const activations = { tanh, relu, identity: (x: Tensor): Tensor => x };

/**
 * The plain recurrent cell: `h ← φ(x W_xh + h W_hh + b_h)`; its output is `h`.
 * Shapes:   `x [batch, input], h [batch, hidden]` → `h [batch, hidden]`
 * State:    `{ h }`, zeros at first
 * @throws GraphError for sizes and an activation that are none
 * Source: Elman 1990, "Finding structure in time".
 * @example
 * const cell = new RNNCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * cell.step(constant([[0, 0]]), cell.initialState(1)).h; // → [[0, 0, 0]]
 */
export class RNNCell implements Cell<RNNState> {
  readonly parameters: Blocks<"h">;
  readonly inputSize: number;
  readonly #options: RNNCellOptions;

  get name(): string {
    return "RNNCell";
  }

  constructor(options: RNNCellOptions) {
    checkOptionNames("RNNCell", options, "inputSize hiddenSize seed bias dtype activation");
    checkCell("RNNCell", options, {
      activation: [options.activation, optional(oneOf(Object.keys(activations), "a function"))],
    });
    this.#options = settled(options);
    this.inputSize = options.inputSize;
    this.parameters = blocks(["h"], options);
  }

  initialState(batch: number): RNNState {
    return { h: zeros(batch, this.#options) };
  }

  step(x: Tensor, { h }: RNNState, mask?: Tensor): RNNState {
    checkStep("RNNCell", x, this.inputSize);
    const seen = masked(h, mask);
    const { W_xh, W_hh, b_h = 0 } = this.parameters;
    const { activation = "tanh" } = this.#options;
    const φ = typeof activation === "function" ? activation : activations[activation];
    return { h: φ(math`${x} @ ${W_xh} + ${seen} @ ${W_hh} + ${b_h}`) };
  }

  output({ h }: RNNState): Tensor {
    return h;
  }
}
