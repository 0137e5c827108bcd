import {
  broadcastTo,
  checkOptionNames,
  exp,
  expandDims,
  mul,
  neg,
  type Parameter,
  softplus,
  sum,
  type Tensor,
} from "@org/core";
import { math } from "../equation.ts";
import { size } from "../option-values.ts";
import { type CellOptions, checkCell } from "./cell.ts";
import { byName, FirstWeights, softplusOrigin } from "./first-weights.ts";
import { LinearCell, type LinearTerms, type Parts } from "./linear-cell.ts";

/** What a selective state space cell is made of. */
export interface SelectiveStateSpaceCellOptions extends Omit<CellOptions, "hiddenSize" | "bias"> {
  /** States of each input, N. @default 16 */
  readonly stateSize?: number;
  /** Columns of the product that makes the steps. Default: a sixteenth of the inputs, at least 1. */
  readonly rank?: number;
}

/**
 * Selective state space, the recurrence of Mamba: each input has a row of states, and the input says how long it lasts,
 * where it goes and what is read:
 *
 *     Δ = softplus(x W_1 W_2 + b_Δ)     B = x W_B     C = x W_C     A = -exp(A_log)
 *     s ← exp(Δ A) ⊙ s + Δ ⊙ x ⊙ B          for each input and state
 *     y = Σ s ⊙ C + D ⊙ x                    over the states
 *
 * The convolution and the gate that stand around it in a block are layers of their own. `A` starts as -1 … -N, Δ between
 * 0.001 and 0.1.
 * Shapes:   `x [batch, input], s [batch, input, N]` → `y [batch, input]`
 * State:    `{ s, y }`, zeros at first; the output is `y`. Linear: runs with `parallel` too
 * @throws GraphError for sizes that are none
 * Source: Gu & Dao 2023, "Mamba: linear-time sequence modeling with selective state spaces", algorithm 2 and section 3.6.
 * @example
 * const cell = new SelectiveStateSpaceCell({ inputSize: 2, stateSize: 4, seed: 1 });
 * recurrent(cell, constant([[[1, -1]], [[2, 0]]]), { parallel: true }).outputs.shape; // → [2, 1, 2]
 */
export class SelectiveStateSpaceCell extends LinearCell {
  readonly parameters: Readonly<Record<"A_log" | "D" | "W_1" | "W_2" | "b_step" | "W_B" | "W_C", Parameter>>;
  protected readonly stateShape: readonly number[];
  protected override readonly outputSize: number;
  protected readonly stateNames: readonly string[] = ["s"];

  get name(): string {
    return "SelectiveStateSpaceCell";
  }

  constructor(options: SelectiveStateSpaceCellOptions) {
    checkOptionNames("SelectiveStateSpaceCell", options, "inputSize stateSize rank seed dtype");
    const { inputSize, stateSize = 16, rank = Math.max(1, Math.ceil(inputSize / 16)) } = options;
    const own = { stateSize: [stateSize, size], rank: [rank, size] } as const;
    checkCell("SelectiveStateSpaceCell", { ...options, hiddenSize: 1 }, own);
    super(options);
    this.stateShape = [inputSize, stateSize];
    this.outputSize = inputSize;
    const first = new FirstWeights(options);
    this.parameters = byName([
      first.given("A_log", [inputSize, stateSize], (i) => Math.log(1 + (i % stateSize))),
      first.row("D", inputSize, 1),
      first.matrix("W_1", inputSize, rank),
      first.matrix("W_2", rank, inputSize),
      first.steps("b_step", [inputSize], softplusOrigin),
      first.matrix("W_B", inputSize, stateSize),
      first.matrix("W_C", inputSize, stateSize),
    ]);
  }

  terms(x: Tensor): LinearTerms {
    const { A_log, W_1, W_2, b_step, W_B } = this.parameters;
    const step = expandDims(softplus(math`${x} @ ${W_1} @ ${W_2} + ${b_step}`), -1);
    const B = expandDims(math`${x} @ ${W_B}`, -2);
    const decay = exp(mul(step, neg(exp(A_log))));
    return { decay: [decay], drive: [broadcastTo(mul(step, expandDims(x, -1), B), decay.shape)] };
  }

  read([s]: Parts, x: Tensor): Tensor {
    const { W_C, D } = this.parameters;
    const C = expandDims(math`${x} @ ${W_C}`, -2);
    return math`${sum(mul(s, C), { axis: -1 })} + ${D} ⊙ ${x}`;
  }
}
