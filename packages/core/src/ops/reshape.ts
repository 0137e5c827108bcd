import { ShapeError } from "../errors.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { NDArray } from "../ndarray.ts";
import { normalizeAxes, type Shape, sameShape, showShape, sizeOf, stridesOf } from "../shape.ts";
import { describeAll, type Unary } from "./elementwise.ts";
import { behind, reshapeLayout, transposeLayout } from "./layout.ts";
import { type Operand, toTensor } from "./operand.ts";
import { readView } from "./strided.ts";

export const reshapeOp: Op = defineOp<Unary, { shape: Shape }>({
  name: "reshape",
  rule: "[...s] → [...t], size(s) = size(t)",
  cheap: true,
  type: ([x], { shape }) => ({ shape, dtype: x.dtype }),
  evaluate: ([x], { shape }, { dtype }) => new NDArray(dtype, shape, x!.data),
  kernel: { kind: "view", view: (x, { shape }) => reshapeLayout(x, shape) },
  vjp: (g, _, [x]) => [reshape(g, x.shape)],
  batch: { attributes: ({ shape }, size) => ({ shape: [size, ...shape] }) },
});

/**
 * The same elements in another shape, row-major. One size may be -1: whatever fits.
 * Shapes:   `x [...s]` → `[...t]` of the same number of elements
 * Gradient: `gx = reshape(g, s)`
 * @throws ShapeError
 * @example
 * evaluate(reshape([1, 2, 3, 4], [2, -1])); // → [[1, 2], [3, 4]]
 */
export function reshape(x: Operand, shape: Shape): Tensor {
  const operand = toTensor("reshape", x);
  requireList("reshape", shape, "a shape", "[2, -1]");
  const known = sizeOf(shape.filter((length) => length !== -1));
  const free = shape.filter((length) => length === -1).length;
  const filled = shape.map((length) => (length === -1 ? sizeOf(operand.shape) / known : length));
  const valid = filled.every((length) => Number.isInteger(length) && length >= 0);
  if (free > 1 || !valid || sizeOf(filled) !== sizeOf(operand.shape)) {
    throw new ShapeError({
      op: "reshape",
      problem: `${showShape(operand.shape)} (${sizeOf(operand.shape)} elements) does not fill ${showShape(shape)}`,
      operands: describeAll([operand], ["x"]),
      rule: reshapeOp.rule,
    });
  }
  return sameShape(filled, operand.shape) ? operand : apply(reshapeOp, [operand], { shape: filled });
}

export const transposeOp: Op = defineOp<Unary, { permutation: readonly number[] }>({
  name: "transpose",
  rule: "[...s] → s permuted",
  cheap: true,
  type: ([x], { permutation }) => ({ shape: permutation.map((axis) => x.shape[axis]!), dtype: x.dtype }),
  evaluate([x], { permutation }, { shape, dtype }) {
    const strides = stridesOf(x!.shape);
    return readView(
      x!,
      dtype,
      shape,
      permutation.map((axis) => strides[axis]!),
    );
  },
  kernel: { kind: "view", view: (x, { permutation }) => transposeLayout(x, permutation) },
  vjp: (g, _, __, { permutation }) => [transpose(g, invert(permutation))],
  batch: { attributes: ({ permutation }) => ({ permutation: [0, ...behind(permutation)] }) },
});

const invert = (permutation: readonly number[]): number[] =>
  permutation.map((_, axis) => permutation.indexOf(axis));

/**
 * Axes in another order; all of them reversed by default, as in NumPy.
 * Shapes:   `x [s0, s1, …]` → `[s[permutation[0]], s[permutation[1]], …]`
 * Gradient: `gx = transpose(g, permutation⁻¹)`
 * @throws ShapeError where `permutation` does not name each axis once
 * @example
 * evaluate(transpose([[1, 2], [3, 4]])); // → [[1, 3], [2, 4]]
 */
export function transpose(x: Operand, permutation?: readonly number[]): Tensor {
  const operand = toTensor("transpose", x);
  const rank = operand.shape.length;
  const axes = permutation ?? operand.shape.map((_, axis) => rank - 1 - axis);
  requireList("transpose", axes, "the axes", "[1, 0]");
  const order = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  if (order.length !== rank || normalizeAxes(order, rank) === undefined) {
    throw new ShapeError({
      op: "transpose",
      problem: `expected each axis of 0 … ${rank - 1} once, received [${axes.join(", ")}]`,
      operands: describeAll([operand], ["x"]),
      rule: transposeOp.rule,
    });
  }
  return order.every((axis, i) => axis === i)
    ? operand
    : apply(transposeOp, [operand], { permutation: order });
}

/** @throws ShapeError for sizes or axes that are not in a list, such as `reshape(x, 2, 3)` */
function requireList(op: string, list: unknown, what: string, such: string): void {
  if (Array.isArray(list)) return;
  const problem = `expected ${what} in an array, received ${list === null ? "null" : typeof list}`;
  throw new ShapeError({ op, problem, hint: `${op}(x, ${such})` });
}

/** `xᵀ` over the last two axes: of each matrix of a batch. */
export const flipLast = (x: Tensor): Tensor => {
  const rank = x.shape.length;
  return transpose(
    x,
    x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
  );
};

/** One axis at another place, the others in order. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const order = x.shape.map((_, axis) => axis);
  order.splice(to, 0, ...order.splice(from, 1));
  return transpose(x, order);
}
