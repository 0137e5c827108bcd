import { isFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add } from "../ops/arithmetic.ts";
import { broadcastTo, sum } from "../ops/broadcast.ts";
import { greaterEqual, isFinite, lessEqual, where } from "../ops/comparison.ts";
import { stopGradient } from "../ops/control.ts";
import { arange } from "../ops/indexing.ts";
import { type Operand, toTensor } from "../ops/operand.ts";
import { reshape } from "../ops/reshape.ts";
import { type Shape, showShape, sizeOf } from "../shape.ts";
import { all } from "./statistics.ts";

/** @throws ShapeError, DTypeError for what is not floats in matrices */
export function toMatrices(op: string, x: Operand, label = "a"): Tensor {
  const a = toTensor(op, x);
  const operands = [{ label, shape: a.shape, dtype: a.dtype, name: a.name }];
  if (a.shape.length < 2) {
    const problem = `${label}: expected matrices [..., m, n], received ${showShape(a.shape)}`;
    throw new ShapeError({ op, problem, operands });
  }
  if (isFloat(a.dtype)) return a;
  throw new DTypeError({ op, problem: `${label}: expected f32 or f64, received ${a.dtype}`, operands });
}

/** @throws ShapeError, DTypeError for what is not floats in square matrices */
export function toSquare(op: string, x: Operand): Tensor {
  const a = toMatrices(op, x);
  const [m, n] = a.shape.slice(-2);
  if (m === n) return a;
  const operands = [{ label: "a", shape: a.shape, dtype: a.dtype, name: a.name }];
  throw new ShapeError({ op, problem: `a: expected square matrices, received ${m} × ${n}`, operands });
}

/** The axes before the matrices. */
export const leadOf = ({ shape }: Tensor): Shape => shape.slice(0, -2);

/** The leading axes as one: `[..., m, n]` → `[batch, m, n]`; of one shape for all, where `lead` is given. */
export function inOneBatch(x: Tensor, lead: Shape = leadOf(x)): Tensor {
  const matrix = x.shape.slice(-2);
  return reshape(broadcastTo(x, [...lead, ...matrix]), [sizeOf(lead), ...matrix]);
}

/** Elements on the diagonal and on one side of it, 0 elsewhere; `k` moves the diagonal, as in NumPy's `tril` and `triu`. */
export function triangle(x: Tensor, side: "lower" | "upper", k = 0): Tensor {
  const [m, n] = x.shape.slice(-2) as [number, number];
  const [row, column] = [reshape(arange(m), [m, 1]), arange(-k, n - k)];
  return where(side === "lower" ? greaterEqual(row, column) : lessEqual(row, column), x, 0);
}

/** `[..., n, n]` → `[..., n]` */
export const diagonal = (x: Tensor): Tensor => sum(triangle(triangle(x, "lower"), "upper"), { axis: -1 });

/** All of a matrix is NaN where any of its elements is NaN or infinite. */
export const finiteOrNaN = (a: Tensor): Tensor =>
  add(a, stopGradient(where(all(isFinite(a), { axis: [-2, -1], keepDims: true }), 0, Number.NaN)));
