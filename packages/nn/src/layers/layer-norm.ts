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
import { normalized } from "../normalized.ts";
import { flag, floats, nonNegative, size as sizeKind } from "../option-values.ts";

/** What `LayerNorm` takes. */
export interface LayerNormOptions {
  /** The last axis of `x`. */
  readonly size: number;
  /** Added to the variance. @default 1e-5 */
  readonly epsilon?: number;
  /** Whether there are a gain and a bias to train. @default true */
  readonly affine?: boolean;
  /** @default "f32", unless `withDType` says otherwise */
  readonly dtype?: "f32" | "f64";
}

/**
 * The last axis brought to mean 0 and variance 1, then scaled and shifted: `y = g ⊙ (x - μ) / √(σ² + ε) + b`, with the
 * variance σ² that divides by the number of elements. `g` starts as 1, `b` as 0.
 * Shapes: `x [...s, size]` → `[...s, size]`
 * Source: Ba, Kiros & Hinton 2016, equation 4, with ε inside of the root, as in PyTorch.
 * @throws ShapeError where the last axis of `x` has another size; GraphError for a size or an epsilon that is none
 * @example
 * const norm = new LayerNorm({ size: 2, epsilon: 0 });
 * norm.apply([[1, 3], [10, 30]]); // → [[-1, 1], [-1, 1]]
 */
export class LayerNorm {
  readonly parameters: { readonly g?: Parameter; readonly b?: Parameter };
  readonly #size: number;
  readonly #epsilon: number;
  readonly #type: { readonly dtype: "f32" | "f64" };

  constructor(options: LayerNormOptions) {
    checkOptionNames("LayerNorm", options, "size epsilon affine dtype", "size");
    const { size, epsilon = 1e-5, affine = true, dtype = defaultDType() } = options;
    checkOptionValues("LayerNorm", {
      size: [size, sizeKind],
      epsilon: [epsilon, nonNegative],
      affine: [affine, flag],
      dtype: [dtype, floats],
    });
    this.#size = size;
    this.#epsilon = epsilon;
    this.#type = { dtype };
    this.parameters = affine
      ? {
          g: parameter("g", new Float64Array(size).fill(1), dtype),
          b: parameter("b", new Float64Array(size), dtype),
        }
      : {};
  }

  apply(x: Operand): Tensor {
    const operand = tensorBeside(x, [this.#type], "LayerNorm");
    if (operand.shape.at(-1) !== this.#size) {
      throw new ShapeError({
        op: "LayerNorm",
        problem: `expected a last axis of ${this.#size}`,
        operands: [{ label: "x", shape: operand.shape, dtype: operand.dtype, name: operand.name }],
        rule: "x [...s, size] → [...s, size]",
      });
    }
    const { g = 1, b = 0 } = this.parameters;
    return withScope("LayerNorm", () => math`${g} ⊙ ${normalized(operand, this.#epsilon)} + ${b}`);
  }
}
