import {
  checkOptionNames,
  checkOptionValues,
  maxPool2d,
  type Operand,
  type Tensor,
  tensorBeside,
  withScope,
} from "@org/core";
import { count, pairOf, size } from "../option-values.ts";
import type { Pair } from "./conv2d.ts";

/** What `MaxPool2d` takes. */
export interface MaxPool2dOptions {
  /** The size of the window. */
  readonly window: Pair;
  /** How far the window moves. Default: by its own size. */
  readonly stride?: Pair;
  /** On each side; counts as -∞. @default 0 */
  readonly padding?: Pair;
}

/**
 * The largest element of each window, channel by channel.
 * Shapes:   `x [n, c, h, w]` → `[n, c, h′, w′]`
 * Gradient: `g` to the largest element, shared at a tie
 * @throws GraphError for sizes and steps that are none; ShapeError where the window does not fit
 * @example
 * new MaxPool2d({ window: 2 }).apply([[[[1, 2], [3, 4]]]]); // → [[[[4]]]]
 */
export class MaxPool2d {
  readonly parameters: Readonly<Record<string, never>> = {};
  readonly #options: MaxPool2dOptions;

  constructor(options: MaxPool2dOptions) {
    checkOptionNames("MaxPool2d", options, "window stride padding");
    const { window, stride = window, padding = 0 } = options;
    checkOptionValues("MaxPool2d", {
      window: [window, pairOf(size)],
      stride: [stride, pairOf(size)],
      padding: [padding, pairOf(count)],
    });
    this.#options = options;
  }

  apply(x: Operand): Tensor {
    const { window, ...options } = this.#options;
    const images = tensorBeside(x, [], "MaxPool2d");
    return withScope("MaxPool2d", () => maxPool2d(images, window, options));
  }
}
