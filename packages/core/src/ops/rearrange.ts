import { DTypeError, ShapeError } from "../errors.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import { Tensor } from "../graph/tensor.ts";
import { emptyArray } from "../ndarray.ts";
import { checkOptionNames } from "../option-names.ts";
import { showShape, sizeOf, stridesOf } from "../shape.ts";
import { describeAll, type Unary } from "./elementwise.ts";
import { type Box, behind, boxLayout, flipLayout, rowLayouts } from "./layout.ts";
import { type Operand, resolveAxes, resolveAxis, toTensor } from "./operand.ts";
import { promoteAll } from "./promotion.ts";
import { forEachOffset, readView } from "./strided.ts";

export const sliceOp: Op = defineOp<Unary, Box>({
  name: "slice",
  rule: "[...s] → elements start, start + stride, … below stop on each axis",
  cheap: true,
  type: ([x], { sizes }) => ({ shape: sizes, dtype: x.dtype }),
  evaluate([x], { starts, strides }, { shape, dtype }) {
    const steps = stridesOf(x!.shape);
    const start = starts.reduce((offset, at, axis) => offset + at * steps[axis]!, 0);
    return readView(
      x!,
      dtype,
      shape,
      steps.map((step, axis) => step * strides[axis]!),
      start,
    );
  },
  kernel: { kind: "view", view: boxLayout },
  vjp: (g, _, [x], { starts, sizes, strides }) => {
    const covered = sizes.map((size, axis) => (size === 0 ? 0 : (size - 1) * strides[axis]! + 1));
    const after = x.shape.map((length, axis) => length - starts[axis]! - covered[axis]!);
    return [
      apply(padOp, [g], { before: starts, after, between: strides.map((stride) => stride - 1), value: 0 }),
    ];
  },
  batch: {
    attributes: ({ starts, sizes, strides }, size) => ({
      starts: [0, ...starts],
      sizes: [size, ...sizes],
      strides: [1, ...strides],
    }),
  },
});

/**
 * A box of elements with optional strides. `stops` may lie past the end; negative starts and stops count from the
 * end, as in NumPy.
 * Shapes:   `x [...s]` → `ceil((stop - start) / stride)` per axis
 * Gradient: `gx = g` in its place, 0 elsewhere
 * @throws ShapeError where the bounds don't name one value per axis, or a stride is below 1
 * @example
 * evaluate(slice([0, 1, 2, 3, 4, 5], [1], [-1], [2])); // → [1, 3]
 */
export function slice(
  x: Operand,
  starts: readonly number[],
  stops: readonly number[],
  strides?: readonly number[],
): Tensor {
  const operand = toTensor("slice", x);
  const { shape } = operand;
  const steps = strides ?? shape.map(() => 1);
  if (![starts, stops, steps].every(Array.isArray))
    throw new ShapeError({
      op: "slice",
      problem: "expected lists of starts and stops, a number for each axis",
    });
  const whole = [...starts, ...stops, ...steps].every(Number.isInteger) && steps.every((step) => step > 0);
  if ([starts, stops, steps].some(({ length }) => length !== shape.length) || !whole) {
    const problem = `expected whole starts, stops and strides (≥ 1) for ${shape.length} axes, received [${starts}], [${stops}], [${steps}]`;
    throw new ShapeError({
      op: "slice",
      problem,
      operands: describeAll([operand], ["x"]),
      rule: sliceOp.rule,
    });
  }
  const bound = (at: number, axis: number): number => {
    const length = shape[axis]!;
    return Math.min(Math.max(at < 0 ? at + length : at, 0), length);
  };
  const from = starts.map(bound);
  const sizes = stops.map((stop, axis) =>
    Math.max(0, Math.ceil((bound(stop, axis) - from[axis]!) / steps[axis]!)),
  );
  const all = sizes.every((size, axis) => size === shape[axis]) && steps.every((step) => step === 1);
  return all ? operand : apply(sliceOp, [operand], { starts: from, sizes, strides: [...steps] });
}

/** A range of one axis, the others whole. */
export function sliceAxis(x: Tensor, axis: number, start: number, stop: number, stride = 1): Tensor {
  const along = (value: number, others: (length: number) => number): number[] =>
    x.shape.map((length, i) => (i === axis ? value : others(length)));
  return slice(
    x,
    along(start, () => 0),
    along(stop, (length) => length),
    along(stride, () => 1),
  );
}

interface PadAttributes {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly between: readonly number[];
  readonly value: number;
}

export const padOp: Op = defineOp<Unary, PadAttributes>({
  name: "pad",
  rule: "[...s] → before + s + (s - 1) between + after on each axis",
  type: ([x], { before, after, between }) => ({
    shape: x.shape.map((n, axis) => before[axis]! + after[axis]! + n + Math.max(0, n - 1) * between[axis]!),
    dtype: x.dtype,
  }),
  evaluate([x], { before, between, value }, { shape, dtype }) {
    const y = emptyArray(dtype, shape);
    y.data.fill(dtype === "bool" ? Number(value !== 0) : value);
    const strides = stridesOf(shape);
    const start = before.reduce((offset, width, axis) => offset + width * strides[axis]!, 0);
    const steps = strides.map((stride, axis) => stride * (1 + between[axis]!));
    forEachOffset(x!.shape, steps, start, (offset, position) => {
      y.data[offset] = x!.data[position]!;
    });
    return y;
  },
  kernel: {
    kind: "assemble",
    fill: ({ value }) => value,
    places: (y, [x], { before, between }) => [
      boxLayout(y, { starts: before, sizes: x!.shape, strides: between.map((width) => width + 1) }),
    ],
  },
  vjp: (g, _, [x], { before, between }) => [
    apply(sliceOp, [g], { starts: before, sizes: x.shape, strides: between.map((width) => width + 1) }),
  ],
  batch: {
    attributes: ({ before, after, between, value }) => ({
      before: [0, ...before],
      after: [0, ...after],
      between: [0, ...between],
      value,
    }),
  },
});

/**
 * Surrounds a tensor with a constant.
 * Shapes:   `x [...s]` → `s + before + after` on each axis, `widths` being one `[before, after]` per axis
 * Gradient: `gx = the part of g where x stands`
 * @throws ShapeError where there is not one pair of whole widths (≥ 0) per axis; DTypeError for a value that the dtype
 *   of `x` has not: a fraction in `i32`, anything but 0 and 1 in `bool`
 * @example
 * evaluate(pad([1, 2], [[1, 0]])); // → [0, 1, 2]
 */
export function pad(x: Operand, widths: readonly (readonly [number, number])[], value = 0): Tensor {
  const operand = toTensor("pad", x);
  const pairs = Array.isArray(widths) ? widths : undefined;
  const isPair = (pair: unknown): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((width) => Number.isInteger(width) && width >= 0);
  if (pairs?.length !== operand.shape.length || !pairs.every(isPair)) {
    const received = pairs ? `[${pairs.map((pair) => `[${pair}]`).join(", ")}]` : typeof widths;
    const problem = `expected a pair of whole widths (≥ 0) for each of ${operand.shape.length} axes, received ${received}`;
    throw new ShapeError({ op: "pad", problem, operands: describeAll([operand], ["x"]), rule: padOp.rule });
  }
  requireStorable("pad", value, operand);
  if (widths.flat().every((width) => width === 0)) return operand;
  const before = widths.map(([width]) => width);
  const after = widths.map(([, width]) => width);
  return apply(padOp, [operand], { before, after, between: widths.map(() => 0), value });
}

/** @throws DTypeError for a number that an array of the tensor's dtype would change */
function requireStorable(op: string, value: number, x: Tensor): void {
  const { dtype } = x;
  const kept = dtype === "i32" ? value === (value | 0) : dtype === "bool" ? value === 0 || value === 1 : true;
  if (kept && typeof value === "number") return;
  const range = { i32: "whole numbers from -2³¹ to 2³¹-1", bool: "0 and 1", f32: "numbers", f64: "numbers" };
  const problem = `${dtype} takes ${range[dtype]}, received ${String(value)}`;
  throw new DTypeError({ op, problem, operands: describeAll([x], ["x"]), hint: 'cast(x, "f32")' });
}

/** @throws ShapeError for what is no list of tensors, or an empty one */
export function requireParts(op: string, parts: readonly Operand[]): void {
  if (Array.isArray(parts) && parts.length > 0) return;
  const received = Array.isArray(parts)
    ? "none"
    : `${typeof parts === "number" ? "a number" : "one tensor"} outside of an array`;
  throw new ShapeError({
    op,
    problem: `expected an array of at least one tensor, received ${received}`,
    ...(!Array.isArray(parts) && { hint: `${op}([a, b])` }),
  });
}

export const concatOp: Op = defineOp<readonly Tensor[], { axis: number }>({
  name: "concat",
  rule: "[..., n₁, ...], [..., n₂, ...], … → [..., n₁ + n₂ + …, ...]",
  type(parts, { axis }) {
    const [first] = parts;
    const misfit = parts.find(
      ({ shape }) =>
        shape.length !== first!.shape.length || shape.some((n, i) => i !== axis && n !== first!.shape[i]),
    );
    if (misfit) {
      const problem = `${showShape(first!.shape)} and ${showShape(misfit.shape)} differ on an axis other than ${axis}`;
      throw new ShapeError({ op: "concat", problem, operands: describeAll(parts, []), rule: this.rule });
    }
    const total = parts.reduce((length, { shape }) => length + shape[axis]!, 0);
    return { shape: first!.shape.map((n, i) => (i === axis ? total : n)), dtype: first!.dtype };
  },
  evaluate(parts, { axis }, { shape, dtype }) {
    const y = emptyArray(dtype, shape);
    const outer = sizeOf(shape.slice(0, axis));
    const row = sizeOf(shape.slice(axis));
    let column = 0;
    for (const part of parts) {
      const width = sizeOf(part.shape.slice(axis));
      for (let i = 0; i < outer; i++)
        y.data.set(part.data.subarray(i * width, (i + 1) * width), i * row + column);
      column += width;
    }
    return y;
  },
  kernel: { kind: "assemble", places: (y, parts, { axis }) => rowLayouts(y, parts, axis) },
  vjp(g, _, parts, { axis }) {
    let start = 0;
    return parts.map(({ shape }) => {
      const stop = start + shape[axis]!;
      const part = sliceAxis(g, axis, start, stop);
      start = stop;
      return part;
    });
  },
  batch: { attributes: ({ axis }) => ({ axis: axis + 1 }) },
});

/**
 * Tensors one after another along an axis, 0 by default.
 * Shapes:   `[..., n₁, ...], [..., n₂, ...], …` → `[..., n₁ + n₂ + …, ...]`
 * Gradient: each part gets its part of `g`
 * @throws ShapeError where other axes differ, or there is nothing to join
 * @example
 * evaluate(concat([[1, 2], [3]])); // → [1, 2, 3]
 */
export function concat(parts: readonly Operand[], options: { readonly axis?: number } = {}): Tensor {
  if (options instanceof Tensor) requireParts("concat", parts); // concat(a, b)
  const { axis = 0 } = checkOptionNames("concat", options, "axis");
  requireParts("concat", parts);
  const tensors = promoteAll("concat", parts);
  const along = resolveAxis("concat", tensors[0]!, axis);
  return tensors.length === 1 ? tensors[0]! : apply(concatOp, tensors, { axis: along });
}

export const flipOp: Op = defineOp<Unary, { axes: readonly number[] }>({
  name: "flip",
  rule: "[...s] → [...s]",
  cheap: true,
  type: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  evaluate([x], { axes }, { shape, dtype }) {
    if (x!.data.length === 0) return emptyArray(dtype, shape);
    const strides = stridesOf(shape);
    const start = axes.reduce((offset, axis) => offset + (shape[axis]! - 1) * strides[axis]!, 0);
    return readView(
      x!,
      dtype,
      shape,
      strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
      start,
    );
  },
  kernel: { kind: "view", view: (x, { axes }) => flipLayout(x, axes) },
  vjp: (g, _, __, { axes }) => [flip(g, { axis: axes })],
  batch: { attributes: ({ axes }) => ({ axes: behind(axes) }) },
});

/**
 * Reverses the order of elements along axes, along all by default.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = flip(g)`
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(flip([1, 2, 3])); // → [3, 2, 1]
 */
export function flip(x: Operand, options: { readonly axis?: number | readonly number[] } = {}): Tensor {
  const { axis } = checkOptionNames("flip", options, "axis");
  const operand = toTensor("flip", x);
  return apply(flipOp, [operand], { axes: resolveAxes("flip", operand, axis) });
}
