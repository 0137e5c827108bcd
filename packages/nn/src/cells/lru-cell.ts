import { broadcastTo, checkOptionNames, cos, exp, mul, type Parameter, sin, type Tensor } from "@org/core";
import { math } from "../equation.ts";
import { fraction } from "../option-values.ts";
import { type CellOptions, checkCell } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";
import { LinearCell, type LinearTerms, type Parts } from "./linear-cell.ts";

/** What a linear recurrent unit is made of. */
export interface LRUCellOptions extends Omit<CellOptions, "bias"> {
  /** The least modulus of an eigenvalue at first. @default 0.9 */
  readonly least?: number;
  /** The largest modulus of an eigenvalue at first. @default 0.999 */
  readonly most?: number;
}

/**
 * Linear recurrent unit: a diagonal complex state with eigenvalues inside the unit circle, read by a real output.
 *
 *     λ = exp(-exp(ν) + i exp(θ))     γ = √(1 - |λ|²) at first, learned as its logarithm
 *     s ← λ ⊙ s + exp(γ_log) ⊙ (x B)
 *     y = Re(s C) + D ⊙ x
 *
 * Eigenvalues start uniform in a ring. Complex weights and states are pairs of real ones.
 * Shapes:   `x [batch, input], s [batch, hidden]` → `y [batch, input]`
 * State:    `{ re, im, y }`, zeros at first; the output is `y`. Linear: runs with `parallel` too
 * @throws GraphError for sizes and moduli that are none
 * Source: Orvieto, Smith, Gu, Fernando, Gulcehre, Pascanu & De 2023, "Resurrecting recurrent neural networks for long
 *   sequences", appendix A.
 * @example
 * const cell = new LRUCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * recurrent(cell, constant([[[1, -1]], [[2, 0]]]), { parallel: true }).outputs.shape; // → [2, 1, 2]
 */
export class LRUCell extends LinearCell {
  readonly parameters: Readonly<
    Record<"nu_log" | "theta_log" | "gamma_log" | "B_re" | "B_im" | "C_re" | "C_im" | "D", Parameter>
  >;
  protected readonly stateShape: readonly number[];
  protected override readonly outputSize: number;
  protected readonly stateNames: readonly string[] = ["re", "im"];

  get name(): string {
    return "LRUCell";
  }

  constructor(options: LRUCellOptions) {
    checkOptionNames("LRUCell", options, "inputSize hiddenSize seed dtype least most");
    const { inputSize, hiddenSize, least = 0.9, most = 0.999 } = options;
    checkCell("LRUCell", options, { least: [least, fraction], most: [most, below(least)] });
    super(options);
    this.stateShape = [hiddenSize];
    this.outputSize = inputSize;
    const first = new FirstWeights(options);
    const between = (u: number): number => -0.5 * Math.log(u * (most ** 2 - least ** 2) + least ** 2);
    const nu = first.drawn("nu_log", [hiddenSize], (u) => Math.log(between(u)));
    const moduli = Array.from(nu.value.data, (each) => Math.exp(-Math.exp(each)));
    const normal = (name: string, rows: number, columns: number, scale: number): Parameter =>
      first.normal(name, [rows, columns], scale);
    this.parameters = byName([
      nu,
      first.drawn("theta_log", [hiddenSize], (u) => Math.log(2 * Math.PI * (u + 1e-8))),
      first.given("gamma_log", [hiddenSize], (i) => 0.5 * Math.log(1 - moduli[i]! ** 2)),
      normal("B_re", inputSize, hiddenSize, Math.sqrt(0.5 / inputSize)),
      normal("B_im", inputSize, hiddenSize, Math.sqrt(0.5 / inputSize)),
      normal("C_re", hiddenSize, inputSize, Math.sqrt(1 / hiddenSize)),
      normal("C_im", hiddenSize, inputSize, Math.sqrt(1 / hiddenSize)),
      first.normal("D", [inputSize], 1),
    ]);
  }

  terms(x: Tensor): LinearTerms {
    const { nu_log, theta_log, gamma_log, B_re, B_im } = this.parameters;
    const [modulus, angle] = [math`exp(-exp(${nu_log}))`, exp(theta_log)];
    const drive = [B_re, B_im].map((B) => math`exp(${gamma_log}) ⊙ (${x} @ ${B})`);
    const wide = (part: Tensor): Tensor => broadcastTo(part, drive[0]!.shape);
    return {
      decay: [wide(mul(modulus, cos(angle))), wide(mul(modulus, sin(angle)))],
      drive: drive as unknown as Parts,
    };
  }

  read([re, im]: Parts, x: Tensor): Tensor {
    const { C_re, C_im, D } = this.parameters;
    return math`${re} @ ${C_re} - ${im!} @ ${C_im} + ${D} ⊙ ${x}`;
  }
}

const below = (least: number) => ({
  text: "a number above least and below 1",
  holds: (value: unknown) => typeof value === "number" && value > least && value < 1,
});
