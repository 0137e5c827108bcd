import { DTypeError, ShapeError } from "../errors.ts";
import { axisCheck, type IndexCheck, placeOf } from "../graph/index-check.ts";
import { apply, defineOp, type Op, type Sample } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { emptyArray, NDArray } from "../ndarray.ts";
import { checkOptionNames } from "../option-names.ts";
import { type Shape, sameShape, showShape, sizeOf, stridesOf } from "../shape.ts";
import { requireShape, requireWhole } from "../sizes.ts";
import { cast } from "./cast.ts";
import { checkNumbers, describeAll } from "./elementwise.ts";
import { isWeak, type Operand, resolveAxis, strengthen, toTensor } from "./operand.ts";
import { fill, promoteAll } from "./promotion.ts";
import { transpose } from "./reshape.ts";
import { filled, integers, plain, sample } from "./samples.ts";
import { forEachOffset } from "./strided.ts";

/** How rows are looked up. */
export interface Rows {
  readonly check: IndexCheck;
}

const rowsSample = (op: string, ...operands: NDArray[]): Sample<Rows> =>
  sample(operands, { check: axisCheck(op, 0, operands[0]!.shape[0]!) });

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

export const takeOp: Op = defineOp<[x: Tensor, indices: Tensor], Rows>({
  name: "take",
  rule: "[n, ...s], i32 [...i] → [...i, ...s]",
  type([x, indices], { check }) {
    requireIndices(check.op, indices);
    return { shape: [...indices.shape, ...x.shape.slice(1)], dtype: x.dtype };
  },
  evaluate([x, indices], { check }, { shape, dtype }) {
    const y = emptyArray(dtype, shape);
    const width = sizeOf(x!.shape.slice(1));
    indices!.data.forEach((index: number, row: number) => {
      const at = placeOf(index, x!.shape[0]!, check) * width;
      y.data.set(x!.data.subarray(at, at + width), row * width);
    });
    return y;
  },
  kernel: { kind: "gather", check: ({ check }) => check },
  vjp: (g, _, [x, indices], rows) => [apply(scatterAddOp, [fill(0, x), indices, g], rows), null],
  samples: [
    rowsSample("take", filled([4, 2]), integers([2, 0, 2])),
    rowsSample(
      "take",
      filled([3]),
      integers([
        [1, 1],
        [-1, 0],
      ]),
    ),
    rowsSample("take", filled([3, 2]), integers(1)),
    rowsSample("take", filled([2, 2]), new NDArray("i32", [0], new Int32Array(0))),
  ],
});

/** What `take` takes. */
export interface TakeOptions {
  /** @default 0 */
  readonly axis?: number;
  /** What errors say of an index, for functions that look up on behalf of their callers. Default: `take`, and the axis. */
  readonly check?: IndexCheck;
}

/**
 * Rows by index (an embedding look-up): `y[i] = x[indices[i]]`. Negative indices count from the end.
 * Shapes:   `x [n, ...s], indices [...i]` → `[...i, ...s]`; with `axis`, the indices' axes take its place
 * Gradient: `gx = scatterAdd(0, indices, g)`: rows that are taken repeatedly add up
 * @throws DTypeError for indices that are not `i32`; ShapeError, when evaluated, for one that is out of range
 * @example
 * evaluate(take([[1, 2], [3, 4]], [1, 1, 0])); // → [[3, 4], [3, 4], [1, 2]]
 * const check = { op: "month", word: "month", of: "12 months", negative: false };
 * evaluate(take(arange(12), -1, { check })); // throws ShapeError
 */
export function take(x: Operand, indices: Operand, options: TakeOptions = {}): Tensor {
  const { axis = 0, check: given } = checkOptionNames("take", options, "axis check");
  const operand = toTensor(x);
  const rows = strengthen(indices, "i32");
  const along = resolveAxis("take", operand, axis);
  const check = given ?? axisCheck("take", along, operand.shape[along]!);
  if (along === 0) return apply(takeOp, [operand, rows], { check });
  const order = operand.shape.map((_, i) => i);
  const front = transpose(operand, [along, ...order.filter((i) => i !== along)]);
  const taken = apply(takeOp, [front, rows], { check });
  const added = rows.shape.length;
  const at = taken.shape.map((_, i) => i);
  return transpose(taken, [
    ...at.slice(added, added + along),
    ...at.slice(0, added),
    ...at.slice(added + along),
  ]);
}

export const scatterAddOp: Op = defineOp<[x: Tensor, indices: Tensor, updates: Tensor], Rows>({
  name: "scatterAdd",
  rule: "[n, ...s], i32 [...i], [...i, ...s] → [n, ...s]",
  type([x, indices, updates], { check }) {
    requireIndices(check.op, indices);
    checkNumbers(this, x);
    const expected = [...indices.shape, ...x.shape.slice(1)];
    if (!sameShape(updates.shape, expected)) {
      const problem = `expected updates ${showShape(expected)}, received ${showShape(updates.shape)}`;
      const operands = describeAll([x, indices, updates], ["x", "indices", "updates"]);
      throw new ShapeError({ op: check.op, problem, operands, rule: this.rule });
    }
    return { shape: x.shape, dtype: x.dtype };
  },
  evaluate([x, indices, updates], { check }, { shape, dtype }) {
    const y = new NDArray(dtype, shape, x!.data.slice());
    const width = sizeOf(shape.slice(1));
    indices!.data.forEach((index: number, row: number) => {
      const at = placeOf(index, shape[0]!, check) * width;
      for (let i = 0; i < width; i++) y.data[at + i] = y.data[at + i]! + updates!.data[row * width + i]!;
    });
    return y;
  },
  kernel: { kind: "scatterAdd", check: ({ check }) => check },
  vjp: (g, _, [, indices], rows) => [g, null, apply(takeOp, [g, indices], rows)],
  samples: [
    rowsSample("scatterAdd", filled([4, 2]), integers([2, 0, 2]), filled([3, 2], 1)),
    rowsSample(
      "scatterAdd",
      filled([3]),
      integers([
        [1, 1],
        [-1, 0],
      ]),
      filled([2, 2], 1),
    ),
    rowsSample("scatterAdd", integers([1, 2]), integers([0, 0]), integers([10, 20])),
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
  const rows = target!.shape[resolveAxis("scatterAdd", target!, 0)]!;
  const check = axisCheck("scatterAdd", 0, rows);
  return apply(scatterAddOp, [target!, strengthen(indices, "i32"), added!], { check });
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
export function dynamicSlice(x: Operand, starts: Operand, sizes: Shape): Tensor {
  requireShape("dynamicSlice", sizes);
  return apply(dynamicSliceOp, [toTensor(x), toStarts(starts)], { sizes: [...sizes] });
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
 * @throws ShapeError for a step of 0 or more than 2³¹-1 numbers; DTypeError for numbers that `i32` has not
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
  requireWhole("arange", "the count of numbers", length);
  const whole = [from, step].every(Number.isInteger);
  const given = dtype ?? (whole && Number.isInteger(to) ? "i32" : "f32");
  const last = from + Math.max(0, length - 1) * step;
  if (given === "i32" && !(whole && from === (from | 0) && last === (last | 0))) {
    const problem = `i32 takes whole numbers from -2³¹ to 2³¹-1, received ${from}, ${from + step} … ${last}`;
    throw new DTypeError({ op: "arange", problem, hint: 'arange(start, stop, step, "f64")' });
  }
  return apply(arangeOp, [], { start: from, step, length, dtype: given });
}
