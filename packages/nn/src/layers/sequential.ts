import {
  checkOptionNames,
  GraphError,
  type Operand,
  type Parameter,
  splitKey,
  Tensor,
  tensorBeside,
  withScope,
} from "@org/core";
import { parameters } from "../parameters.ts";
import { drawn } from "../random-state.ts";
import type { TrainingOptions } from "./dropout.ts";

/** What a layer gives: a tensor, or a record of which `outputs` goes on. */
type LayerResult = Tensor | { readonly outputs: Tensor };

/** A layer, or a function of one tensor (`relu`). */
export type SequentialLayer =
  | ((x: Tensor) => Tensor)
  | { apply(x: Tensor, options: TrainingOptions): LayerResult };

/**
 * Layers one after another: `y = f_n(… f_2(f_1(x)))`. Each is an object with `apply`, which receives `training` and a key
 * of its own, or a function of one tensor. Of a recurrent layer the outputs go on and the state is left behind.
 * Its parameters have the paths `0.W`, `0.b`, `1.W`, …
 * Shapes: those of the layers
 * @throws GraphError for a layer that is neither; training without a key, where a layer needs one
 * @example
 * const model = new Sequential([
 *   new Linear({ inputSize: 2, outputSize: 8, seed: 1 }),
 *   relu,
 *   new Dropout({ rate: 0.5 }),
 *   new Linear({ inputSize: 8, outputSize: 1, seed: 2 }),
 * ]);
 * model.apply([[0, 0]], { training: false }); // → [[0]]
 * Object.keys(parameters(model)); // → ["0.W", "0.b", "3.W", "3.b"]
 */
export class Sequential {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly layers: readonly SequentialLayer[];

  constructor(layers: readonly SequentialLayer[]) {
    if (!Array.isArray(layers)) {
      const problem = `expected an array of layers, received ${layers === undefined ? "nothing" : "no array"}`;
      throw new GraphError({ op: "Sequential", problem, hint: "new Sequential([first, second])" });
    }
    layers.forEach((layer, i) => {
      if (typeof layer === "function" || typeof layer?.apply === "function") return;
      const problem = `layer ${i} is neither a function nor an object with apply`;
      throw new GraphError({ op: "Sequential", problem });
    });
    this.layers = [...layers];
    this.parameters = parameters(this.layers);
  }

  apply(x: Operand, options: TrainingOptions = { training: false }): Tensor {
    const { training, key } = checkOptionNames("Sequential", options, "training key");
    const keys = key === undefined ? [] : splitKey(drawn(key, "Sequential"), this.layers.length);
    return withScope("Sequential", () =>
      this.layers.reduce(
        (y, layer, i) => {
          const options = keys[i] ? { training, key: keys[i] } : { training };
          const result: unknown = typeof layer === "function" ? layer(y) : layer.apply(y, options);
          const next = result instanceof Tensor ? result : (Object(result) as { outputs?: unknown }).outputs;
          if (next instanceof Tensor) return next;
          throw new GraphError({ op: "Sequential", problem: `layer ${i} returned no tensor` });
        },
        tensorBeside(x, Object.values(this.parameters), "Sequential"),
      ),
    );
  }
}
