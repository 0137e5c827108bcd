import {
  abs,
  checkOptionNames,
  exp,
  expandDims,
  maximum,
  mul,
  neg,
  type Parameter,
  sum,
  type Tensor,
  withScope,
} from "@org/core";
import { math } from "../equation.ts";
import { type Cell, type CellOptions, checkCell, checkStep, settled, zeros } from "./cell.ts";
import { exponentialGates } from "./exponential-gates.ts";
import { byName, FirstWeights } from "./first-weights.ts";

/** What an mLSTM carries: `h [batch, hidden]`, memory `C [batch, hidden, hidden]`, normaliser `n [batch, hidden]`, and `m [batch, 1]`. */
export type MLSTMState = { readonly h: Tensor; readonly C: Tensor; readonly n: Tensor; readonly m: Tensor };

type Letter = "q" | "k" | "v" | "o" | "i" | "f";

/**
 * The LSTM whose memory is a matrix, of xLSTM: pairs of keys and values are written, and read by a query; one head:
 *
 *     q = x W_q + b_q     k = (x W_k) / √d + b_k     v = x W_v + b_v     o = σ(x W_o + b_o)
 *     ĩ = x w_i + b_i     f̃ = x w_f + b_f            one number each
 *     m ← max(ln σ(f̃) + m, ĩ)     i = exp(ĩ - m)     f = exp(ln σ(f̃) + m₋ - m)
 *     C ← f C + i v kᵀ     n ← f n + i k
 *     h ← o ⊙ C q / max(|nᵀ q|, exp(-m))
 *
 * `exp(-m)` is the 1 of the paper in the scale of `C` and `n`.
 * Shapes:   `x [batch, input]` → `h [batch, hidden], C [batch, hidden, hidden], n [batch, hidden], m [batch, 1]`
 * State:    `{ h, C, n, m }`, zeros at first; the output is `h`
 * @throws GraphError for sizes that are none
 * Source: Beck, Pöppel et al. 2024, "xLSTM: extended long short-term memory", equations 19 to 27.
 * @example
 * const cell = new MLSTMCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * cell.step(constant([[1, -1]]), cell.initialState(1)).C.shape; // → [1, 3, 3]
 */
export class MLSTMCell implements Cell<MLSTMState> {
  readonly parameters: Readonly<Record<`W_${"q" | "k" | "v" | "o"}` | "w_i" | "w_f", Parameter>> &
    Partial<Readonly<Record<`b_${Letter}`, Parameter>>>;
  readonly inputSize: number;
  readonly #options: CellOptions;

  get name(): string {
    return "MLSTMCell";
  }

  constructor(options: CellOptions) {
    checkOptionNames("MLSTMCell", options, "inputSize hiddenSize seed bias dtype");
    checkCell("MLSTMCell", options);
    const { inputSize, hiddenSize, bias = true } = options;
    this.#options = settled(options);
    this.inputSize = inputSize;
    const first = new FirstWeights(options);
    const wide = ["q", "k", "v", "o"];
    this.parameters = byName([
      ...wide.map((letter) => first.matrix(`W_${letter}`, inputSize, hiddenSize)),
      ...["i", "f"].map((letter) => first.matrix(`w_${letter}`, inputSize, 1)),
      ...(bias ? wide : []).map((letter) => first.row(`b_${letter}`, hiddenSize)),
      ...(bias ? ["i", "f"] : []).map((letter) => first.row(`b_${letter}`, 1)),
    ]) as MLSTMCell["parameters"];
  }

  initialState(batch: number): MLSTMState {
    const { hiddenSize } = this.#options;
    const zero = zeros(batch, this.#options);
    const C = zeros(batch, this.#options, hiddenSize, hiddenSize);
    return { h: zero, C, n: zero, m: zeros(batch, this.#options, 1) };
  }

  step(x: Tensor, { C, n, m }: MLSTMState): MLSTMState {
    checkStep("MLSTMCell", x, this.inputSize);
    const { W_q, W_k, W_v, W_o, w_i, w_f } = this.parameters;
    const { b_q = 0, b_k = 0, b_v = 0, b_o = 0, b_i = 0, b_f = 0 } = this.parameters;
    const root = Math.sqrt(this.#options.hiddenSize);
    const [q, k] = [math`${x} @ ${W_q} + ${b_q}`, math`(${x} @ ${W_k}) / ${root} + ${b_k}`];
    const v = math`${x} @ ${W_v} + ${b_v}`;
    const rise = math`${x} @ ${w_i} + ${b_i}`;
    const { i, f, m: M } = exponentialGates(rise, math`${x} @ ${w_f} + ${b_f}`, m);
    const o = withScope("output gate o", () => math`σ(${x} @ ${W_o} + ${b_o})`);
    const pair = mul(expandDims(mul(i, v), 2), expandDims(k, 1));
    const memory = math`${expandDims(f, 2)} ⊙ ${C} + ${pair}`;
    const N = math`${f} ⊙ ${n} + ${i} ⊙ ${k}`;
    const read = sum(mul(memory, expandDims(q, 1)), { axis: 2 });
    const size = maximum(abs(sum(mul(N, q), { axis: 1, keepDims: true })), exp(neg(M)));
    return { h: math`${o} ⊙ ${read} / ${size}`, C: memory, n: N, m: M };
  }

  output({ h }: MLSTMState): Tensor {
    return h;
  }
}
