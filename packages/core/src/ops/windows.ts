import { ShapeError } from "../errors.ts";
import type { Layout } from "../graph/kernel-rule.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { emptyArray, type NDArray } from "../ndarray.ts";
import { showShape, sizeOf } from "../shape.ts";
import { checkNumbers, describeAll, type Unary } from "./elementwise.ts";
import { reshape } from "./reshape.ts";

/** Rows and columns of a window, of the step between windows and of the step inside one. */
export interface Window {
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
}

const count = (length: number, size: number, stride: number, dilation: number): number =>
  Math.floor((length - (size - 1) * dilation - 1) / stride) + 1;

/** Calls `visit` for every element of every window: where it is in the images and where among the patches. */
function forEachPatch(
  images: readonly number[],
  { size, stride, dilation }: Window,
  visit: (pixel: number, patch: number) => void,
): void {
  const [n, channels, height, width] = images as [number, number, number, number];
  const rows = count(height, size[0], stride[0], dilation[0]);
  const columns = count(width, size[1], stride[1], dilation[1]);
  let patch = 0;
  for (let image = 0; image < n; image++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let channel = 0; channel < channels; channel++)
          for (let i = 0; i < size[0]; i++)
            for (let j = 0; j < size[1]; j++) {
              const y = row * stride[0] + i * dilation[0];
              const x = column * stride[1] + j * dilation[1];
              visit(((image * channels + channel) * height + y) * width + x, patch++);
            }
}

/** Where the elements of all windows lie: those of neighbours overlap. */
function windowLayout({ offset, shape, strides }: Layout, { size, stride, dilation }: Window): Layout {
  const [n, channels, height, width] = shape as [number, number, number, number];
  const [image, channel, row, column] = strides as [number, number, number, number];
  const rows = count(height, size[0], stride[0], dilation[0]);
  const columns = count(width, size[1], stride[1], dilation[1]);
  const within = [row * dilation[0], column * dilation[1]];
  return {
    offset,
    shape: [n, rows, columns, channels, ...size],
    strides: [image, row * stride[0], column * stride[1], channel, ...within],
  };
}

/** The images of all examples as one batch of images. */
const together = (x: Tensor): Tensor => reshape(x, [x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]);

/** What they became, as the examples of `x` have it. */
const apart = (y: Tensor, x: Tensor): Tensor => reshape(y, [...x.shape.slice(0, 2), ...y.shape.slice(1)]);

export const patchesOp: Op = defineOp<Unary, Window>({
  name: "patches",
  rule: "[n, c, h, w] → [n, h′, w′, c, kh, kw]",
  type([x], { size, stride, dilation }) {
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const rows = count(h, size[0], stride[0], dilation[0]);
    const columns = count(w, size[1], stride[1], dilation[1]);
    if (x.shape.length !== 4 || !(rows > 0 && columns > 0)) {
      const problem = `a window of ${showShape(size)} (dilation ${showShape(dilation)}) does not fit an image of ${showShape(x.shape)}`;
      throw new ShapeError({ op: "patches", problem, operands: describeAll([x], ["x"]), rule: this.rule });
    }
    return { shape: [n, rows, columns, c, ...size], dtype: x.dtype };
  },
  evaluate([x], window, { shape, dtype }) {
    const y = emptyArray(dtype, shape);
    forEachPatch(x!.shape, window, (pixel, patch) => {
      y.data[patch] = x!.data[pixel]!;
    });
    return y;
  },
  kernel: { kind: "view", view: windowLayout },
  vjp: (g, _, [x], window) => [apply(unpatchesOp, [g], { ...window, images: x.shape })],
  batch: ([x], window) => apart(apply(patchesOp, [together(x)], window), x),
});

type Images = Window & { readonly images: readonly number[] };

export const unpatchesOp: Op = defineOp<Unary, Images>({
  name: "unpatches",
  rule: "[n, h′, w′, c, kh, kw] → [n, c, h, w], overlaps added",
  type([x], { images }) {
    checkNumbers(this, x);
    return { shape: images, dtype: x.dtype };
  },
  evaluate([x], { images, ...window }, { shape, dtype }): NDArray {
    const y = emptyArray(dtype, shape);
    if (sizeOf(x!.shape) === 0) return y;
    forEachPatch(images, window, (pixel, patch) => {
      y.data[pixel] = y.data[pixel]! + x!.data[patch]!;
    });
    return y;
  },
  kernel: { kind: "overlap", place: windowLayout },
  vjp: (g, _, __, { images: ___, ...window }) => [apply(patchesOp, [g], window)],
  batch([x], { images, ...window }, { size }) {
    const all = [size * images[0]!, ...images.slice(1)];
    return apart(apply(unpatchesOp, [together(x)], { ...window, images: all }), x);
  },
});

/**
 * Windows of images, one after another: what convolutions multiply and pooling reduces. Sizes and steps are whole, from 1.
 * Steps that lead out of the image at once are made short, so that addresses stay small.
 */
export function patches(x: Tensor, { size, stride, dilation }: Window): Tensor {
  const [, , height = 1, width = 1] = x.shape;
  return apply(patchesOp, [x], {
    size,
    stride: [Math.min(stride[0], Math.max(1, height)), Math.min(stride[1], Math.max(1, width))],
    dilation: [size[0] === 1 ? 1 : dilation[0], size[1] === 1 ? 1 : dilation[1]],
  } satisfies Window);
}
