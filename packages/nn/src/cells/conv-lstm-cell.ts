import {
  checkOptionNames,
  checkOptionValues,
  conv2d,
  defaultDType,
  type Parameter,
  ShapeError,
  type Tensor,
  withScope,
  zeros,
} from "@org/core";
import { math } from "../equation.ts";
import { flag, floats, size } from "../option-values.ts";
import type { Seed } from "../seed.ts";
import { type Cell, settled } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";

/** What a convolutional LSTM takes. */
export interface ConvLSTMCellOptions {
  readonly inputChannels: number;
  readonly hiddenChannels: number;
  /** The size of images, which the peepholes and the first state have. */
  readonly height: number;
  readonly width: number;
  /** Rows and columns of every kernel, an odd number. @default 3 */
  readonly kernel?: number;
  readonly seed: Seed;
  /** @default true */
  readonly bias?: boolean;
  /** @default "f32", unless `withDType` says otherwise */
  readonly dtype?: "f32" | "f64";
}

/** What a convolutional LSTM carries: `h` and `c [batch, channels, height, width]`. */
export type ConvLSTMState = { readonly h: Tensor; readonly c: Tensor };

type Letter = "i" | "f" | "o" | "c";
const letters = ["i", "f", "o", "c"] as const;

/**
 * The LSTM whose products are convolutions (`*`, with as many zeros around that images keep their size), with peepholes:
 *
 *     I = σ(x * W_xi + h * W_hi + w_ci ⊙ c + b_i)     F = σ(x * W_xf + h * W_hf + w_cf ⊙ c + b_f)
 *     C̃ = tanh(x * W_xc + h * W_hc + b_c)
 *     c ← F ⊙ c + I ⊙ C̃
 *     O = σ(x * W_xo + h * W_ho + w_co ⊙ c + b_o)     of the new c
 *     h ← O ⊙ tanh(c)
 *
 * Shapes:   `x [batch, input channels, height, width]` → `h, c [batch, hidden channels, height, width]`
 * State:    `{ h, c }`, zeros at first; the output is `h`
 * @throws GraphError for sizes that are none; ShapeError for images of another size
 * Source: Shi, Chen, Wang, Yeung, Wong & Woo 2015, "Convolutional LSTM network", equation 3.
 * @example
 * const cell = new ConvLSTMCell({ inputChannels: 1, hiddenChannels: 2, height: 4, width: 5, seed: 1 });
 * recurrent(cell, zeros([3, 1, 1, 4, 5])).outputs.shape; // → [3, 1, 2, 4, 5]
 */
export class ConvLSTMCell implements Cell<ConvLSTMState> {
  readonly parameters: Readonly<
    Record<`W_x${Letter}` | `W_h${Letter}` | `w_c${"i" | "f" | "o"}`, Parameter>
  > &
    Partial<Readonly<Record<`b_${Letter}`, Parameter>>>;
  readonly #options: ConvLSTMCellOptions;
  readonly #padding: number;

  get name(): string {
    return "ConvLSTMCell";
  }

  constructor(options: ConvLSTMCellOptions) {
    checkOptionNames(
      "ConvLSTMCell",
      options,
      "inputChannels hiddenChannels height width kernel seed bias dtype",
    );
    const {
      inputChannels,
      hiddenChannels,
      height,
      width,
      kernel = 3,
      bias = true,
      dtype = defaultDType(),
    } = options;
    checkOptionValues("ConvLSTMCell", {
      inputChannels: [inputChannels, size],
      hiddenChannels: [hiddenChannels, size],
      height: [height, size],
      width: [width, size],
      kernel: [kernel, odd],
      bias: [bias, flag],
      dtype: [dtype, floats],
    });
    this.#options = settled(options);
    this.#padding = (kernel - 1) / 2;
    const first = new FirstWeights(options);
    const channels = { x: inputChannels, h: hiddenChannels };
    const kernels = letters.flatMap((letter) =>
      (["x", "h"] as const).map((from) => {
        const fan = (channels[from] + hiddenChannels) * kernel * kernel;
        const limit = Math.sqrt(6 / fan); // Glorot & Bengio 2010
        const shape = [hiddenChannels, channels[from], kernel, kernel];
        return first.drawn(`W_${from}${letter}`, shape, (u) => (2 * u - 1) * limit);
      }),
    );
    const image = [hiddenChannels, height, width];
    this.parameters = byName([
      ...kernels,
      ...["w_ci", "w_cf", "w_co"].map((name) => first.given(name, image, () => 0)),
      ...(bias ? letters : []).map((letter) => first.given(`b_${letter}`, [hiddenChannels, 1, 1], () => 0)),
    ]) as ConvLSTMCell["parameters"];
  }

  initialState(batch: number): ConvLSTMState {
    const { hiddenChannels, height, width, dtype = defaultDType() } = this.#options;
    const zero = zeros([batch, hiddenChannels, height, width], dtype);
    return { h: zero, c: zero };
  }

  step(x: Tensor, { h, c }: ConvLSTMState): ConvLSTMState {
    this.#check(x);
    const { w_ci, w_cf, w_co } = this.parameters;
    const I = withScope("input gate i", () => math`σ(${this.#block("i", x, h)} + ${w_ci} ⊙ ${c})`);
    const F = withScope("forget gate f", () => math`σ(${this.#block("f", x, h)} + ${w_cf} ⊙ ${c})`);
    const candidate = withScope("candidate c̃", () => math`tanh(${this.#block("c", x, h)})`);
    const C = math`${F} ⊙ ${c} + ${I} ⊙ ${candidate}`;
    const O = withScope("output gate o", () => math`σ(${this.#block("o", x, h)} + ${w_co} ⊙ ${C})`);
    return { h: math`${O} ⊙ tanh(${C})`, c: C };
  }

  output({ h }: ConvLSTMState): Tensor {
    return h;
  }

  /** `x * W_x· + h * W_h· + b_·`. */
  #block(letter: Letter, x: Tensor, h: Tensor): Tensor {
    const own = this.parameters as Readonly<Record<string, Parameter | undefined>>;
    const part = (from: Tensor, name: "x" | "h"): Tensor =>
      conv2d(from, own[`W_${name}${letter}`]!, { padding: this.#padding });
    return math`${part(x, "x")} + ${part(h, "h")} + ${own[`b_${letter}`] ?? 0}`;
  }

  #check(x: Tensor): void {
    const { inputChannels, height, width } = this.#options;
    const expected = [inputChannels, height, width];
    if (x.shape.length === 4 && expected.every((length, i) => x.shape[i + 1] === length)) return;
    throw new ShapeError({
      op: "ConvLSTMCell",
      problem: `expected x [batch, ${expected.join(", ")}], received [${x.shape.join(", ")}]`,
      rule: "a step takes x [batch, inputChannels, height, width]",
    });
  }
}

const odd = {
  text: "an odd number from 1",
  holds: (value: unknown) => Number.isInteger(value) && (value as number) >= 1 && (value as number) % 2 === 1,
};
