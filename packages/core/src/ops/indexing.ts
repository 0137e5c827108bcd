import { defaultDType } from "../default-dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { axisCheck, type IndexCheck, placeOf } from "../graph/index-check.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { emptyArray, NDArray } from "../ndarray.ts";
import { checkOptionNames } from "../option-names.ts";
import { sameShape, showShape, sizeOf } from "../shape.ts";
import { requireWhole } from "../sizes.ts";
import { add, mul } from "./arithmetic.ts";
import { checkNumbers, describeAll } from "./elementwise.ts";
import { type Operand, resolveAxis, strengthen, toTensor } from "./operand.ts";
import { fill, promoteAll } from "./promotion.ts";
import { moveAxis, reshape, transpose } from "./reshape.ts";

/** How rows are looked up. */
export interface Rows {
  readonly check: IndexCheck;
}

/** @throws DTypeError for indices that are not `i32` */
export function requireIndices(op: string, indices: Tensor): void {
  if (indices.dtype === "i32") return;
  const problem = `indices are i32, received ${indices.dtype}`;
  throw new DTypeError({
    op,
    problem,
    operands: describeAll([indices], ["indices"]),
    hint: 'cast(indices, "i32")',
  });
}

/** The rows of all examples, `[size, n, ...s]` → `[size n, ...s]`. */
const joinRows = (x: Tensor): Tensor => reshape(x, [x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]);

/** Where the rows that each example asks for lie among those of all, `x [size, n, ...s]`; indices are checked first. */
function placesOf(indices: Tensor, x: Tensor, rows: Rows): Tensor {
  const [size, n] = x.shape as [number, number];
  const checked = apply(takeOp, [arange(n), indices], rows);
  return add(
    checked,
    reshape(
      mul(arange(size), n),
      indices.shape.map((_, axis) => (axis === 0 ? size : 1)),
    ),
  );
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
  batch([x, indices], rows, { batched }) {
    if (!batched[0]) return apply(takeOp, [x, indices], rows);
    if (batched[1]) return apply(takeOp, [joinRows(x), placesOf(indices, x, rows)], rows);
    return moveAxis(apply(takeOp, [moveAxis(x, 0, 1), indices], rows), indices.shape.length, 0);
  },
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
  const operand = toTensor("take", x);
  const rows = strengthen(given?.op ?? "take", indices, "i32");
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
  batch([x, indices, updates], rows, { batched, spread }) {
    const target = batched[0] ? x : spread(x);
    const added = batched[2] ? updates : spread(updates);
    if (!batched[1]) {
      const behind = moveAxis(added, 0, indices.shape.length);
      return moveAxis(apply(scatterAddOp, [moveAxis(target, 0, 1), indices, behind], rows), 1, 0);
    }
    const places = placesOf(indices, target, rows);
    return reshape(apply(scatterAddOp, [joinRows(target), places, added], rows), target.shape);
  },
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
  const [target, added] = promoteAll("scatterAdd", [x, updates]);
  const rows = target!.shape[resolveAxis("scatterAdd", target!, 0)]!;
  const check = axisCheck("scatterAdd", 0, rows);
  return apply(scatterAddOp, [target!, strengthen("scatterAdd", indices, "i32"), added!], { check });
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
  batch: "together",
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
  if (step === 0 || ![from, to, step].every(Number.isFinite)) {
    throw new ShapeError({
      op: "arange",
      problem: `expected finite bounds and a step other than 0, received ${[from, to, step].map(inWords).join(", ")}`,
    });
  }
  const length = Math.max(0, Math.ceil((to - from) / step));
  requireWhole("arange", "the count of numbers", length);
  const whole = [from, step].every(Number.isInteger);
  const given = dtype ?? (whole && Number.isInteger(to) ? "i32" : defaultDType());
  const last = from + Math.max(0, length - 1) * step;
  if (given === "i32" && !(whole && from === (from | 0) && last === (last | 0))) {
    const problem = `i32 takes whole numbers from -2³¹ to 2³¹-1, received ${from}, ${from + step} … ${last}`;
    throw new DTypeError({ op: "arange", problem, hint: 'arange(start, stop, step, "f64")' });
  }
  return apply(arangeOp, [], { start: from, step, length, dtype: given });
}
