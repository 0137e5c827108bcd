import { ShapeError } from "../errors.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { emptyArray, NDArray } from "../ndarray.ts";
import { type Shape, sameShape, showShape, sizeOf, stridesOf } from "../shape.ts";
import { requireShape } from "../sizes.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { greaterEqual, lessEqual, logicalAnd, maximum, minimum, where } from "./comparison.ts";
import { describeAll } from "./elementwise.ts";
import { arange, requireIndices, take } from "./indexing.ts";
import { isWeak, type Operand, strengthen, toTensor } from "./operand.ts";
import { fill, promoteAll } from "./promotion.ts";
import { concat, sliceAxis } from "./rearrange.ts";
import { reshape } from "./reshape.ts";
import { forEachOffset } from "./strided.ts";

/** Where a box of `sizes` starts, moved so that it lies inside `shape`. */
const clampStarts = (starts: NDArray, shape: Shape, sizes: Shape): number[] =>
  shape.map((length, axis) => Math.min(Math.max(starts.data[axis]!, 0), length - sizes[axis]!));

function checkBox(op: string, x: Tensor, starts: Tensor, sizes: Shape): void {
  requireIndices(op, starts);
  const fits =
    sizes.length === x.shape.length && sizes.every((size, axis) => size >= 0 && size <= x.shape[axis]!);
  if (fits && sameShape(starts.shape, [x.shape.length])) return;
  const problem = `expected ${x.shape.length} starts and a box inside ${showShape(x.shape)}, received starts ${showShape(starts.shape)}, box ${showShape(sizes)}`;
  throw new ShapeError({ op, problem, operands: describeAll([x, starts], ["x", "starts"]) });
}

function boxOffset(starts: NDArray, shape: Shape, sizes: Shape): number {
  const strides = stridesOf(shape);
  return clampStarts(starts, shape, sizes).reduce((offset, at, axis) => offset + at * strides[axis]!, 0);
}

export const dynamicSliceOp: Op = defineOp<[x: Tensor, starts: Tensor], { sizes: Shape }>({
  name: "dynamicSlice",
  rule: "[...s], i32 [rank] → sizes",
  type([x, starts], { sizes }) {
    checkBox("dynamicSlice", x, starts, sizes);
    return { shape: sizes, dtype: x.dtype };
  },
  evaluate([x, starts], { sizes }, { shape, dtype }) {
    const y = emptyArray(dtype, shape);
    forEachOffset(sizes, stridesOf(x!.shape), boxOffset(starts!, x!.shape, sizes), (offset, position) => {
      y.data[position] = x!.data[offset]!;
    });
    return y;
  },
  kernel: { kind: "dynamicSlice" },
  vjp: (g, _, [x, starts]) => [dynamicUpdateSlice(fill(0, x), g, starts), null],
  batch: ([x, starts], { sizes }, { size, batched }) =>
    batched[1]
      ? takeBoxes(x, starts, sizes, batched[0]!)
      : apply(dynamicSliceOp, [x, concat([[0], starts])], { sizes: [size, ...sizes] }),
});

/** Starts as one `i32` vector, from a vector or from one scalar per axis. */
const toStarts = (op: string, starts: Operand): Tensor => strengthen(op, starts, "i32");

/**
 * A box of fixed size at a place known only when evaluated; the box is moved inside where it would stick out.
 * Shapes:   `x [...s], starts i32 [rank]` → `sizes`
 * Gradient: `gx = g` in its place, 0 elsewhere
 * @throws ShapeError, DTypeError
 * @example
 * evaluate(dynamicSlice([1, 2, 3, 4], [1], [2])); // → [2, 3]
 */
export function dynamicSlice(x: Operand, starts: Operand, sizes: Shape): Tensor {
  requireShape("dynamicSlice", sizes);
  return apply(dynamicSliceOp, [toTensor("dynamicSlice", x), toStarts("dynamicSlice", starts)], {
    sizes: [...sizes],
  });
}

export const dynamicUpdateSliceOp: Op = defineOp<[x: Tensor, update: Tensor, starts: Tensor]>({
  name: "dynamicUpdateSlice",
  rule: "[...s], [...u] inside s, i32 [rank] → [...s]",
  type([x, update, starts]) {
    checkBox("dynamicUpdateSlice", x, starts, update.shape);
    return { shape: x.shape, dtype: x.dtype };
  },
  evaluate([x, update, starts], _, { shape, dtype }) {
    const y = new NDArray(dtype, shape, x!.data.slice());
    forEachOffset(
      update!.shape,
      stridesOf(shape),
      boxOffset(starts!, shape, update!.shape),
      (offset, position) => {
        y.data[offset] = update!.data[position]!;
      },
    );
    return y;
  },
  kernel: { kind: "dynamicUpdateSlice" },
  vjp: (g, _, [, update, starts]) => [
    dynamicUpdateSlice(g, fill(0, update), starts),
    dynamicSlice(g, starts, update.shape),
    null,
  ],
  batch([x, update, starts], _, { batched, spread }) {
    const [target, box] = [batched[0] ? x : spread(x), batched[1] ? update : spread(update)];
    if (batched[2]) return replaceBoxes(target, box, starts);
    return apply(dynamicUpdateSliceOp, [target, box, concat([[0], starts])]);
  },
});

/**
 * A tensor with a box of it replaced, at a place known only when evaluated; the box is moved inside where it would
 * stick out.
 * Shapes:   `x [...s], update [...u], starts i32 [rank]` → `[...s]`
 * Gradient: `gx = g` outside the box, `gupdate = g` inside it
 * @throws ShapeError, DTypeError
 * @example
 * evaluate(dynamicUpdateSlice([1, 2, 3, 4], [9, 9], [1])); // → [1, 9, 9, 4]
 */
export function dynamicUpdateSlice(x: Operand, update: Operand, starts: Operand): Tensor {
  const op = "dynamicUpdateSlice";
  const target = isWeak(x) ? promoteAll(op, [x, update])[0]! : toTensor(op, x);
  const box = cast(strengthen(op, update, target.dtype), target.dtype);
  return apply(dynamicUpdateSliceOp, [target, box, toStarts(op, starts)]);
}

/** Where the boxes of examples start, moved inside: `starts [size, rank]`. */
const insideOf = (starts: Tensor, shape: Shape, sizes: Shape): Tensor =>
  minimum(
    maximum(starts, 0),
    shape.map((length, axis) => length - sizes[axis]!),
  );

/** A number for each example, `[size]` or `[size, 1]`, the same along some axes behind. */
const column = (x: Tensor, rank: number): Tensor =>
  reshape(x, [x.shape[0]!, ...new Array<number>(rank).fill(1)]);

/** `0, 1, …` along one of several axes. */
const along = (axis: number, shape: Shape): Tensor =>
  reshape(
    arange(shape[axis]!),
    shape.map((length, i) => (i === axis ? length : 1)),
  );

/**
 * A box for each example, from one tensor `[...s]` or one for each `[size, ...s]`: rows of the axes that a box has whole,
 * by their number.
 */
function takeBoxes(x: Tensor, starts: Tensor, sizes: Shape, batched: boolean): Tensor {
  const size = starts.shape[0]!;
  const shape = batched ? x.shape.slice(1) : x.shape;
  const cut = 1 + shape.findLastIndex((length, axis) => sizes[axis] !== length);
  const [lead, row, rows] = [shape.slice(0, cut), shape.slice(cut), sizes.slice(0, cut)];
  const from = insideOf(starts, shape, sizes);
  const strides = stridesOf(lead);
  let places: Tensor = column(
    batched ? mul(arange(size), sizeOf(lead)) : fill(0, { shape: [size], dtype: "i32" }),
    cut,
  );
  lead.forEach((_, axis) => {
    const first = column(sliceAxis(from, 1, axis, axis + 1), cut);
    places = add(places, mul(add(first, along(axis, rows)), strides[axis]!));
  });
  const flat = reshape(x, [(batched ? size : 1) * sizeOf(lead), ...row]);
  return take(flat, places);
}

/** `x [size, ...s]` with a box of each example replaced: each element of it asks whether it lies inside, and where. */
function replaceBoxes(x: Tensor, boxes: Tensor, starts: Tensor): Tensor {
  const [size, ...shape] = x.shape as [number, ...number[]];
  const sizes = boxes.shape.slice(1);
  if (sizeOf(boxes.shape) === 0) return x;
  const rank = shape.length;
  const from = insideOf(starts, shape, sizes);
  const strides = stridesOf(sizes);
  let places: Tensor = column(mul(arange(size), sizeOf(sizes)), rank);
  let inside: Tensor | undefined;
  shape.forEach((_, axis) => {
    const first = column(sliceAxis(from, 1, axis, axis + 1), rank);
    const at = sub(along(axis, shape), first);
    const last = sizes[axis]! - 1;
    const here = logicalAnd(greaterEqual(at, 0), lessEqual(at, last));
    inside = inside ? logicalAnd(inside, here) : here;
    places = add(places, mul(minimum(maximum(at, 0), last), strides[axis]!));
  });
  const taken = take(reshape(boxes, [-1]), places);
  return inside ? where(inside, taken, x) : taken;
}
