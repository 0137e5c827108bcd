import { checkOptionNames, type Parameter, relu, type Tensor, tanh } from "@org/core";
import { math } from "../equation.ts";
import { oneOf } from "../option-values.ts";
import { type Cell, type CellOptions, checkCell, checkStep, settled, zeros } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";

export interface IndRNNCellOptions extends CellOptions {
  /** @default "relu" */
  readonly activation?: "relu" | "tanh";
}

/** What an IndRNN carries: the hidden state `h [batch, hidden]`. */
export type IndRNNState = { readonly h: Tensor };

/**
 * Independently recurrent network: each unit sees of the state itself alone, `h ← φ(x W_xh + u_h ⊙ h + b_h)`. Units meet
 * in the layer above. `u_h` starts between 0 and 1, where relu keeps gradients of long sequences from growing.
 * Shapes:   `x [batch, input], h [batch, hidden]` → `h [batch, hidden]`
 * State:    `{ h }`, zeros at first; the output is `h`
 * @throws GraphError for sizes and an activation that are none
 * Source: Li, Li, Cook, Zhu & Gao 2018, "Independently recurrent neural network (IndRNN)", equation 4.
 * @example
 * const cell = new IndRNNCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * cell.step(constant([[0, 0]]), cell.initialState(1)).h; // → [[0, 0, 0]]
 */
export class IndRNNCell implements Cell<IndRNNState> {
  readonly parameters: Readonly<Record<"W_xh" | "u_h", Parameter>> & { readonly b_h?: Parameter };
  readonly inputSize: number;
  readonly #options: IndRNNCellOptions;

  get name(): string {
    return "IndRNNCell";
  }

  constructor(options: IndRNNCellOptions) {
    checkOptionNames("IndRNNCell", options, "inputSize hiddenSize seed bias dtype activation");
    const { inputSize, hiddenSize, bias = true, activation = "relu" } = options;
    checkCell("IndRNNCell", options, { activation: [activation, oneOf(["relu", "tanh"])] });
    this.#options = settled(options);
    this.inputSize = inputSize;
    const first = new FirstWeights(options);
    const [W_xh, u_h] = [
      first.matrix("W_xh", inputSize, hiddenSize),
      first.drawn("u_h", [hiddenSize], (u) => u),
    ];
    this.parameters = byName([W_xh, u_h, ...(bias ? [first.row("b_h", hiddenSize)] : [])]);
  }

  initialState(batch: number): IndRNNState {
    return { h: zeros(batch, this.#options) };
  }

  step(x: Tensor, { h }: IndRNNState): IndRNNState {
    checkStep("IndRNNCell", x, this.inputSize);
    const { W_xh, u_h, b_h = 0 } = this.parameters;
    const φ = this.#options.activation === "tanh" ? tanh : relu;
    return { h: φ(math`${x} @ ${W_xh} + ${u_h} ⊙ ${h} + ${b_h}`) };
  }

  output({ h }: IndRNNState): Tensor {
    return h;
  }
}
