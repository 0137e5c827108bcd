import { ShapeError } from "../errors.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { emptyArray, type NDArray } from "../ndarray.ts";
import { checkOptionNames } from "../option-names.ts";
import { stridesOf } from "../shape.ts";
import { div } from "./arithmetic.ts";
import { broadcastTo, keeping, sum, without } from "./broadcast.ts";
import { cast } from "./cast.ts";
import { equal, where } from "./comparison.ts";
import { checkNumbers, describeAll, type Unary } from "./elementwise.ts";
import { behind } from "./layout.ts";
import { type Operand, type ReductionOptions, resolveAxes, resolveAxis, toTensor } from "./operand.ts";
import { flip } from "./rearrange.ts";
import { reshape } from "./reshape.ts";
import { reductionRows } from "./strided.ts";

type Axes = { axes: readonly number[] };
type Axis = { axis: number };

/** Where in a row the extreme element is; the first of equals, the first NaN before all. */
function extreme(
  row: ArrayLike<number>,
  start: number,
  length: number,
  better: (a: number, b: number) => boolean,
): number {
  let best = 0;
  for (let i = 0; i < length; i++) {
    const value = row[start + i]!;
    if (Number.isNaN(value)) return i;
    if (better(value, row[start + best]!)) best = i;
  }
  return best;
}

const bigger = (a: number, b: number): boolean => a > b;
const smaller = (a: number, b: number): boolean => a < b;

function positions(x: NDArray, axes: readonly number[], better: (a: number, b: number) => boolean): number[] {
  const { rows, length } = reductionRows(x, axes);
  const count = length === 0 ? 0 : rows.length / length;
  return Array.from({ length: count }, (_, row) => extreme(rows, row * length, length, better));
}

const extremeOp = (name: "max" | "min", better: (a: number, b: number) => boolean): Op =>
  defineOp<Unary, Axes>({
    name,
    rule: "[...s] → s without the reduced axes, none of which is empty",
    type: ([x], { axes }) => ({ shape: without(x.shape, axes), dtype: x.dtype }),
    evaluate([x], { axes }, { shape, dtype }) {
      const { rows, length } = reductionRows(x!, axes);
      const y = emptyArray(dtype, shape);
      positions(x!, axes, better).forEach((at, row) => {
        y.data[row] = rows[row * length + at]!;
      });
      return y;
    },
    kernel: { kind: "reduce", combine: name, axes: ({ axes }) => axes },
    vjp(g, y, [x], { axes }) {
      const spread = (t: Tensor): Tensor => broadcastTo(reshape(t, keeping(x.shape, axes)), x.shape);
      const chosen = equal(x, spread(y));
      const count = cast(sum(chosen, { axis: axes }), g.dtype);
      const others = where(equal(y, y), 0, Number.NaN); // beside NaN nothing is the extreme
      return [where(chosen, spread(div(g, count)), spread(others))];
    },
    batch: { attributes: ({ axes }) => ({ axes: behind(axes) }) },
    decide: ([x], _, { axes }) => positions(x!, axes, better),
  });

export const maxOp: Op = extremeOp("max", bigger);
export const minOp: Op = extremeOp("min", smaller);

function reduceExtreme(op: Op, x: Operand, options: ReductionOptions): Tensor {
  const { axis, keepDims = false } = checkOptionNames(op.name, options, "axis keepDims");
  const operand = toTensor(op.name, x);
  const axes = resolveAxes(op.name, operand, axis);
  requireElements(op, operand, axes);
  const reduced = axes.length === 0 ? operand : apply(op, [operand], { axes });
  return keepDims ? reshape(reduced, keeping(operand.shape, axes)) : reduced;
}

function requireElements(op: Op, x: Tensor, axes: readonly number[]): void {
  const empty = axes.find((axis) => x.shape[axis] === 0);
  if (empty === undefined) return;
  const problem = `axis ${empty} is empty, and ${op.name} of nothing is not defined`;
  throw new ShapeError({ op: op.name, problem, operands: describeAll([x], ["x"]), rule: op.rule });
}

/**
 * The largest element over axes, over all by default. NaN wins over everything.
 * Shapes:   `x [...s]` → `s` without the reduced axes, or with 1 in their place (`keepDims`)
 * Gradient: `g` shared equally by the elements that attain the maximum
 * @throws ShapeError for an unknown or an empty axis
 */
export const max = (x: Operand, options: ReductionOptions = {}): Tensor => reduceExtreme(maxOp, x, options);

/**
 * The smallest element over axes, over all by default. NaN wins over everything.
 * Shapes:   `x [...s]` → `s` without the reduced axes, or with 1 in their place (`keepDims`)
 * Gradient: `g` shared equally by the elements that attain the minimum
 * @throws ShapeError for an unknown or an empty axis
 */
export const min = (x: Operand, options: ReductionOptions = {}): Tensor => reduceExtreme(minOp, x, options);

const positionOp = (name: "argmax" | "argmin", better: (a: number, b: number) => boolean): Op =>
  defineOp<Unary, Axis>({
    name,
    rule: "[...s] → i32, s without the axis, which is not empty",
    type: ([x], { axis }) => ({ shape: without(x.shape, [axis]), dtype: "i32" }),
    evaluate([x], { axis }, { shape }) {
      const y = emptyArray("i32", shape);
      y.data.set(positions(x!, [axis], better));
      return y;
    },
    kernel: { kind: "reduce", combine: name, axes: ({ axis }) => [axis] },
    vjp: "none",
    batch: { attributes: ({ axis }) => ({ axis: axis + 1 }) },
    decide: ([x], _, { axis }) => positions(x!, [axis], better),
  });

export const argmaxOp: Op = positionOp("argmax", bigger);
export const argminOp: Op = positionOp("argmin", smaller);

interface PositionOptions {
  /** The axis to search; the flattened tensor by default. */
  readonly axis?: number;
  /** @default false */
  readonly keepDims?: boolean;
}

function position(op: Op, x: Operand, options: PositionOptions): Tensor {
  const { axis, keepDims = false } = checkOptionNames(op.name, options, "axis keepDims");
  const given = toTensor(op.name, x);
  const operand = axis === undefined ? reshape(given, [-1]) : given;
  const along = resolveAxis(op.name, operand, axis ?? 0);
  requireElements(op, operand, [along]);
  const found = apply(op, [operand], { axis: along });
  if (!keepDims) return found;
  return reshape(found, axis === undefined ? given.shape.map(() => 1) : keeping(given.shape, [along]));
}

/**
 * Where the largest element is, the first of equals; NaN counts as largest. `i32`, no gradient.
 * Shapes:   `x [...s]` → `s` without `axis`, or with 1 in its place (`keepDims`)
 * @throws ShapeError for an unknown or an empty axis
 * @example
 * evaluate(argmax([[1, 5, 5], [3, 2, 1]], { axis: 1 })); // → [1, 0]
 */
export const argmax = (x: Operand, options: PositionOptions = {}): Tensor => position(argmaxOp, x, options);

/**
 * Where the smallest element is, the first of equals; NaN counts as smallest. `i32`, no gradient.
 * Shapes:   `x [...s]` → `s` without `axis`, or with 1 in its place (`keepDims`)
 * @throws ShapeError for an unknown or an empty axis
 */
export const argmin = (x: Operand, options: PositionOptions = {}): Tensor => position(argminOp, x, options);

export const cumsumOp: Op = defineOp<Unary, Axis>({
  name: "cumsum",
  rule: "[...s] → [...s]",
  type([x]) {
    checkNumbers(this, x);
    return { shape: x.shape, dtype: x.dtype };
  },
  evaluate([x], { axis }, { shape, dtype }) {
    const y = emptyArray(dtype, shape);
    const stride = stridesOf(shape)[axis]!;
    const length = shape[axis]!;
    const whole = dtype === "i32";
    for (let row = 0; row < y.data.length; row += stride * length)
      for (let first = row; first < row + stride; first++) {
        let total = 0;
        for (let i = first; i < first + stride * length; i += stride) {
          total += x!.data[i]!;
          if (whole) total |= 0;
          y.data[i] = total;
        }
      }
    return y;
  },
  kernel: { kind: "cumulative", axis: ({ axis }) => axis },
  vjp: (g, _, __, { axis }) => [flip(cumsum(flip(g, { axis }), { axis }), { axis })],
  batch: { attributes: ({ axis }) => ({ axis: axis + 1 }) },
});

/**
 * Running sum along an axis: `yᵢ = x₀ + … + xᵢ`; over the flattened tensor by default. `f32` is added up in doubles, as
 * in PyTorch on processors; booleans are counted as `i32`.
 * Shapes:   `x [...s]` → `[...s]`, or flat without `axis`
 * Gradient: the running sum of `g` from the other end
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(cumsum([1, 2, 3])); // → [1, 3, 6]
 */
export function cumsum(x: Operand, options: { readonly axis?: number } = {}): Tensor {
  const { axis } = checkOptionNames("cumsum", options, "axis");
  const given = toTensor("cumsum", x);
  const counted = given.dtype === "bool" ? cast(given, "i32") : given;
  const operand = axis === undefined ? reshape(counted, [-1]) : counted;
  return apply(cumsumOp, [operand], { axis: resolveAxis("cumsum", operand, axis ?? 0) });
}
