import { math, type Tensor } from "@org/core";
import { type Blocks, blocks, type Cell, type CellOptions, masked, zeros } from "./cell.ts";

export interface LSTMCellOptions extends CellOptions {
  /**
   * What `b_f` is at first; 1 lets the cell remember from the start.
   * Source: Jozefowicz, Zaremba & Sutskever 2015.
   * @default 1
   */
  readonly forgetBias?: number;
}

/** What an LSTM carries: the hidden state `h` and the memory `c`, both `[batch, hidden]`. */
export type LSTMState = {
  readonly h: Tensor;
  readonly c: Tensor;
};

/**
 * Long short-term memory:
 *
 *     I = σ(x W_xi + h W_hi + b_i)     F = σ(x W_xf + h W_hf + b_f)     O = σ(x W_xo + h W_ho + b_o)
 *     C̃ = tanh(x W_xc + h W_hc + b_c)
 *     c ← F ⊙ c + I ⊙ C̃
 *     h ← O ⊙ tanh(c)
 *
 * Shapes:   `x [batch, input], h [batch, hidden], c [batch, hidden]` → `h [batch, hidden], c [batch, hidden]`
 * State:    `{ h, c }`, zeros at first; the output is `h`
 * @example
 * const cell = new LSTMCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * const { h, c } = cell.step(constant([[1, -1]]), cell.initialState(1));
 * [h.shape, c.shape]; // → [[1, 3], [1, 3]]
 */
export class LSTMCell implements Cell<LSTMState> {
  readonly parameters: Blocks<"i" | "f" | "o" | "c">;
  readonly #options: LSTMCellOptions;

  constructor(options: LSTMCellOptions) {
    this.#options = options;
    this.parameters = blocks(["i", "f", "o", "c"], options);
    const { b_f } = this.parameters;
    if (b_f) b_f.value = new Float64Array(options.hiddenSize).fill(options.forgetBias ?? 1);
  }

  initialState(batch: number): LSTMState {
    return { h: zeros(batch, this.#options), c: zeros(batch, this.#options) };
  }

  step(x: Tensor, { h, c }: LSTMState, mask?: Tensor): LSTMState {
    const seen = masked(h, mask);
    const { W_xi, W_hi, b_i = 0, W_xf, W_hf, b_f = 0 } = this.parameters;
    const { W_xo, W_ho, b_o = 0, W_xc, W_hc, b_c = 0 } = this.parameters;
    const I = math`σ(${x} @ ${W_xi} + ${seen} @ ${W_hi} + ${b_i})`;
    const F = math`σ(${x} @ ${W_xf} + ${seen} @ ${W_hf} + ${b_f})`;
    const O = math`σ(${x} @ ${W_xo} + ${seen} @ ${W_ho} + ${b_o})`;
    const candidate = math`tanh(${x} @ ${W_xc} + ${seen} @ ${W_hc} + ${b_c})`;
    const C = math`${F} ⊙ ${c} + ${I} ⊙ ${candidate}`;
    const H = math`${O} ⊙ tanh(${C})`;
    return { h: H, c: C };
  }

  output({ h }: LSTMState): Tensor {
    return h;
  }
}
