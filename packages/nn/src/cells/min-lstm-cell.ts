import { checkOptionNames, type Parameter, type Tensor, withScope } from "@org/core";
import { math } from "../equation.ts";
import { type CellOptions, checkCell } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";
import { LinearCell, type LinearTerms, type Parts } from "./linear-cell.ts";

type Letter = "f" | "i" | "h";
const letters = ["f", "i", "h"] as const;

/**
 * The LSTM without what its gates see of the state, and with gates that sum to one:
 *
 *     F = σ(x W_xf + b_f)     I = σ(x W_xi + b_i)     H̃ = x W_xh + b_h
 *     h ← F / (F + I) ⊙ h + I / (F + I) ⊙ H̃
 *
 * Shapes:   `x [batch, input], h [batch, hidden]` → `h [batch, hidden]`
 * State:    `{ h }`, zeros at first; the output is `h`. Linear: runs with `parallel` too
 * @throws GraphError for sizes that are none
 * Source: Feng, Tung, Ahmed, Bengio & Hajimirsadeghi 2024, "Were RNNs all we needed?", section 3.2, without logarithms.
 * @example
 * const cell = new MinLSTMCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * recurrent(cell, constant([[[1, -1]], [[2, 0]]]), { parallel: true }).outputs.shape; // → [2, 1, 3]
 */
export class MinLSTMCell extends LinearCell {
  readonly parameters: Readonly<Record<`W_x${Letter}`, Parameter>> &
    Partial<Readonly<Record<`b_${Letter}`, Parameter>>>;
  protected readonly stateShape: readonly number[];
  protected readonly stateNames: readonly string[] = ["h"];

  get name(): string {
    return "MinLSTMCell";
  }

  constructor(options: CellOptions) {
    checkOptionNames("MinLSTMCell", options, "inputSize hiddenSize seed bias dtype");
    checkCell("MinLSTMCell", options);
    super(options);
    const { inputSize, hiddenSize, bias = true } = options;
    this.stateShape = [hiddenSize];
    const first = new FirstWeights(options);
    this.parameters = byName([
      ...letters.map((letter) => first.matrix(`W_x${letter}`, inputSize, hiddenSize)),
      ...(bias ? letters : []).map((letter) => first.row(`b_${letter}`, hiddenSize)),
    ]) as MinLSTMCell["parameters"];
  }

  terms(x: Tensor): LinearTerms {
    const { W_xf, W_xi, W_xh, b_f = 0, b_i = 0, b_h = 0 } = this.parameters;
    const F = withScope("forget gate f", () => math`σ(${x} @ ${W_xf} + ${b_f})`);
    const I = withScope("input gate i", () => math`σ(${x} @ ${W_xi} + ${b_i})`);
    const H = withScope("candidate h̃", () => math`${x} @ ${W_xh} + ${b_h}`);
    const both = math`${F} + ${I}`;
    return { decay: [math`${F} / ${both}`], drive: [math`${I} / ${both} ⊙ ${H}`] };
  }

  read([h]: Parts): Tensor {
    return h;
  }
}
