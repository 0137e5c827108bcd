import type { Tensor } from "../../src/graph/tensor.ts";
import { plan } from "../../src/interpreter.ts";
import type { NDArray } from "../../src/ndarray.ts";
import { asDrawn } from "../compiled/as-drawn.ts";
import { LitteredRuntime } from "../compiled/littered-runtime.ts";

/** Whatever runs graphs: the sweep is the same for the interpreter and for a compiler. */
export interface Target {
  readonly name: string;
  /** Makes a piece of graph ready to run, again and again, with values bound to `inputs`. */
  prepare(
    outputs: readonly Tensor[],
    inputs: readonly Tensor[],
  ): (values: readonly NDArray[]) => readonly NDArray[];
}

export const interpreter: Target = { name: "interpreter", prepare: plan };

const runtime = new LitteredRuntime();

/** Every op as a kernel of its own makes it or fused with its gradient's; nothing is known before the run. */
export const webAssembly: Target = {
  name: "WebAssembly",
  prepare(outputs, inputs) {
    const job = runtime.prepare(
      asDrawn({ inputs, outputs, updates: [], checkNumerics: false, disabled: new Set() }),
    );
    return (values) => job.run(values);
  },
};
