import {
  add,
  array,
  checkOptionNames,
  constant,
  defaultDType,
  mul,
  type Parameter,
  sum,
  type Tensor,
} from "@org/core";
import { math } from "../equation.ts";
import { exponential } from "../matrix/exponential.ts";
import { size } from "../option-values.ts";
import { type Cell, type CellOptions, checkCell, checkStep, settled, zeros } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";

/** What a Legendre memory cell is made of. */
export interface LegendreMemoryCellOptions extends Omit<CellOptions, "bias"> {
  /** Polynomials that the window is remembered by, d. */
  readonly order: number;
  /** Steps of the window, θ. */
  readonly window: number;
}

/** What a Legendre memory unit carries: `h [batch, hidden]` and the memory `m [batch, order]`. */
export type LegendreMemoryState = { readonly h: Tensor; readonly m: Tensor };

/**
 * Legendre memory unit: the last `window` values of one signal `u`, as coefficients of Legendre polynomials, beside a
 * nonlinear state:
 *
 *     u = Σ e_x ⊙ x + Σ e_h ⊙ h + Σ e_m ⊙ m
 *     m ← Ā m + B̄ u                              Ā, B̄ are fixed
 *     h ← tanh(x W_x + h W_h + m W_m)
 *
 * `θ m′ = A m + B u` with `a_ij = (2i + 1) (-1 where i < j, else (-1)^(i-j+1))` and `b_i = (2i + 1) (-1)^i`; Ā and B̄ are what
 * it does in one step while `u` stays: `exp(A / θ)` and `A⁻¹ (Ā - 1) B`.
 * Shapes:   `x [batch, input], h [batch, hidden], m [batch, order]` → `h [batch, hidden], m [batch, order]`
 * State:    `{ h, m }`, zeros at first; the output is `h`
 * @throws GraphError for sizes that are none
 * Source: Voelker, Kajić & Eliasmith 2019, "Legendre memory units", equations 1, 2, 4, 6 and 7; `e_m` starts as zeros.
 * @example
 * const cell = new LegendreMemoryCell({ inputSize: 2, hiddenSize: 3, order: 4, window: 10, seed: 1 });
 * cell.step(constant([[1, -1]]), cell.initialState(1)).m.shape; // → [1, 4]
 */
export class LegendreMemoryCell implements Cell<LegendreMemoryState> {
  readonly parameters: Readonly<Record<"W_x" | "W_h" | "W_m" | "e_x" | "e_h" | "e_m", Parameter>>;
  readonly inputSize: number;
  readonly #options: LegendreMemoryCellOptions;
  /** Āᵀ and B̄. */
  readonly #next: { readonly keeps: Tensor; readonly takes: Tensor };

  get name(): string {
    return "LegendreMemoryCell";
  }

  constructor(options: LegendreMemoryCellOptions) {
    checkOptionNames("LegendreMemoryCell", options, "inputSize hiddenSize order window seed dtype");
    const { inputSize, hiddenSize, order, window, dtype = defaultDType() } = options;
    checkCell("LegendreMemoryCell", options, { order: [order, size], window: [window, size] });
    this.#options = settled(options);
    this.inputSize = inputSize;
    const first = new FirstWeights(options);
    const even = (count: number) => (u: number) => (2 * u - 1) * Math.sqrt(3 / count); // LeCun-uniform
    this.parameters = byName([
      first.matrix("W_x", inputSize, hiddenSize),
      first.recurrent("W_h", hiddenSize),
      first.matrix("W_m", order, hiddenSize),
      first.drawn("e_x", [inputSize], even(inputSize)),
      first.drawn("e_h", [hiddenSize], even(hiddenSize)),
      first.row("e_m", order),
    ]);
    const { keeps, takes } = discretised(order, window);
    this.#next = {
      keeps: constant(array(keeps, { shape: [order, order] }), dtype),
      takes: constant(array(takes, { shape: [order] }), dtype),
    };
  }

  initialState(batch: number): LegendreMemoryState {
    return { h: zeros(batch, this.#options), m: zeros(batch, this.#options, this.#options.order) };
  }

  step(x: Tensor, { h, m }: LegendreMemoryState): LegendreMemoryState {
    checkStep("LegendreMemoryCell", x, this.inputSize);
    const { W_x, W_h, W_m, e_x, e_h, e_m } = this.parameters;
    const along = (e: Tensor, of: Tensor): Tensor => sum(mul(e, of), { axis: 1, keepDims: true });
    const u = add(along(e_x, x), along(e_h, h), along(e_m, m));
    const M = math`${m} @ ${this.#next.keeps} + ${u} ⊙ ${this.#next.takes}`;
    return { h: math`tanh(${x} @ ${W_x} + ${h} @ ${W_h} + ${M} @ ${W_m})`, m: M };
  }

  output({ h }: LegendreMemoryState): Tensor {
    return h;
  }
}

/** The exponential of `[A B; 0 0] / θ` is `[Ā B̄; 0 1]`. */
function discretised(order: number, window: number): { keeps: Float64Array; takes: Float64Array } {
  const rows = Array.from({ length: order + 1 }, (_, i) =>
    Float64Array.from({ length: order + 1 }, (__, j) => {
      if (i === order) return 0;
      const weight = (2 * i + 1) / window;
      if (j === order) return i % 2 === 0 ? weight : -weight;
      return i < j || (i - j) % 2 === 0 ? -weight : weight;
    }),
  );
  const next = exponential(rows);
  return {
    keeps: Float64Array.from(
      { length: order * order },
      (_, at) => next[at % order]![Math.floor(at / order)]!,
    ),
    takes: Float64Array.from({ length: order }, (_, i) => next[i]![order]!),
  };
}
