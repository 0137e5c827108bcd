import { array, checkOptionNames, defaultDType, type NDArray, type OptionKind } from "@org/core";
import { finiteIn } from "../option-values.ts";
import { uniform } from "./distributions.ts";
import { naturalLogarithm } from "./logarithm.ts";
import { checkInit, type InitOptions } from "./shape.ts";

/**
 * A forget gate's bias that lets a cell remember from the start: `value` everywhere, 1 by default.
 * Source: Gers, Schmidhuber & Cummins 2000; Jozefowicz, Zaremba & Sutskever 2015.
 * @example
 * init.forgetBias(3); // → [1, 1, 1]
 */
export function forgetBias(
  hiddenSize: number,
  options: { readonly value?: number; readonly dtype?: "f32" | "f64" } = {},
): NDArray {
  const { value = 1, dtype = defaultDType() } = checkOptionNames("forgetBias", options, "value dtype");
  checkInit("forgetBias", [hiddenSize], dtype, { value: [value, finiteIn(dtype)] });
  return array(new Float64Array(hiddenSize).fill(value), { dtype });
}

const longestKind: OptionKind = {
  text: "a number of steps from 2",
  holds: (longest) => Number.isFinite(longest) && (longest as number) >= 2,
};

/** Biases of gates that remember for times up to a longest one. */
export interface ChronoBias {
  /** Of the forget gate: `ln u`, where u is uniform on [1, longest - 1). */
  readonly forget: NDArray;
  /** Of the input gate: `-forget`. */
  readonly input: NDArray;
}

/**
 * Biases for dependencies of up to `longest` steps: a gate `f = σ(b)` forgets in about `1 / (1 - f) = 1 + eᵇ` steps, so
 * `b_f = ln u`, `u` uniform on [1, longest - 1), and `b_i = -b_f`. A GRU takes `forget` for the gate that keeps.
 * Source: Tallec & Ollivier 2018, "Can recurrent neural networks warp time?", equation 16.
 * @throws GraphError for a longest time below 2
 * @example
 * const cell = new LSTMCell({ inputSize: 2, hiddenSize: 3, seed: 1 });
 * const { forget, input } = init.chrono(3, { longest: 100, seed: 2 });
 * cell.parameters.b_f.value = forget;
 * cell.parameters.b_i.value = input;
 * forget.data.every((b) => b >= 0 && b < Math.log(99)); // → true
 */
export function chrono(hiddenSize: number, options: InitOptions & { readonly longest: number }): ChronoBias {
  const { longest, seed, dtype = defaultDType() } = checkOptionNames("chrono", options, "seed dtype longest");
  checkInit("chrono", [hiddenSize], dtype, { longest: [longest, longestKind] });
  const times = uniform([hiddenSize], { seed, low: 1, high: longest - 1, dtype: "f64" });
  const biases = Float64Array.from(times.data, naturalLogarithm);
  return {
    forget: array(biases, { dtype }),
    input: array(
      biases.map((b) => -b),
      { dtype },
    ),
  };
}
