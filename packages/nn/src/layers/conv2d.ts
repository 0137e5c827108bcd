import {
  add,
  checkOptionNames,
  checkOptionValues,
  conv2d,
  defaultDType,
  type Operand,
  type Parameter,
  parameter,
  reshape,
  type Tensor,
  tensorBeside,
  withScope,
} from "@org/core";
import { glorotUniform } from "../init.ts";
import { count, flag, floats, pairOf, size } from "../option-values.ts";
import type { Seed } from "../seed.ts";

/** One number for rows and columns alike, or `[rows, columns]`. */
export type Pair = number | readonly [rows: number, columns: number];

/** What `Conv2d` takes. */
export interface Conv2dOptions {
  readonly inputChannels: number;
  readonly outputChannels: number;
  /** The size of the window. */
  readonly kernel: Pair;
  /** Of the first `W`, Glorot-uniform; `b` starts at zero. */
  readonly seed: Seed;
  /** How far the window moves. @default 1 */
  readonly stride?: Pair;
  /** Zeros on each side. @default 0 */
  readonly padding?: Pair;
  /** How far apart the elements of a window are. @default 1 */
  readonly dilation?: Pair;
  /** @default true */
  readonly bias?: boolean;
  /** @default "f32", unless `withDType` says otherwise */
  readonly dtype?: "f32" | "f64";
}

/**
 * Two-dimensional convolution as networks have it (cross-correlation), and a bias for each output channel:
 * `y[n, o, i, j] = Σ x[n, c, i + p, j + q] W[o, c, p, q] + b[o]`.
 * Shapes: `x [n, c, h, w]` → `[n, o, h′, w′]`, `h′ = ⌊(h + 2 padding - dilation (kh - 1) - 1) / stride⌋ + 1`
 * @throws GraphError for sizes and steps that are none; ShapeError where channels differ or the kernel does not fit
 * @example
 * const layer = new Conv2d({ inputChannels: 3, outputChannels: 6, kernel: 5, padding: 2, seed: 1 });
 * layer.apply(input("images", [2, 3, 28, 28])).shape; // → [2, 6, 28, 28]
 */
export class Conv2d {
  readonly parameters: { readonly W: Parameter; readonly b?: Parameter };
  readonly #windows: { readonly stride: Pair; readonly padding: Pair; readonly dilation: Pair };

  constructor(options: Conv2dOptions) {
    const {
      inputChannels,
      outputChannels,
      kernel,
      seed,
      stride = 1,
      padding = 0,
      dilation = 1,
      bias = true,
      dtype = defaultDType(),
    } = checkOptionNames(
      "Conv2d",
      options,
      "inputChannels outputChannels kernel seed stride padding dilation bias dtype",
    );
    checkOptionValues("Conv2d", {
      inputChannels: [inputChannels, size],
      outputChannels: [outputChannels, size],
      kernel: [kernel, pairOf(size)],
      stride: [stride, pairOf(size)],
      padding: [padding, pairOf(count)],
      dilation: [dilation, pairOf(size)],
      bias: [bias, flag],
      dtype: [dtype, floats],
    });
    const [rows, columns] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const area = rows * columns;
    const fans = [inputChannels * area, outputChannels * area] as const;
    const shape = [outputChannels, inputChannels, rows, columns];
    const W = parameter("W", glorotUniform(shape, { seed, dtype, fans }));
    this.parameters = bias ? { W, b: parameter("b", new Float64Array(outputChannels), dtype) } : { W };
    this.#windows = { stride, padding, dilation };
  }

  apply(x: Operand): Tensor {
    const { W, b } = this.parameters;
    const images = tensorBeside(x, [W], "Conv2d");
    return withScope("Conv2d", () => {
      const y = conv2d(images, W, this.#windows);
      return b ? add(y, reshape(b, [...b.shape, 1, 1])) : y;
    });
  }
}
