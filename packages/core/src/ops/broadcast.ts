import { ShapeError } from "../errors.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { emptyArray } from "../ndarray.ts";
import { checkOptionNames } from "../option-names.ts";
import { broadcastShapes, type Shape, sameShape, showShape } from "../shape.ts";
import { requireShape } from "../sizes.ts";
import { cast } from "./cast.ts";
import { checkNumbers, describeAll, type Unary } from "./elementwise.ts";
import { behind, broadcastLayout } from "./layout.ts";
import { type Operand, type ReductionOptions, resolveAxes, toTensor } from "./operand.ts";
import { reshape } from "./reshape.ts";
import { broadcastStrides, readView, reductionRows } from "./strided.ts";

export const broadcastToOp: Op = defineOp<Unary, { shape: Shape }>({
  name: "broadcastTo",
  rule: "[...s] → [...t], axes of s aligned from the right and either equal or 1",
  cheap: true,
  type: ([x], { shape }) => ({ shape, dtype: x.dtype }),
  evaluate: ([x], { shape }, { dtype }) => readView(x!, dtype, shape, broadcastStrides(x!.shape, shape)),
  kernel: { kind: "view", view: (x, { shape }) => broadcastLayout(x, shape) },
  vjp: (g, _, [x]) => [sumTo(g, x.shape)],
  batch([x], { shape }, { size }) {
    const ones = new Array<number>(shape.length + 1 - x.shape.length).fill(1);
    return broadcastTo(reshape(x, [size, ...ones, ...x.shape.slice(1)]), [size, ...shape]);
  },
});

/**
 * Repeats axes of length 1, and new axes in front, to reach a shape (NumPy's broadcasting).
 * Shapes:   `x [...s]` → `shape`
 * Gradient: `gx = sum of g over the repeated axes`
 * @throws ShapeError for a shape that is none, or that does not fit
 * @example
 * evaluate(broadcastTo([1, 2], [2, 2])); // → [[1, 2], [1, 2]]
 */
export function broadcastTo(x: Operand, shape: Shape): Tensor {
  const operand = toTensor("broadcastTo", x);
  requireShape("broadcastTo", shape);
  if (sameShape(operand.shape, shape)) return operand;
  const common = broadcastShapes(operand.shape, shape);
  if (!common || !sameShape(common, shape)) {
    throw new ShapeError({
      op: "broadcastTo",
      problem: `${showShape(operand.shape)} does not broadcast to ${showShape(shape)}`,
      operands: describeAll([operand], ["x"]),
      rule: broadcastToOp.rule,
    });
  }
  return apply(broadcastToOp, [operand], { shape: [...shape] });
}

/** The transpose of `broadcastTo`: sums `g` down to a shape that broadcasts to its own. */
function sumTo(g: Tensor, shape: Shape): Tensor {
  const lead = g.shape.length - shape.length;
  const axes = g.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < lead || (shape[axis - lead] === 1 && g.shape[axis] !== 1));
  return reshape(sum(g, { axis: axes }), shape);
}

export const sumOp: Op = defineOp<Unary, { axes: readonly number[] }>({
  name: "sum",
  rule: "[...s] → s without the reduced axes",
  type([x], { axes }) {
    checkNumbers(this, x);
    return { shape: without(x.shape, axes), dtype: x.dtype };
  },
  evaluate([x], { axes }, { shape, dtype }) {
    const { rows, length } = reductionRows(x!, axes);
    const y = emptyArray(dtype, shape);
    const whole = dtype === "i32";
    for (let row = 0, at = 0; row < y.data.length; row++) {
      let total = 0;
      if (whole) for (let i = 0; i < length; i++) total = (total + rows[at++]!) | 0;
      else for (let i = 0; i < length; i++) total += rows[at++]!;
      y.data[row] = total;
    }
    return y;
  },
  kernel: { kind: "reduce", combine: "sum", axes: ({ axes }) => axes },
  vjp: (g, _, [x], { axes }) => [broadcastTo(reshape(g, keeping(x.shape, axes)), x.shape)],
  batch: { attributes: ({ axes }) => ({ axes: behind(axes) }) },
});

/** A shape without some axes. */
export const without = (shape: Shape, axes: readonly number[]): number[] =>
  shape.filter((_, axis) => !axes.includes(axis));

/** A shape with some axes of length 1. */
export const keeping = (shape: Shape, axes: readonly number[]): number[] =>
  shape.map((length, axis) => (axes.includes(axis) ? 1 : length));

/**
 * The sum over axes, over all by default: `y = Σ x`. The sum of nothing is 0; booleans are counted as `i32`.
 * Shapes:   `x [...s]` → `s` without the reduced axes, or with 1 in their place (`keepDims`)
 * Gradient: `gx = g`, repeated along the reduced axes
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(sum([[1, 2], [3, 4]], { axis: 0 })); // → [4, 6]
 */
export function sum(x: Operand, options: ReductionOptions = {}): Tensor {
  const { axis, keepDims = false } = checkOptionNames("sum", options, "axis keepDims");
  const given = toTensor("sum", x);
  const operand = given.dtype === "bool" ? cast(given, "i32") : given;
  const axes = resolveAxes("sum", operand, axis);
  const reduced = axes.length === 0 ? operand : apply(sumOp, [operand], { axes });
  return keepDims ? reshape(reduced, keeping(operand.shape, axes)) : reduced;
}
