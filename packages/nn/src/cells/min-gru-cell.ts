import { checkOptionNames, type Parameter, type Tensor, withScope } from "@org/core";
import { math } from "../equation.ts";
import { type CellOptions, checkCell } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";
import { LinearCell, type LinearTerms, type Parts } from "./linear-cell.ts";

/**
 * The GRU without what its gates see of the state, so that it is linear in it:
 *
 *     Z = σ(x W_xz + b_z)     H̃ = x W_xh + b_h
 *     h ← (1 - Z) ⊙ h + Z ⊙ H̃
 *
 * Shapes:   `x [batch, input], h [batch, hidden]` → `h [batch, hidden]`
 * State:    `{ h }`, zeros at first; the output is `h`. Linear: runs with `parallel` too
 * @throws GraphError for sizes that are none
 * Source: Feng, Tung, Ahmed, Bengio & Hajimirsadeghi 2024, "Were RNNs all we needed?", section 3.1, without logarithms.
 * @example
 * const cell = new MinGRUCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * recurrent(cell, constant([[[1, -1]], [[2, 0]]]), { parallel: true }).outputs.shape; // → [2, 1, 3]
 */
export class MinGRUCell extends LinearCell {
  readonly parameters: Readonly<Record<"W_xz" | "W_xh", Parameter>> &
    Partial<Readonly<Record<"b_z" | "b_h", Parameter>>>;
  protected readonly stateShape: readonly number[];
  protected readonly stateNames: readonly string[] = ["h"];

  get name(): string {
    return "MinGRUCell";
  }

  constructor(options: CellOptions) {
    checkOptionNames("MinGRUCell", options, "inputSize hiddenSize seed bias dtype");
    checkCell("MinGRUCell", options);
    super(options);
    const { inputSize, hiddenSize, bias = true } = options;
    this.stateShape = [hiddenSize];
    const first = new FirstWeights(options);
    this.parameters = byName([
      ...["W_xz", "W_xh"].map((name) => first.matrix(name, inputSize, hiddenSize)),
      ...(bias ? ["b_z", "b_h"] : []).map((name) => first.row(name, hiddenSize)),
    ]) as MinGRUCell["parameters"];
  }

  terms(x: Tensor): LinearTerms {
    const { W_xz, W_xh, b_z = 0, b_h = 0 } = this.parameters;
    const Z = withScope("update gate z", () => math`σ(${x} @ ${W_xz} + ${b_z})`);
    const H = withScope("candidate h̃", () => math`${x} @ ${W_xh} + ${b_h}`);
    return { decay: [math`1 - ${Z}`], drive: [math`${Z} ⊙ ${H}`] };
  }

  read([h]: Parts): Tensor {
    return h;
  }
}
