import type { DType } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { matmul } from "../ops/matmul.ts";
import { type Operand, toTensor } from "../ops/operand.ts";
import { promoteAll } from "../ops/promotion.ts";
import { pad } from "../ops/rearrange.ts";
import { max } from "../ops/reduction.ts";
import { reshape, transpose } from "../ops/reshape.ts";
import { patches } from "../ops/windows.ts";
import { checkOptionNames } from "../option-names.ts";
import { showShape, sizeOf } from "../shape.ts";
import { requirePair } from "../sizes.ts";
import { mean } from "./statistics.ts";

/** One number for rows and columns alike, or `[rows, columns]`. */
type Pair = number | readonly [number, number];

interface WindowOptions {
  /** @default 1 for convolutions, the window for pooling */
  readonly stride?: Pair;
  /** On each side. @default 0 */
  readonly padding?: Pair;
  /** @default 1 */
  readonly dilation?: Pair;
}

const WINDOWS = "stride padding dilation";

interface Windows {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
}

/** @throws ShapeError for a stride or a dilation that is not whole from 1, a padding that is not whole from 0 */
function requireWindows(
  op: string,
  { stride, padding = 0, dilation = 1 }: WindowOptions,
  otherwise: Pair,
): Windows {
  return {
    stride: requirePair(op, "stride", stride ?? otherwise, 1),
    padding: requirePair(op, "padding", padding, 0),
    dilation: requirePair(op, "dilation", dilation, 1),
  };
}

function requireImages(op: string, x: Tensor): void {
  if (x.shape.length === 4) return;
  throw new ShapeError({ op, problem: `expected images [n, c, h, w], received ${showShape(x.shape)}` });
}

const padImages = (x: Tensor, [rows, columns]: readonly [number, number], value = 0): Tensor =>
  pad(
    x,
    [
      [0, 0],
      [0, 0],
      [rows, rows],
      [columns, columns],
    ],
    value,
  );

/**
 * Two-dimensional convolution as networks have it (cross-correlation): `y[n, o, i, j] = Σ x[n, c, i + p, j + q] w[o, c, p, q]`.
 * Shapes: `x [n, c, h, w], kernel [o, c, kh, kw]` → `[n, o, h′, w′]`, `h′ = ⌊(h + 2 padding - dilation (kh - 1) - 1) / stride⌋ + 1`
 * @throws ShapeError where channels differ or the kernel does not fit, and for a stride or a dilation that is not whole
 *   from 1, a padding that is not whole from 0
 */
export function conv2d(x: Operand, kernel: Operand, options: WindowOptions = {}): Tensor {
  checkOptionNames("conv2d", options, WINDOWS);
  const { padding, ...steps } = requireWindows("conv2d", options, 1);
  const [images, weights] = promoteAll("conv2d", [x, kernel], "float") as [Tensor, Tensor];
  requireImages("conv2d", images);
  const [outputs, channels, height, width] = weights.shape as [number, number, number, number];
  if (weights.shape.length !== 4 || channels !== images.shape[1]) {
    const problem = `expected a kernel [o, ${images.shape[1]}, kh, kw], received ${showShape(weights.shape)}`;
    throw new ShapeError({ op: "conv2d", problem, rule: "[n, c, h, w] * [o, c, kh, kw] → [n, o, h′, w′]" });
  }
  requirePair("conv2d", "the kernel's size", [height, width], 1);
  const windows = patches(padImages(images, padding), { size: [height, width], ...steps });
  const [n, rows, columns] = windows.shape as [number, number, number];
  const length = sizeOf([channels, height, width]);
  const y = matmul(
    reshape(windows, [n * rows * columns, length]),
    transpose(reshape(weights, [outputs, length])),
  );
  return transpose(reshape(y, [n, rows, columns, outputs]), [0, 3, 1, 2]);
}

/** What no element is smaller than. */
const lowest = (dtype: DType): number => (dtype === "i32" ? -(2 ** 31) : dtype === "bool" ? 0 : -Infinity);

/** Windows as rows `[n, c, h′, w′, size]`, for pooling. */
function poolingWindows(
  op: string,
  x: Operand,
  window: Pair,
  options: WindowOptions,
  value: (images: Tensor) => number,
): Tensor {
  checkOptionNames(op, options, WINDOWS);
  const size = requirePair(op, "window", window, 1);
  const { padding, ...steps } = requireWindows(op, options, size);
  const images = toTensor(op, x);
  requireImages(op, images);
  const windows = patches(padImages(images, padding, value(images)), { size, ...steps });
  const moved = transpose(windows, [0, 3, 1, 2, 4, 5]);
  return reshape(moved, [...moved.shape.slice(0, 4), sizeOf(size)]);
}

/**
 * The largest element of each window; padding counts as -∞, of `i32` as the least integer, of `bool` as false.
 * Shapes:   `x [n, c, h, w]` → `[n, c, h′, w′]`
 * Gradient: `g` to the largest element, shared at a tie
 * @throws ShapeError where the window does not fit, and for a stride or a dilation that is not whole from 1, a padding
 *   that is not whole from 0
 * @example
 * evaluate(maxPool2d([[[[1, 2], [3, 4]]]], 2)); // → [[[[4]]]]
 */
export const maxPool2d = (x: Operand, window: Pair, options: WindowOptions = {}): Tensor =>
  max(
    poolingWindows("maxPool2d", x, window, options, ({ dtype }) => lowest(dtype)),
    { axis: -1 },
  );

/**
 * The mean of each window; padding counts as 0 and is counted.
 * Shapes: `x [n, c, h, w]` → `[n, c, h′, w′]`
 * @throws ShapeError as `maxPool2d`
 */
export const avgPool2d = (x: Operand, window: Pair, options: WindowOptions = {}): Tensor =>
  mean(
    poolingWindows("avgPool2d", x, window, options, () => 0),
    { axis: -1 },
  );
