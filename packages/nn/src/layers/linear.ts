import {
  checkOptionNames,
  checkOptionValues,
  defaultDType,
  type Operand,
  type Parameter,
  parameter,
  ShapeError,
  type Tensor,
  tensorBeside,
  withScope,
} from "@org/core";
import { math } from "../equation.ts";
import { glorotUniform } from "../init.ts";
import { flag, floats, size } from "../option-values.ts";
import type { Seed } from "../seed.ts";

/** What `Linear` takes. */
export interface LinearOptions {
  /** The last axis of `x`. */
  readonly inputSize: number;
  /** The last axis of the result. */
  readonly outputSize: number;
  /** Of the first `W`, Glorot-uniform; `b` starts at zero. */
  readonly seed: Seed;
  /** @default true */
  readonly bias?: boolean;
  /** @default "f32", unless `withDType` says otherwise */
  readonly dtype?: "f32" | "f64";
}

/**
 * An affine map of the last axis: `y = x W + b`.
 * Shapes: `x [...s, input]` → `[...s, output]`
 * @throws GraphError for sizes that are none; ShapeError for an `x` of another last axis
 * @example
 * const head = new Linear({ inputSize: 2, outputSize: 3, seed: 1 });
 * head.apply(constant([[0, 0]])); // → [[0, 0, 0]]
 */
export class Linear {
  readonly parameters: { readonly W: Parameter; readonly b?: Parameter };

  constructor(options: LinearOptions) {
    checkOptionNames("Linear", options, "inputSize outputSize seed bias dtype", "inputSize outputSize seed");
    const { inputSize, outputSize, seed, bias = true, dtype = defaultDType() } = options;
    checkOptionValues("Linear", {
      inputSize: [inputSize, size],
      outputSize: [outputSize, size],
      bias: [bias, flag],
      dtype: [dtype, floats],
    });
    const W = parameter("W", glorotUniform([inputSize, outputSize], { seed, dtype }));
    this.parameters = bias ? { W, b: parameter("b", new Float64Array(outputSize), dtype) } : { W };
  }

  apply(x: Operand): Tensor {
    const { W, b = 0 } = this.parameters;
    const operand = tensorBeside(x, [W], "Linear");
    const { shape } = operand;
    if (shape.at(-1) !== W.shape[0]) {
      const problem = `expected a last axis of ${W.shape[0]}, received [${shape.join(", ")}]`;
      throw new ShapeError({ op: "Linear", problem });
    }
    return withScope("Linear", () => math`${operand} @ ${W} + ${b}`);
  }
}
