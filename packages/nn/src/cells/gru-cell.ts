import {
  checkOptionNames,
  checkOptionValues,
  defaultDType,
  type Parameter,
  parameter,
  type Tensor,
  withScope,
} from "@org/core";
import { math } from "../equation.ts";
import { oneOf } from "../option-values.ts";
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

export interface GRUCellOptions extends CellOptions {
  /**
   * What the update gate Z does. Texts differ, so there is no default.
   * `"keep"`: `h ← Z ⊙ h + (1 - Z) ⊙ H̃`, Z = 1 keeps the state (Cho et al. 2014, d2l, PyTorch, Keras).
   * `"write"`: `h ← (1 - Z) ⊙ h + Z ⊙ H̃`, Z = 1 replaces it (Chung et al. 2014).
   */
  readonly update: "keep" | "write";
  /**
   * Where the reset gate R stands. Texts differ, so there is no default.
   * `"before"` the recurrent product: `H̃ = tanh(x W_xh + (R ⊙ h) W_hh + b_h)` (Cho et al. 2014, d2l).
   * `"after"` it: `H̃ = tanh(x W_xh + b_h + R ⊙ (h W_hh + b_hh))` (cuDNN, PyTorch, Keras), with one bias more.
   */
  readonly reset: "before" | "after";
}

/** What a GRU carries: the hidden state `h [batch, hidden]`. */
export type GRUState = {
  readonly h: Tensor;
};

/**
 * Gated recurrent unit:
 *
 *     Z = σ(x W_xz + h W_hz + b_z)     R = σ(x W_xr + h W_hr + b_r)
 *     H̃ = tanh(x W_xh + (R ⊙ h) W_hh + b_h)     or as `reset` says
 *     h ← Z ⊙ h + (1 - Z) ⊙ H̃                   or as `update` says
 *
 * Shapes:   `x [batch, input], h [batch, hidden]` → `h [batch, hidden]`
 * State:    `{ h }`, zeros at first; the output is `h`
 * @throws GraphError for sizes that are none, and an `update` or a `reset` that is none of the two
 * @example
 * const cell = new GRUCell({ inputSize: 2, hiddenSize: 3, seed: 1, update: "keep", reset: "before" });
 * cell.step(constant([[1, -1]]), cell.initialState(1)).h.shape; // → [1, 3]
 * new GRUCell({ inputSize: 2, hiddenSize: 3, seed: 1 }); // throws GraphError
 */
export class GRUCell implements Cell<GRUState> {
  readonly parameters: Blocks<"z" | "r" | "h"> & { readonly b_hh?: Parameter };
  readonly update: GRUCellOptions["update"];
  readonly reset: GRUCellOptions["reset"];
  readonly inputSize: number;
  readonly #options: GRUCellOptions;

  get name(): string {
    return "GRUCell";
  }

  constructor(options: GRUCellOptions) {
    checkOptionNames("GRUCell", options, "inputSize hiddenSize seed bias dtype update reset");
    const { update, reset, bias = true, hiddenSize, dtype = defaultDType() } = options;
    checkCell("GRUCell", options);
    checkOptionValues(
      "GRUCell",
      { update: [update, oneOf(["keep", "write"])], reset: [reset, oneOf(["before", "after"])] },
      "texts write the GRU in different ways, so both have to be chosen",
    );
    this.update = update;
    this.reset = reset;
    this.#options = settled(options);
    this.inputSize = options.inputSize;
    const b_hh =
      reset === "after" && bias ? { b_hh: parameter("b_hh", new Float64Array(hiddenSize), dtype) } : {};
    this.parameters = { ...blocks(["z", "r", "h"], options), ...b_hh };
  }

  initialState(batch: number): GRUState {
    return { h: zeros(batch, this.#options) };
  }

  step(x: Tensor, { h }: GRUState, mask?: Tensor): GRUState {
    checkStep("GRUCell", x, this.inputSize);
    const seen = masked(h, mask);
    const { W_xz, W_hz, b_z = 0, W_xr, W_hr, b_r = 0 } = this.parameters;
    const { W_xh, W_hh, b_h = 0, b_hh = 0 } = this.parameters;
    const Z = withScope("update gate z", () => math`σ(${x} @ ${W_xz} + ${seen} @ ${W_hz} + ${b_z})`);
    const R = withScope("reset gate r", () => math`σ(${x} @ ${W_xr} + ${seen} @ ${W_hr} + ${b_r})`);
    const candidate = withScope("candidate h̃", () =>
      this.reset === "before"
        ? math`tanh(${x} @ ${W_xh} + (${R} ⊙ ${seen}) @ ${W_hh} + ${b_h})`
        : math`tanh(${x} @ ${W_xh} + ${b_h} + ${R} ⊙ (${seen} @ ${W_hh} + ${b_hh}))`,
    );
    const H =
      this.update === "keep"
        ? math`${Z} ⊙ ${h} + (1 - ${Z}) ⊙ ${candidate}`
        : math`(1 - ${Z}) ⊙ ${h} + ${Z} ⊙ ${candidate}`;
    return { h: H };
  }

  output({ h }: GRUState): Tensor {
    return h;
  }
}
