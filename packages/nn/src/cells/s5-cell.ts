import {
  add,
  broadcastTo,
  checkOptionNames,
  cos,
  div,
  exp,
  mul,
  neg,
  type Parameter,
  sin,
  square,
  sub,
  type Tensor,
} from "@org/core";
import { math } from "../equation.ts";
import { type CellOptions, checkCell } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";
import { LinearCell, type LinearTerms, type Parts, times } from "./linear-cell.ts";

/**
 * Diagonal state space of many inputs and outputs, in time that each state counts in steps of its own:
 *
 *     Λ = -exp(rate_log) + i frequency     Δ = exp(step_log)
 *     Λ̄ = exp(Λ Δ)     B̄ = Λ⁻¹ (Λ̄ - 1) ⊙ B          (what `s′ = Λ s + B x` does while x stays for Δ)
 *     s ← Λ̄ ⊙ s + x B̄
 *     y = 2 Re(s C) + D ⊙ x
 *
 * A state stands for itself and its conjugate, hence the 2. Λ starts as -½ + iπn (S4D-Lin of Gu et al. 2022) in the place of
 * the eigenvalues of HiPPO, Δ between 0.001 and 0.1. Complex weights and states are pairs of real ones.
 * Shapes:   `x [batch, input], s [batch, hidden]` → `y [batch, input]`
 * State:    `{ re, im, y }`, zeros at first; the output is `y`. Linear: runs with `parallel` too
 * @throws GraphError for sizes that are none
 * Source: Smith, Warrington & Linderman 2023, "Simplified state space layers for sequence modeling", equations 2, 6 and 7.
 * @example
 * const cell = new S5Cell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * recurrent(cell, constant([[[1, -1]], [[2, 0]]]), { parallel: true }).outputs.shape; // → [2, 1, 2]
 */
export class S5Cell extends LinearCell {
  readonly parameters: Readonly<
    Record<"rate_log" | "frequency" | "step_log" | "B_re" | "B_im" | "C_re" | "C_im" | "D", Parameter>
  >;
  protected readonly stateShape: readonly number[];
  protected override readonly outputSize: number;
  protected readonly stateNames: readonly string[] = ["re", "im"];

  get name(): string {
    return "S5Cell";
  }

  constructor(options: Omit<CellOptions, "bias">) {
    checkOptionNames("S5Cell", options, "inputSize hiddenSize seed dtype");
    checkCell("S5Cell", options);
    super(options);
    const { inputSize, hiddenSize } = options;
    this.stateShape = [hiddenSize];
    this.outputSize = inputSize;
    const first = new FirstWeights(options);
    this.parameters = byName([
      first.row("rate_log", hiddenSize, Math.log(0.5)),
      first.given("frequency", [hiddenSize], (n) => Math.PI * n),
      first.steps("step_log", [hiddenSize], (x) => x),
      ...["B_re", "B_im"].map((name) =>
        first.normal(name, [inputSize, hiddenSize], Math.sqrt(0.5 / inputSize)),
      ),
      ...["C_re", "C_im"].map((name) =>
        first.normal(name, [hiddenSize, inputSize], Math.sqrt(0.5 / hiddenSize)),
      ),
      first.normal("D", [inputSize], 1),
    ]);
  }

  terms(x: Tensor): LinearTerms {
    const { rate_log, frequency, step_log, B_re, B_im } = this.parameters;
    const [rate, step] = [neg(exp(rate_log)), exp(step_log)];
    const [modulus, angle] = [exp(mul(rate, step)), mul(frequency, step)];
    const decay: Parts = [mul(modulus, cos(angle)), mul(modulus, sin(angle))];
    // (Λ̄ - 1) / Λ = (Λ̄ - 1) Λ* / |Λ|²
    const size = add(square(rate), square(frequency));
    const inverse: Parts = [div(rate, size), div(neg(frequency), size)];
    const gain = times([sub(decay[0], 1), decay[1]!], inverse);
    const drive = times([math`${x} @ ${B_re}`, math`${x} @ ${B_im}`], gain);
    const wide = (part: Tensor): Tensor => broadcastTo(part, drive[0].shape);
    return { decay: decay.map(wide) as unknown as Parts, drive };
  }

  read([re, im]: Parts, x: Tensor): Tensor {
    const { C_re, C_im, D } = this.parameters;
    return math`2 * (${re} @ ${C_re} - ${im!} @ ${C_im}) + ${D} ⊙ ${x}`;
  }
}
