import {
  checkOptionNames,
  defaultDType,
  matmul,
  type Parameter,
  parameter,
  type Tensor,
  withScope,
} from "@org/core";
import { math } from "../equation.ts";
import { glorotUniform } from "../init.ts";
import { normalized } from "../normalized.ts";
import { finiteIn, flag, optional, size } from "../option-values.ts";
import { splitSeed } from "../seed.ts";
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

export interface LSTMCellOptions extends CellOptions {
  /**
   * What `b_f` is at first; 1 lets the cell remember from the start.
   * Source: Jozefowicz, Zaremba & Sutskever 2015.
   * @default 1
   */
  readonly forgetBias?: number;
  /**
   * Lets the gates look at the memory: I and F at the one before the step, O at the new one, each unit at its own.
   * Source: Gers & Schmidhuber 2000, "Recurrent nets that time and count"; Graves 2013, equations 7, 8 and 10.
   * @default false
   */
  readonly peephole?: boolean;
  /**
   * The size of `h` where it is less than that of `c`: a product makes it of what the memory shows. PyTorch's `proj_size`.
   * Source: Sak, Senior & Beaufays 2014, equation 6, without the non-recurrent projection.
   * Default: none; `h` has `hiddenSize`.
   */
  readonly projectionSize?: number;
  /**
   * Layer normalisation of what each gate hears of `x` and of `h`, each by itself, and of what `tanh` sees of the memory.
   * Source: Ba, Kiros & Hinton 2016, equations 20 to 22. Their two biases for a gate are our one. Mean and variance are
   * those of one gate, as in TensorFlow's `LayerNormBasicLSTMCell`, not of all four together, as in the authors' program.
   * @default false
   */
  readonly layerNorm?: boolean;
}

/** What an LSTM carries: the hidden state `h [batch, hidden]`, or `[batch, projection]`, and the memory `c [batch, hidden]`. */
export type LSTMState = {
  readonly h: Tensor;
  readonly c: Tensor;
};

type Letter = "i" | "f" | "o" | "c";

/** The weights of an LSTM, by the names of its equations; those of options are there with them. */
export type LSTMParameters = Blocks<Letter> &
  Partial<
    Readonly<
      Record<
        `w_c${"i" | "f" | "o"}` | "W_mh" | `g_x${Letter}` | `g_h${Letter}` | "g_memory" | "b_memory",
        Parameter
      >
    >
  >;

const letters = ["i", "f", "o", "c"] as const;

/** Of layer normalisation, as in `LayerNorm`. */
const EPSILON = 1e-5;

/**
 * Long short-term memory:
 *
 *     I = σ(x W_xi + h W_hi + b_i)     F = σ(x W_xf + h W_hf + b_f)     O = σ(x W_xo + h W_ho + b_o)
 *     C̃ = tanh(x W_xc + h W_hc + b_c)
 *     c ← F ⊙ c + I ⊙ C̃
 *     h ← O ⊙ tanh(c)
 *
 * With `peephole`, gates see the memory, O the one that I and F have made:
 *
 *     I = σ(… + w_ci ⊙ c)     F = σ(… + w_cf ⊙ c)     O = σ(… + w_co ⊙ (F ⊙ c + I ⊙ C̃))
 *
 * With `projectionSize`, `h ← (O ⊙ tanh(c)) W_mh`. With `layerNorm`, and LN(a) = (a - mean a) / √(variance of a + 10⁻⁵),
 * products and memory are brought to one size:
 *
 *     I = σ(g_xi ⊙ LN(x W_xi) + g_hi ⊙ LN(h W_hi) + b_i)     and so F, O and C̃
 *     h ← O ⊙ tanh(g_memory ⊙ LN(c) + b_memory)
 *
 * Options go together in any way. Peepholes start as 0, gains as 1.
 * Shapes:   `x [batch, input], h [batch, hidden], c [batch, hidden]` → `h [batch, hidden], c [batch, hidden]`; with a
 *   projection `h [batch, projection]`, `W_h· [projection, hidden]`, `W_mh [hidden, projection]`
 * State:    `{ h, c }`, zeros at first; the output is `h`
 * @throws GraphError for sizes and a bias that are none
 * @example
 * const cell = new LSTMCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * const { h, c } = cell.step(constant([[1, -1]]), cell.initialState(1));
 * [h.shape, c.shape]; // → [[1, 3], [1, 3]]
 * const other = new LSTMCell({ inputSize: 2, hiddenSize: 8, seed: 1, peephole: true, layerNorm: true, projectionSize: 3 });
 * const state = other.step(constant([[1, -1]]), other.initialState(1));
 * [state.h.shape, state.c.shape]; // → [[1, 3], [1, 8]]
 */
export class LSTMCell implements Cell<LSTMState> {
  readonly parameters: LSTMParameters;
  readonly inputSize: number;
  readonly #options: LSTMCellOptions;
  /** That of `h`. */
  readonly #outputSize: number;

  get name(): string {
    return "LSTMCell";
  }

  constructor(options: LSTMCellOptions) {
    checkOptionNames(
      "LSTMCell",
      options,
      "inputSize hiddenSize seed bias dtype forgetBias peephole projectionSize layerNorm",
    );
    const { hiddenSize, projectionSize, forgetBias = 1, peephole = false, layerNorm = false } = options;
    checkCell("LSTMCell", options, {
      projectionSize: [projectionSize, optional(size)],
      forgetBias: [forgetBias, finiteIn(options.dtype ?? defaultDType())],
      peephole: [peephole, flag],
      layerNorm: [layerNorm, flag],
    });
    this.#options = settled(options);
    this.inputSize = options.inputSize;
    this.#outputSize = projectionSize ?? hiddenSize;
    const plain = blocks(letters, options, this.#outputSize);
    if (plain.b_f) plain.b_f.value = new Float64Array(hiddenSize).fill(forgetBias);
    this.parameters = { ...plain, ...ofOptions(options) };
  }

  initialState(batch: number): LSTMState {
    return { h: zeros(batch, this.#options, this.#outputSize), c: zeros(batch, this.#options) };
  }

  step(x: Tensor, { h, c }: LSTMState, mask?: Tensor): LSTMState {
    checkStep("LSTMCell", x, this.inputSize);
    const seen = masked(h, mask);
    const I = withScope("input gate i", () => math`σ(${this.#block("i", x, seen, c)})`);
    const F = withScope("forget gate f", () => math`σ(${this.#block("f", x, seen, c)})`);
    const candidate = withScope("candidate c̃", () => math`tanh(${this.#block("c", x, seen)})`);
    const C = math`${F} ⊙ ${c} + ${I} ⊙ ${candidate}`;
    const O = withScope("output gate o", () => math`σ(${this.#block("o", x, seen, C)})`);
    const M = math`${O} ⊙ tanh(${this.#memory(C)})`;
    const { W_mh } = this.parameters;
    return { h: W_mh ? math`${M} @ ${W_mh}` : M, c: C };
  }

  output({ h }: LSTMState): Tensor {
    return h;
  }

  /** `x W_x· + h W_h· + b_·`, normalised and with the peephole `w_c· ⊙ c` where there are such. */
  #block<const L extends Letter>(letter: L, x: Tensor, h: Tensor, c?: Tensor): Tensor {
    const own = this.parameters as Readonly<Record<string, Parameter | undefined>>;
    const part = (from: Tensor, name: "x" | "h"): Tensor => {
      const product = matmul(from, own[`W_${name}${letter}`]!);
      const gain = own[`g_${name}${letter}`];
      return gain ? math`${gain} ⊙ ${normalized(product, EPSILON)}` : product;
    };
    const sum = math`${part(x, "x")} + ${part(h, "h")} + ${own[`b_${letter}`] ?? 0}`;
    const peephole = own[`w_c${letter}`];
    return peephole && c ? math`${sum} + ${peephole} ⊙ ${c}` : sum;
  }

  /** What `tanh` sees of it. */
  #memory(C: Tensor): Tensor {
    const { g_memory, b_memory = 0 } = this.parameters;
    return g_memory ? math`${g_memory} ⊙ ${normalized(C, EPSILON)} + ${b_memory}` : C;
  }
}

/** Those that options ask for, with their first values. */
function ofOptions({
  hiddenSize,
  projectionSize,
  peephole = false,
  layerNorm = false,
  bias = true,
  seed,
  dtype = defaultDType(),
}: LSTMCellOptions): Partial<Record<string, Parameter>> {
  const row = (name: string, value: number): Parameter =>
    parameter(name, new Float64Array(hiddenSize).fill(value), dtype);
  const made: Parameter[] = [];
  if (peephole) made.push(...["w_ci", "w_cf", "w_co"].map((name) => row(name, 0)));
  if (layerNorm) {
    made.push(...letters.flatMap((letter) => [row(`g_x${letter}`, 1), row(`g_h${letter}`, 1)]));
    made.push(row("g_memory", 1), ...(bias ? [row("b_memory", 0)] : []));
  }
  if (projectionSize !== undefined) {
    const [own] = splitSeed(seed, 2 * letters.length + 1).slice(-1);
    made.push(parameter("W_mh", glorotUniform([hiddenSize, projectionSize], { seed: own!, dtype })));
  }
  return Object.fromEntries(made.map((each) => [each.name, each]));
}
