import { checkOptionNames, type NDArray } from "@org/core";
import { type ProgramOptions, programOf } from "../program.ts";
import { dtypesOf } from "../reading.ts";
import { printFunction } from "./function.ts";
import { launcher } from "./launcher.ts";
import { printModule } from "./module.ts";

/** What is to be done in JAX. */
export interface JaxOptions extends ProgramOptions {
  /**
   * The axis of each input and each carried value along which the batch lies: what machines divide among them. What is
   * not named here is the same on all. Default: none.
   */
  readonly batchAxis?: Readonly<Record<string, number>>;
  /** What the module is called: the name of its file without `.py`. Default: `model`. */
  readonly name?: string;
}

/** A program for JAX, its values, and a script that runs it on many machines. */
export interface JaxProgram {
  /** Python: `gradients(params, …)` and `update(gradients, params, state)`. */
  readonly module: string;
  /** The values of now, safetensors: `params.…`, `state.…`, `carried.…`, and constants that are long. */
  readonly weights: Uint8Array;
  /** Python: trains over all devices of all processes, a part of the batch on each. */
  readonly launcher: string;
}

/**
 * The graph as a readable Python module for JAX 0.6 and later, in two functions, between which machines take the mean of
 * their gradients: `gradients(params, carried, batch) → outputs, gradients, carried` and
 * `update(gradients, params, state) → params, state`. Loops are `lax.scan`, random numbers have the same bits.
 * Masks and means over labels that are left out differ between machines: let the loss be a sum, and divide by a count
 * that is an input, where that matters. Random keys among `carried` are folded with the machine's number.
 * @throws GraphError for a node that is no op of the library, names that are used twice, or an update that reads more
 *   than gradients
 * @example
 * import { minimize, sgd } from "@org/optim";
 * const x = input("x", [2]);
 * const w = parameter("w", [3, 4]);
 * const loss = sum(square(sub(mul(w, x), 1)));
 * const { module, weights } = toJax({ inputs: { x }, outputs: { loss }, updates: minimize(loss, { w }, sgd({ learningRate: 0.1 })) });
 * Object.keys(loadTensors(weights)); // → ["params.w"]
 * module.includes("def gradients(params, batch):"); // → true
 */
export function toJax(options: JaxOptions): JaxProgram {
  checkOptionNames("toJax", options, "inputs outputs updates carried parameters batchAxis name");
  const { batchAxis = {}, name = "model", updates } = options;
  const { functions, carried, roots, weights } = programOf("toJax", options);
  const constants: NDArray[] = [];
  const printed = functions.map((each) => printFunction(each, constants));
  const keys = Object.entries(carried).filter(([, p]) => p.dtype === "i32" && p.shape.join() === "2");
  return {
    module: printModule({
      functions: printed,
      constants: constants.length > 0,
      wide: dtypesOf(roots).has("f64"),
      name,
      batchAxis,
      keys: keys.map(([key]) => key),
    }),
    weights: weights(constants),
    launcher: launcher({ name, trains: updates !== undefined, carries: Object.keys(carried).length > 0 }),
  };
}
