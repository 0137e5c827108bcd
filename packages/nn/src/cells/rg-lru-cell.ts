import { checkOptionNames, expm1, type Parameter, sqrt, type Tensor, withScope } from "@org/core";
import { math } from "../equation.ts";
import { type CellOptions, checkCell } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";
import { LinearCell, type LinearTerms, type Parts } from "./linear-cell.ts";

/** How much faster the recurrence gate makes a unit forget. */
const SHARPNESS = 8;

/**
 * Real-gated linear recurrent unit of Griffin:
 *
 *     R = σ(x W_a + b_a)     I = σ(x W_x + b_x)
 *     a = σ(Λ)^(8 R)
 *     h ← a ⊙ h + √(1 - a²) ⊙ (I ⊙ x)
 *
 * The state has the size of the input. `σ(Λ)` starts so that its 8th power is between 0.9 and 0.999.
 * Shapes:   `x [batch, hidden], h [batch, hidden]` → `h [batch, hidden]`
 * State:    `{ h }`, zeros at first; the output is `h`. Linear: runs with `parallel` too
 * @throws GraphError for a size that is none
 * Source: De, Smith et al. 2024, "Griffin: mixing gated linear recurrences with local attention", equations 1 to 4.
 * @example
 * const cell = new RGLRUCell({ hiddenSize: 2, seed: 1 });
 * recurrent(cell, constant([[[1, -1]], [[2, 0]]]), { parallel: true }).outputs.shape; // → [2, 1, 2]
 */
export class RGLRUCell extends LinearCell {
  readonly parameters: Readonly<Record<"W_a" | "W_x" | "Lambda", Parameter>> &
    Partial<Readonly<Record<"b_a" | "b_x", Parameter>>>;
  protected readonly stateShape: readonly number[];
  protected readonly stateNames: readonly string[] = ["h"];

  get name(): string {
    return "RGLRUCell";
  }

  constructor(options: Omit<CellOptions, "inputSize">) {
    checkOptionNames("RGLRUCell", options, "hiddenSize seed bias dtype");
    const { hiddenSize, bias = true } = options;
    checkCell("RGLRUCell", { ...options, inputSize: hiddenSize });
    super({ ...options, inputSize: hiddenSize });
    this.stateShape = [hiddenSize];
    const first = new FirstWeights(options);
    const lambda = (u: number): number => {
      const a = (0.9 + u * 0.099) ** (1 / SHARPNESS);
      return Math.log(a / (1 - a));
    };
    this.parameters = byName([
      ...["W_a", "W_x"].map((name) => first.matrix(name, hiddenSize, hiddenSize)),
      first.drawn("Lambda", [hiddenSize], lambda),
      ...(bias ? ["b_a", "b_x"] : []).map((name) => first.row(name, hiddenSize)),
    ]) as RGLRUCell["parameters"];
  }

  terms(x: Tensor): LinearTerms {
    const { W_a, W_x, Lambda, b_a = 0, b_x = 0 } = this.parameters;
    // ln a = 8 R ln σ(Λ) = -8 R softplus(-Λ), and 1 - a² = -(e^(2 ln a) - 1)
    const R = withScope("recurrence gate r", () => math`σ(${x} @ ${W_a} + ${b_a})`);
    const I = withScope("input gate i", () => math`σ(${x} @ ${W_x} + ${b_x})`);
    const logarithm = math`-${SHARPNESS} * ${R} ⊙ softplus(-${Lambda})`;
    const gain = sqrt(math`-${expm1(math`2 * ${logarithm}`)}`);
    return { decay: [math`exp(${logarithm})`], drive: [math`${gain} ⊙ ${I} ⊙ ${x}`] };
  }

  read([h]: Parts): Tensor {
    return h;
  }
}
