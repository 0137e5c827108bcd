import { checkOptionNames, type Parameter, type Tensor, withScope } from "@org/core";
import { math } from "../equation.ts";
import { type Cell, type CellOptions, checkCell, checkStep, settled, zeros } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";

/** What an SRU carries: the memory `c [batch, hidden]` and what it shows, `h [batch, hidden]`. */
export type SRUState = { readonly h: Tensor; readonly c: Tensor };

/**
 * Simple recurrent unit, whose products see the input alone, and whose gates see each unit's own memory:
 *
 *     F = σ(x W_xf + v_f ⊙ c + b_f)     R = σ(x W_xr + v_r ⊙ c + b_r)
 *     c ← F ⊙ c + (1 - F) ⊙ (x W_xc)
 *     h ← R ⊙ c + (1 - R) ⊙ x
 *
 * Where input and hidden size differ, the last `x` is `x W_xs`, as in the authors' program; the paper's scaling of `x` is left
 * out. `h` is not seen by the next step.
 * Shapes:   `x [batch, input], c [batch, hidden]` → `h, c [batch, hidden]`
 * State:    `{ h, c }`, zeros at first; the output is `h`
 * @throws GraphError for sizes that are none
 * Source: Lei, Zhang, Wang, Dai & Artzi 2018, "Simple recurrent units for highly parallelizable recurrence", section 3.
 * @example
 * const cell = new SRUCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * cell.step(constant([[1, -1]]), cell.initialState(1)).c.shape; // → [1, 3]
 */
export class SRUCell implements Cell<SRUState> {
  readonly parameters: Readonly<Record<"W_xc" | "W_xf" | "W_xr" | "v_f" | "v_r", Parameter>> &
    Partial<Readonly<Record<"b_f" | "b_r" | "W_xs", Parameter>>>;
  readonly inputSize: number;
  readonly #options: CellOptions;

  get name(): string {
    return "SRUCell";
  }

  constructor(options: CellOptions) {
    checkOptionNames("SRUCell", options, "inputSize hiddenSize seed bias dtype");
    checkCell("SRUCell", options);
    const { inputSize, hiddenSize, bias = true } = options;
    this.#options = settled(options);
    this.inputSize = inputSize;
    const first = new FirstWeights(options);
    const skip = inputSize === hiddenSize ? [] : ["W_xs"];
    this.parameters = byName([
      ...["W_xc", "W_xf", "W_xr", ...skip].map((name) => first.matrix(name, inputSize, hiddenSize)),
      ...["v_f", "v_r"].map((name) =>
        first.drawn(name, [hiddenSize], (u) => (2 * u - 1) * Math.sqrt(3 / hiddenSize)),
      ),
      ...(bias ? ["b_f", "b_r"] : []).map((name) => first.row(name, hiddenSize)),
    ]) as SRUCell["parameters"];
  }

  initialState(batch: number): SRUState {
    return { h: zeros(batch, this.#options), c: zeros(batch, this.#options) };
  }

  step(x: Tensor, { c }: SRUState): SRUState {
    checkStep("SRUCell", x, this.inputSize);
    const { W_xc, W_xf, W_xr, W_xs, v_f, v_r, b_f = 0, b_r = 0 } = this.parameters;
    const F = withScope("forget gate f", () => math`σ(${x} @ ${W_xf} + ${v_f} ⊙ ${c} + ${b_f})`);
    const R = withScope("reset gate r", () => math`σ(${x} @ ${W_xr} + ${v_r} ⊙ ${c} + ${b_r})`);
    const C = math`${F} ⊙ ${c} + (1 - ${F}) ⊙ (${x} @ ${W_xc})`;
    const past = W_xs ? math`${x} @ ${W_xs}` : x;
    return { h: math`${R} ⊙ ${C} + (1 - ${R}) ⊙ ${past}`, c: C };
  }

  output({ h }: SRUState): Tensor {
    return h;
  }
}
