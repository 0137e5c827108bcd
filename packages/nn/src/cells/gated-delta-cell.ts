import {
  checkOptionNames,
  div,
  expandDims,
  mul,
  norm,
  type Parameter,
  silu,
  sub,
  sum,
  type Tensor,
  withScope,
} from "@org/core";
import { math } from "../equation.ts";
import { optional, size } from "../option-values.ts";
import { type Cell, type CellOptions, checkCell, checkStep, settled, zeros } from "./cell.ts";
import { byName, FirstWeights, softplusOrigin } from "./first-weights.ts";

/** What a gated delta cell is made of. */
export interface GatedDeltaCellOptions extends Omit<CellOptions, "bias"> {
  /** The size of keys and queries. Default: `hiddenSize`. */
  readonly keySize?: number;
}

/** What a gated delta cell carries: what it shows, `y [batch, hidden]`, and the memory `S [batch, hidden, key]`. */
export type GatedDeltaState = { readonly y: Tensor; readonly S: Tensor };

/**
 * The gated delta rule: a matrix of values by keys, in which a step replaces what its key has, and all of which it lets fade;
 * one head:
 *
 *     q, k = silu(x W_·) / ‖silu(x W_·)‖     v = silu(x W_v)
 *     α = exp(-exp(A_log) softplus(x w_α + b_α))     β = σ(x w_β)     one number each
 *     S ← α S (1 - β k kᵀ) + β v kᵀ
 *     y = S q
 *
 * Short convolutions, the gate and the norm that stand around it in a block are layers of their own.
 * Shapes:   `x [batch, input], S [batch, hidden, key]` → `y [batch, hidden]`
 * State:    `{ y, S }`, zeros at first; the output is `y`
 * @throws GraphError for sizes that are none
 * Source: Yang, Kautz & Hatamizadeh 2024, "Gated delta networks: improving Mamba2 with delta rule", equation 10.
 * @example
 * const cell = new GatedDeltaCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * cell.step(constant([[1, -1]]), cell.initialState(1)).S.shape; // → [1, 3, 3]
 */
export class GatedDeltaCell implements Cell<GatedDeltaState> {
  readonly parameters: Readonly<
    Record<"W_q" | "W_k" | "W_v" | "w_alpha" | "w_beta" | "A_log" | "b_alpha", Parameter>
  >;
  readonly inputSize: number;
  readonly #options: CellOptions;
  readonly #keySize: number;

  get name(): string {
    return "GatedDeltaCell";
  }

  constructor(options: GatedDeltaCellOptions) {
    checkOptionNames("GatedDeltaCell", options, "inputSize hiddenSize keySize seed dtype");
    checkCell("GatedDeltaCell", options, { keySize: [options.keySize, optional(size)] });
    const { inputSize, hiddenSize, keySize = hiddenSize } = options;
    this.#options = settled(options);
    this.#keySize = keySize;
    this.inputSize = inputSize;
    const first = new FirstWeights(options);
    this.parameters = byName([
      first.matrix("W_q", inputSize, keySize),
      first.matrix("W_k", inputSize, keySize),
      first.matrix("W_v", inputSize, hiddenSize),
      first.matrix("w_alpha", inputSize, 1),
      first.matrix("w_beta", inputSize, 1),
      first.drawn("A_log", [1], (u) => Math.log(1 + 15 * u)),
      first.steps("b_alpha", [1], softplusOrigin),
    ]);
  }

  initialState(batch: number): GatedDeltaState {
    const S = zeros(batch, this.#options, this.#options.hiddenSize, this.#keySize);
    return { y: zeros(batch, this.#options), S };
  }

  step(x: Tensor, { S }: GatedDeltaState): GatedDeltaState {
    checkStep("GatedDeltaCell", x, this.inputSize);
    const { W_q, W_k, W_v, w_alpha, w_beta, A_log, b_alpha } = this.parameters;
    const [q, k] = [W_q, W_k].map((W) => unit(silu(math`${x} @ ${W}`))) as [Tensor, Tensor];
    const v = silu(math`${x} @ ${W_v}`);
    const α = withScope(
      "decay α",
      () => math`exp(-exp(${A_log}) ⊙ softplus(${x} @ ${w_alpha} + ${b_alpha}))`,
    );
    const β = withScope("writing strength β", () => math`σ(${x} @ ${w_beta})`);
    // S ← αS + β (v - α S k) kᵀ
    const faded = mul(S, expandDims(α, 2));
    const held = sum(mul(faded, expandDims(k, 1)), { axis: 2 });
    const memory = math`${faded} + ${expandDims(mul(β, sub(v, held)), 2)} ⊙ ${expandDims(k, 1)}`;
    return { y: sum(mul(memory, expandDims(q, 1)), { axis: 2 }), S: memory };
  }

  output({ y }: GatedDeltaState): Tensor {
    return y;
  }
}

/** `x / ‖x‖`, with 10⁻⁶ beside the norm, which may be 0. */
const unit = (x: Tensor): Tensor => div(x, math`${norm(x, { axis: -1, keepDims: true })} + 1e-6`);
