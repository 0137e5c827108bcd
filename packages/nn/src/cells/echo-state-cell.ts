import {
  checkOptionNames,
  checkOptionValues,
  constant,
  defaultDType,
  named,
  type OptionKind,
  type Tensor,
  zeros,
} from "@org/core";
import { math } from "../equation.ts";
import { scaleToSpectralRadius, sparse, uniform } from "../init.ts";
import { finiteIn, floats, size } from "../option-values.ts";
import { type Seed, splitSeed } from "../seed.ts";
import { type Cell, checkStep, settled } from "./cell.ts";

/** What `EchoStateCell` takes. */
export interface EchoStateCellOptions {
  /** The last axis of `x`. */
  readonly inputSize: number;
  /** How many units the reservoir has. */
  readonly hiddenSize: number;
  /** Of the whole reservoir. The same seed and options make the same one: there is nothing to save. */
  readonly seed: Seed;
  /** ρ of `W_hh`: how long the reservoir remembers; mostly below 1, so that first states are forgotten. @default 0.9 */
  readonly spectralRadius?: number;
  /** How many units of the reservoir each unit hears, at most all. @default 10 */
  readonly connections?: number;
  /** a: how much of the state is new in each step, above 0, at most 1. @default 1 */
  readonly leak?: number;
  /** `W_xh` and `b_h` are uniform on ± this. @default 1 */
  readonly inputScale?: number;
  /** @default "f32", unless `withDType` says otherwise */
  readonly dtype?: "f32" | "f64";
}

const part: OptionKind = {
  text: "a number above 0, at most 1",
  holds: (a) => typeof a === "number" && a > 0 && a <= 1,
};

/** What a reservoir carries: its units `h [batch, hidden]`. */
export type EchoState = {
  readonly h: Tensor;
};

/**
 * An echo state network's reservoir, random and never trained; only a read-out from its states is:
 *
 *     h ← (1 - a) h + a tanh(x W_xh + h W_hh + b_h)
 *
 * Shapes:   `x [batch, input], h [batch, hidden]` → `h [batch, hidden]`
 * State:    `{ h }`, zeros at first; the output is `h`
 * Gradient: to `x` and `h`. The weights are constants, not parameters: `parameters` is empty, so that `parameters(model)`
 *   and `minimize` see the read-out alone, and no gradient of weights is computed.
 * The read-out is a `Linear` that is trained, or found at once by `ridgeRegression` of `@org/optim`. Scaling W_hh asks for
 * its eigenvalues, which takes a time that grows with the cube of the units.
 * Source: Jaeger 2001, "The 'echo state' approach"; leaky units as in Lukoševičius 2012, equation 2 and 3.
 * @throws GraphError for sizes, a leak, a radius, connections or a scale that are none
 * @example
 * const cell = new EchoStateCell({ inputSize: 1, hiddenSize: 50, spectralRadius: 0.8, seed: 1 });
 * const { outputs } = recurrent(cell, input("x", [100, 1, 1]));
 * outputs.shape; // → [100, 1, 50]
 * Object.keys(parameters({ cell, readOut: new Linear({ inputSize: 50, outputSize: 1, seed: 2 }) })); // → ["readOut.W", "readOut.b"]
 * spectrum(cell.reservoir.W_hh).spectralRadius.toFixed(5); // → "0.80000"
 */
export class EchoStateCell implements Cell<EchoState> {
  /** None. */
  readonly parameters: Readonly<Record<string, never>> = {};
  /** The weights, constants. */
  readonly reservoir: { readonly W_xh: Tensor; readonly W_hh: Tensor; readonly b_h: Tensor };
  readonly inputSize: number;
  readonly #options: EchoStateCellOptions;

  get name(): string {
    return "EchoStateCell";
  }

  constructor(options: EchoStateCellOptions) {
    checkOptionNames(
      "EchoStateCell",
      options,
      "inputSize hiddenSize seed spectralRadius connections leak inputScale dtype",
    );
    const { inputSize, hiddenSize, seed, dtype = defaultDType() } = options;
    const { spectralRadius = 0.9, connections = 10, leak = 1, inputScale = 1 } = options;
    checkOptionValues("EchoStateCell", {
      inputSize: [inputSize, size],
      hiddenSize: [hiddenSize, size],
      dtype: [dtype, floats],
      spectralRadius: [spectralRadius, finiteIn(dtype, 0)],
      connections: [connections, size],
      leak: [leak, part],
      inputScale: [inputScale, finiteIn(dtype, 0)],
    });
    const [ofInput, ofState, ofBias] = splitSeed(seed, 3) as [Seed, Seed, Seed];
    const bounds = { low: -inputScale, high: inputScale, dtype };
    const W = sparse([hiddenSize, hiddenSize], { seed: ofState, connections, dtype: "f64" });
    this.#options = settled(options);
    this.inputSize = options.inputSize;
    this.reservoir = {
      W_xh: named(constant(uniform([inputSize, hiddenSize], { seed: ofInput, ...bounds })), "W_xh"),
      W_hh: named(constant(scaleToSpectralRadius(W, spectralRadius, { dtype })), "W_hh"),
      b_h: named(constant(uniform([hiddenSize], { seed: ofBias, ...bounds })), "b_h"),
    };
  }

  initialState(batch: number): EchoState {
    const { hiddenSize, dtype = defaultDType() } = this.#options;
    return { h: zeros([batch, hiddenSize], dtype) };
  }

  step(x: Tensor, { h }: EchoState): EchoState {
    checkStep("EchoStateCell", x, this.inputSize);
    const { W_xh, W_hh, b_h } = this.reservoir;
    const { leak: a = 1 } = this.#options;
    const heard = math`tanh(${x} @ ${W_xh} + ${h} @ ${W_hh} + ${b_h})`;
    return { h: a === 1 ? heard : math`${1 - a} * ${h} + ${a} * ${heard}` };
  }

  output({ h }: EchoState): Tensor {
    return h;
  }
}
