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
import { exponentialGates } from "./exponential-gates.ts";

/** What an sLSTM carries: `h`, memory `c`, normaliser `n` and the logarithm `m` that both are scaled by, `[batch, hidden]` each. */
export type SLSTMState = { readonly h: Tensor; readonly c: Tensor; readonly n: Tensor; readonly m: Tensor };

/**
 * The LSTM with exponential gates and a memory that is normalised, of xLSTM; one head:
 *
 *     Z = tanh(x W_xz + h W_hz + b_z)     Ĩ, F̃ = x W_x· + h W_h· + b_·     O = σ(x W_xo + h W_ho + b_o)
 *     m ← max(ln σ(F̃) + m, Ĩ)
 *     I = exp(Ĩ - m)     F = exp(ln σ(F̃) + m₋ - m)              m₋ is the m of the step before
 *     c ← F ⊙ c + I ⊙ Z     n ← F ⊙ n + I
 *     h ← O ⊙ c / n
 *
 * `m` keeps exponentials from overflow and changes no `h`. The forget gate is the sigmoid of the two that the paper allows.
 * Shapes:   `x [batch, input], h [batch, hidden]` → `h, c, n, m [batch, hidden]`
 * State:    `{ h, c, n, m }`, zeros at first; the output is `h`
 * @throws GraphError for sizes that are none
 * Source: Beck, Pöppel et al. 2024, "xLSTM: extended long short-term memory", equations 8 to 17.
 * @example
 * const cell = new SLSTMCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * cell.step(constant([[1, -1]]), cell.initialState(1)).h.shape; // → [1, 3]
 */
export class SLSTMCell implements Cell<SLSTMState> {
  readonly parameters: Blocks<"z" | "i" | "f" | "o">;
  readonly inputSize: number;
  readonly #options: CellOptions;

  get name(): string {
    return "SLSTMCell";
  }

  constructor(options: CellOptions) {
    checkOptionNames("SLSTMCell", options, "inputSize hiddenSize seed bias dtype");
    checkCell("SLSTMCell", options);
    this.#options = settled(options);
    this.inputSize = options.inputSize;
    this.parameters = blocks(["z", "i", "f", "o"], options);
  }

  initialState(batch: number): SLSTMState {
    const zero = zeros(batch, this.#options);
    return { h: zero, c: zero, n: zero, m: zero };
  }

  step(x: Tensor, { h, c, n, m }: SLSTMState, mask?: Tensor): SLSTMState {
    checkStep("SLSTMCell", x, this.inputSize);
    const seen = masked(h, mask);
    const { W_xz, W_hz, b_z = 0, W_xi, W_hi, b_i = 0 } = this.parameters;
    const { W_xf, W_hf, b_f = 0, W_xo, W_ho, b_o = 0 } = this.parameters;
    const Z = withScope("candidate z", () => math`tanh(${x} @ ${W_xz} + ${seen} @ ${W_hz} + ${b_z})`);
    const rise = math`${x} @ ${W_xi} + ${seen} @ ${W_hi} + ${b_i}`;
    const forget = math`${x} @ ${W_xf} + ${seen} @ ${W_hf} + ${b_f}`;
    const { i: I, f: F, m: M } = exponentialGates(rise, forget, m);
    const O = withScope("output gate o", () => math`σ(${x} @ ${W_xo} + ${seen} @ ${W_ho} + ${b_o})`);
    const [C, N] = [math`${F} ⊙ ${c} + ${I} ⊙ ${Z}`, math`${F} ⊙ ${n} + ${I}`];
    return { h: math`${O} ⊙ ${C} / ${N}`, c: C, n: N, m: M };
  }

  output({ h }: SLSTMState): Tensor {
    return h;
  }
}
