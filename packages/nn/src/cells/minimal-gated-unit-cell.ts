import { checkOptionNames, type Tensor, withScope } from "@org/core";
import { math } from "../equation.ts";
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

/** What a minimal gated unit carries: the hidden state `h [batch, hidden]`. */
export type MinimalGatedUnitState = { readonly h: Tensor };

/**
 * Minimal gated unit, one gate for the two of a GRU:
 *
 *     F = σ(x W_xf + h W_hf + b_f)
 *     H̃ = tanh(x W_xh + (F ⊙ h) W_hh + b_h)
 *     h ← (1 - F) ⊙ h + F ⊙ H̃
 *
 * Shapes:   `x [batch, input], h [batch, hidden]` → `h [batch, hidden]`
 * State:    `{ h }`, zeros at first; the output is `h`
 * @throws GraphError for sizes that are none
 * Source: Zhou, Wu, Zhang & Zhou 2016, "Minimal gated unit for recurrent neural networks", equations 6 to 8.
 * @example
 * const cell = new MinimalGatedUnitCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * cell.step(constant([[1, -1]]), cell.initialState(1)).h.shape; // → [1, 3]
 */
export class MinimalGatedUnitCell implements Cell<MinimalGatedUnitState> {
  readonly parameters: Blocks<"f" | "h">;
  readonly inputSize: number;
  readonly #options: CellOptions;

  get name(): string {
    return "MinimalGatedUnitCell";
  }

  constructor(options: CellOptions) {
    checkOptionNames("MinimalGatedUnitCell", options, "inputSize hiddenSize seed bias dtype");
    checkCell("MinimalGatedUnitCell", options);
    this.#options = settled(options);
    this.inputSize = options.inputSize;
    this.parameters = blocks(["f", "h"], options);
  }

  initialState(batch: number): MinimalGatedUnitState {
    return { h: zeros(batch, this.#options) };
  }

  step(x: Tensor, { h }: MinimalGatedUnitState, mask?: Tensor): MinimalGatedUnitState {
    checkStep("MinimalGatedUnitCell", x, this.inputSize);
    const seen = masked(h, mask);
    const { W_xf, W_hf, b_f = 0, W_xh, W_hh, b_h = 0 } = this.parameters;
    const F = withScope("forget gate f", () => math`σ(${x} @ ${W_xf} + ${seen} @ ${W_hf} + ${b_f})`);
    const H = withScope(
      "candidate h̃",
      () => math`tanh(${x} @ ${W_xh} + (${F} ⊙ ${seen}) @ ${W_hh} + ${b_h})`,
    );
    return { h: math`(1 - ${F}) ⊙ ${h} + ${F} ⊙ ${H}` };
  }

  output({ h }: MinimalGatedUnitState): Tensor {
    return h;
  }
}
