import { DTypeError, ShapeError } from "../errors.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { emptyArray, NDArray } from "../ndarray.ts";
import { type Shape, sameShape, showShape, sizeOf, stridesOf } from "../shape.ts";
import { cast } from "./cast.ts";
import { checkNumbers, describeAll } from "./elementwise.ts";
import { isWeak, type Operand, resolveAxis, strengthen, toTensor } from "./operand.ts";
import { fill, promoteAll } from "./promotion.ts";
import { transpose } from "./reshape.ts";
import { filled, integers, plain, sample } from "./samples.ts";
import { forEachOffset } from "./strided.ts";

/** An index as evaluation takes it: negative ones count from the end; out of range is an error. */
function checkIndex(op: string, index: number, length: number): number {
  const at = index < 0 ? index + length : index;
  if (at >= 0 && at < length) return at;
  throw new ShapeError({
    op,
    problem: `index ${index} is out of range for ${length} rows`,
    rule: "-rows ≤ index < rows",
  });
}

function requireIndices(op: string, indices: Tensor): void {
  if (indices.dtype === "i32") return;
  const problem = `indices are i32, received ${indices.dtype}`;
  throw new DTypeError({
    op,
    problem,
    operands: describeAll([indices], ["indices"]),
    hint: 'cast(indices, "i32")',
  });
}

export const takeOp: Op = defineOp<[x: Tensor, indices: Tensor]>({
  name: "take",
  rule: "[n, ...s], i32 [...i] → [...i, ...s]",
  type([x, indices]) {
    requireIndices("take", indices);
    return { shape: [...indices.shape, ...x.shape.slice(1)], dtype: x.dtype };
  },
  evaluate([x, indices], _, { shape, dtype }) {
    const y = emptyArray(dtype, shape);
    const width = sizeOf(x!.shape.slice(1));
    indices!.data.forEach((index: number, row: number) => {
      const at = checkIndex("take", index, x!.shape[0]!) * width;
      y.data.set(x!.data.subarray(at, at + width), row * width);
    });
    return y;
  },
  kernel: { kind: "gather" },
  vjp: (g, _, [x, indices]) => [scatterAdd(fill(0, x), indices, g), null],
  samples: [
    plain(filled([4, 2]), integers([2, 0, 2])),
    plain(
      filled([3]),
      integers([
        [1, 1],
        [-1, 0],
      ]),
    ),
    plain(filled([3, 2]), integers(1)),
    plain(filled([2, 2]), new NDArray("i32", [0], new Int32Array(0))),
  ],
});

/**
 * Rows by index (an embedding look-up): `y[i] = x[indices[i]]`. Negative indices count from the end.
 * Shapes:   `x [n, ...s], indices [...i]` → `[...i, ...s]`; with `axis`, the indices' axes take its place
 * Gradient: `gx = scatterAdd(0, indices, g)`: rows that are taken repeatedly add up
 * @throws DTypeError for indices that are not `i32`; ShapeError, when evaluated, for one that is out of range
 * @example
 * evaluate(take([[1, 2], [3, 4]], [1, 1, 0])); // → [[3, 4], [3, 4], [1, 2]]
 */
export function take(x: Operand, indices: Operand, { axis = 0 }: { readonly axis?: number } = {}): Tensor {
  const operand = toTensor(x);
  const rows = strengthen(indices, "i32");
  const along = resolveAxis("take", operand, axis);
  if (along === 0) return apply(takeOp, [operand, rows]);
  const order = operand.shape.map((_, i) => i);
  const front = transpose(operand, [along, ...order.filter((i) => i !== along)]);
  const taken = apply(takeOp, [front, rows]);
  const added = rows.shape.length;
  const at = taken.shape.map((_, i) => i);
  return transpose(taken, [
    ...at.slice(added, added + along),
    ...at.slice(0, added),
    ...at.slice(added + along),
  ]);
}

export const scatterAddOp: Op = defineOp<[x: Tensor, indices: Tensor, updates: Tensor]>({
  name: "scatterAdd",
  rule: "[n, ...s], i32 [...i], [...i, ...s] → [n, ...s]",
  type([x, indices, updates]) {
    requireIndices("scatterAdd", indices);
    checkNumbers(this, x);
    const expected = [...indices.shape, ...x.shape.slice(1)];
    if (!sameShape(updates.shape, expected)) {
      const problem = `expected updates ${showShape(expected)}, received ${showShape(updates.shape)}`;
      const operands = describeAll([x, indices, updates], ["x", "indices", "updates"]);
      throw new ShapeError({ op: "scatterAdd", problem, operands, rule: this.rule });
    }
    return { shape: x.shape, dtype: x.dtype };
  },
  evaluate([x, indices, updates], _, { shape, dtype }) {
    const y = new NDArray(dtype, shape, x!.data.slice());
    const width = sizeOf(shape.slice(1));
    indices!.data.forEach((index: number, row: number) => {
      const at = checkIndex("scatterAdd", index, shape[0]!) * width;
      for (let i = 0; i < width; i++) y.data[at + i] = y.data[at + i]! + updates!.data[row * width + i]!;
    });
    return y;
  },
  kernel: { kind: "scatterAdd" },
  vjp: (g, _, [, indices]) => [g, null, take(g, indices)],
  samples: [
    plain(filled([4, 2]), integers([2, 0, 2]), filled([3, 2], 1)),
    plain(
      filled([3]),
      integers([
        [1, 1],
        [-1, 0],
      ]),
      filled([2, 2], 1),
    ),
    plain(integers([1, 2]), integers([0, 0]), integers([10, 20])),
  ],
});

/**
 * Adds rows at indices: `y = x`, then `y[indices[i]] += updates[i]` for every i. Booleans are not added: `cast` counts.
 * Shapes:   `x [n, ...s], indices [...i], updates [...i, ...s]` → `[n, ...s]`
 * Gradient: `gx = g`, `gupdates = take(g, indices)`
 * @throws DTypeError, ShapeError
 * @example
 * evaluate(scatterAdd([0, 0, 0], [2, 0, 2], [1, 2, 3])); // → [2, 0, 4]
 */
export function scatterAdd(x: Operand, indices: Operand, updates: Operand): Tensor {
  const [target, added] = promoteAll([x, updates]);
  return apply(scatterAddOp, [target!, strengthen(indices, "i32"), added!]);
}

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
  samples: [
    sample([filled([5]), integers([2])], { sizes: [2] }),
    sample([filled([3, 4]), integers([9, -1])], { sizes: [2, 2] }),
  ],
});

/** Starts as one `i32` vector, from a vector or from one scalar per axis. */
const toStarts = (starts: Operand): Tensor => strengthen(starts, "i32");

/**
 * A box of fixed size at a place known only when evaluated; the box is moved inside where it would stick out.
 * Shapes:   `x [...s], starts i32 [rank]` → `sizes`
 * Gradient: `gx = g` in its place, 0 elsewhere
 * @throws ShapeError, DTypeError
 * @example
 * evaluate(dynamicSlice([1, 2, 3, 4], [1], [2])); // → [2, 3]
 */
export const dynamicSlice = (x: Operand, starts: Operand, sizes: Shape): Tensor =>
  apply(dynamicSliceOp, [toTensor(x), toStarts(starts)], { sizes: [...sizes] });

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
  samples: [
    plain(filled([5]), filled([2], 1), integers([2])),
    plain(filled([3, 4]), filled([2, 2], 1), integers([9, -1])),
  ],
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
  const target = isWeak(x) ? promoteAll([x, update])[0]! : toTensor(x);
  return apply(dynamicUpdateSliceOp, [
    target,
    cast(strengthen(update, target.dtype), target.dtype),
    toStarts(starts),
  ]);
}

export const arangeOp: Op = defineOp<
  [],
  { start: number; step: number; length: number; dtype: "i32" | "f32" | "f64" }
>({
  name: "arange",
  rule: "() → [length]",
  cheap: true,
  type: (_, { length, dtype }) => ({ shape: [length], dtype }),
  evaluate(_, { start, step }, { shape, dtype }) {
    const y = emptyArray(dtype, shape);
    for (let i = 0; i < y.data.length; i++) y.data[i] = start + i * step;
    return y;
  },
  kernel: {
    kind: "map",
    emit(e, _, { start, step }, { dtype }) {
      const counts = dtype === "i32" && Number.isInteger(start) && Number.isInteger(step);
      const inside = counts ? "i32" : "f64"; // i32 wraps as the reference does; f32 is rounded once
      const far = e.combine("mul", e.cast(e.position(), inside), e.constant(step, inside));
      return e.cast(e.combine("add", e.constant(start, inside), far), dtype);
    },
  },
  vjp: () => [],
  samples: [
    sample([], { start: -1, step: 2, length: 3, dtype: "i32" }),
    sample([], { start: 0.5, step: -0.25, length: 4, dtype: "f64" }),
  ],
});

/**
 * `start, start + step, …` below `stop`; `arange(stop)` counts from 0. `i32` where all are whole, `f32` otherwise.
 * @throws ShapeError for a step of 0
 * @example
 * evaluate(arange(3)); // → [0, 1, 2]
 * evaluate(arange(1, 2, 0.5)); // → [1, 1.5]
 */
export function arange(start: number, stop?: number, step = 1, dtype?: "i32" | "f32" | "f64"): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (!(Math.abs(step) > 0) || !Number.isFinite(from + to + step)) {
    throw new ShapeError({
      op: "arange",
      problem: `expected finite bounds and a step other than 0, received ${from}, ${to}, ${step}`,
    });
  }
  const length = Math.max(0, Math.ceil((to - from) / step));
  const whole = [from, to, step].every(Number.isInteger);
  return apply(arangeOp, [], { start: from, step, length, dtype: dtype ?? (whole ? "i32" : "f32") });
}
