import { checkOptionNames, checkpoint, type Parameter, type Tensor } from "@org/core";
import { math } from "../equation.ts";
import { positive, size } from "../option-values.ts";
import { type Cell, type CellOptions, checkCell, checkStep, settled, zeros } from "./cell.ts";
import { byName, FirstWeights } from "./first-weights.ts";

export interface ODECellOptions extends CellOptions {
  /** Units of the layer that makes the slope. Default: `hiddenSize`. */
  readonly slopeSize?: number;
  /** The time between two inputs. @default 1 */
  readonly duration?: number;
  /** Steps of the method in that time. @default 2 */
  readonly steps?: number;
}

/** What an ODE cell carries: the hidden state `h [batch, hidden]`. */
export type ODEState = { readonly h: Tensor };

/**
 * A state that moves in continuous time, by a slope that a network of two layers makes of it and of the input, which stays
 * until the next one comes:
 *
 *     dh/dt = f(h, x) = tanh(h W_h + x W_x + b_1) W_o + b_2
 *     h ← h(duration), by `steps` steps of Runge and Kutta's classical method:
 *     k₁ = f(h)   k₂ = f(h + s/2 k₁)   k₃ = f(h + s/2 k₂)   k₄ = f(h + s k₃)   h ← h + s/6 (k₁ + 2 k₂ + 2 k₃ + k₄)
 *
 * Gradients are those of the steps as they were made: each is run again in the backward pass (`checkpoint`), so that only
 * the states between them are kept.
 * Shapes:   `x [batch, input], h [batch, hidden]` → `h [batch, hidden]`
 * State:    `{ h }`, zeros at first; the output is `h`
 * @throws GraphError for sizes, a duration and a number of steps that are none
 * Source: Chen, Rubanova, Bettencourt & Duvenaud 2018, "Neural ordinary differential equations"; Kutta 1901.
 * @example
 * const cell = new ODECell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * cell.step(constant([[1, -1]]), cell.initialState(1)).h.shape; // → [1, 3]
 */
export class ODECell implements Cell<ODEState> {
  readonly parameters: Readonly<Record<"W_h" | "W_x" | "W_o", Parameter>> &
    Partial<Readonly<Record<"b_1" | "b_2", Parameter>>>;
  readonly inputSize: number;
  readonly #options: ODECellOptions;

  get name(): string {
    return "ODECell";
  }

  constructor(options: ODECellOptions) {
    checkOptionNames("ODECell", options, "inputSize hiddenSize seed bias dtype slopeSize duration steps");
    const { inputSize, hiddenSize, bias = true, slopeSize = hiddenSize, duration = 1, steps = 2 } = options;
    checkCell("ODECell", options, {
      slopeSize: [slopeSize, size],
      duration: [duration, finite],
      steps: [steps, size],
    });
    this.#options = settled(options);
    this.inputSize = inputSize;
    const first = new FirstWeights(options);
    this.parameters = byName([
      first.matrix("W_h", hiddenSize, slopeSize),
      first.matrix("W_x", inputSize, slopeSize),
      first.matrix("W_o", slopeSize, hiddenSize),
      ...(bias ? [first.row("b_1", slopeSize), first.row("b_2", hiddenSize)] : []),
    ]) as ODECell["parameters"];
  }

  initialState(batch: number): ODEState {
    return { h: zeros(batch, this.#options) };
  }

  step(x: Tensor, { h }: ODEState): ODEState {
    checkStep("ODECell", x, this.inputSize);
    const { duration = 1, steps = 2 } = this.#options;
    const { W_h, W_x, W_o, b_1 = 0, b_2 = 0 } = this.parameters;
    const pushed = math`${x} @ ${W_x} + ${b_1}`;
    const slope = (at: Tensor): Tensor => math`tanh(${at} @ ${W_h} + ${pushed}) @ ${W_o} + ${b_2}`;
    const s = duration / steps;
    const next = checkpoint((at: Tensor): Tensor => {
      const k1 = slope(at);
      const k2 = slope(math`${at} + ${s / 2} * ${k1}`);
      const k3 = slope(math`${at} + ${s / 2} * ${k2}`);
      const k4 = slope(math`${at} + ${s} * ${k3}`);
      return math`${at} + ${s / 6} * (${k1} + 2 * ${k2} + 2 * ${k3} + ${k4})`;
    });
    let at = h;
    for (let i = 0; i < steps; i++) at = next(at) as Tensor;
    return { h: at };
  }

  output({ h }: ODEState): Tensor {
    return h;
  }
}

const finite = {
  text: "a finite number above 0",
  holds: (value: unknown) => positive.holds(value) && (value as number) < 1e6,
};
