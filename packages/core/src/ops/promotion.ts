import { defaultDType, floatOf } from "../default-dtype.ts";
import { type DType, promote } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { apply, type Op } from "../graph/op.ts";
import { drawnAtOnce } from "../graph/provenance.ts";
import { Tensor } from "../graph/tensor.ts";
import { isTypedArray, NDArray } from "../ndarray.ts";
import { broadcastShapes, type Shape, showShape } from "../shape.ts";
import { broadcastTo } from "./broadcast.ts";
import { cast } from "./cast.ts";
import { describeAll } from "./elementwise.ts";
import { isWeak, type Operand, strengthen, toTensor } from "./operand.ts";

const LABELS = ["a", "b", "c"];

/** The operands in one dtype: the promotion of those that have one; plain numbers follow. */
export function promoteAll(op: string, operands: readonly Operand[], minimum?: "float"): Tensor[] {
  const strong = operands.filter((x) => !isWeak(x)).map((x) => toTensor(op, x).dtype);
  const meeting =
    strong.length > 0
      ? strong.reduce(promote)
      : operands.every((x) => toTensor(op, x).dtype === "bool")
        ? "bool"
        : defaultDType();
  const target: DType = minimum === "float" ? floatOf(meeting) : meeting;
  const tensors = operands.map((x) => strengthen(op, x, target));
  const dtype = tensors.map((x) => x.dtype).reduce(promote, target);
  return tensors.map((x) => cast(x, dtype));
}

/**
 * An operand as a tensor, for functions of one's own: plain numbers become floats as wide as the tensors and arrays
 * `beside` them (`f32` where these have no floats), so that no digit is lost; what has a dtype keeps it. `op`: the function that was
 * given `x`, in whose name it is refused.
 * Shapes: any
 * @example
 * tensorBeside(0.1, [new Float64Array(3)]).dtype; // → "f64"
 * tensorBeside(0.1, [[1, 2]]).dtype; // → "f32"
 */
export function tensorBeside(
  x: Operand,
  beside: readonly (Operand | { readonly dtype: DType })[],
  op = "tensorBeside",
): Tensor {
  const dtypes = beside.flatMap((other) => {
    if (typeof other === "object" && other !== null && "dtype" in other) return [other.dtype];
    return isWeak(other) ? [] : [toTensor(op, other).dtype];
  });
  return strengthen(op, x, floatOf(dtypes.length > 0 ? dtypes.reduce(promote) : defaultDType()));
}

/**
 * The operands broadcast to their common shape.
 * @throws ShapeError where two of them do not fit
 */
export function broadcastAll(op: string, operands: readonly Tensor[]): Tensor[] {
  let common: Shape = [];
  for (const { shape } of operands) {
    const next = broadcastShapes(common, shape);
    if (!next) {
      throw new ShapeError({
        op,
        problem: `${operands.map((x) => showShape(x.shape)).join(" and ")} do not broadcast together`,
        operands: describeAll(operands, LABELS),
        rule: "axes are aligned from the right; lengths are equal or one of them is 1",
        ...suggest(operands),
      });
    }
    common = next;
  }
  return operands.map((x) => broadcastTo(x, common));
}

/** A vector that would fit as a column: the commonest slip. */
function suggest([a, b]: readonly Tensor[]): { hint?: string } {
  for (const [x, other, label] of [
    [a, b, "a"],
    [b, a, "b"],
  ] as const) {
    if (x?.shape.length !== 1 || other?.shape.length !== 2 || x.shape[0] !== other.shape[0]) continue;
    return { hint: `expandDims(${label}, 1) is [${x.shape[0]}, 1] and would fit` };
  }
  return {};
}

/** The operand in float: integers and booleans become `f32`. */
export function toFloat(op: string, x: Operand): Tensor {
  const operand = toTensor(op, x);
  return cast(operand, floatOf(operand.dtype));
}

/** A unary elementwise op on a tensor or value, in float where the op needs it. */
export const applyUnary = (op: Op, x: Operand, minimum?: "float"): Tensor =>
  apply(op, [minimum === "float" ? toFloat(op.name, x) : toTensor(op.name, x)]);

/** A binary elementwise op on promoted, broadcast operands. */
export const applyBinary = (op: Op, a: Operand, b: Operand, minimum?: "float"): Tensor =>
  drawnAtOnce(() => apply(op, broadcastAll(op.name, promoteAll(op.name, [a, b], minimum))));

/** A tensor of one number, as wide as `like`. */
export const fill = (value: number, like: { shape: Shape; dtype: DType }): Tensor =>
  broadcastTo(toTensor("fill", value, like.dtype), like.shape);

/** Whether a value is an operand rather than a structure of operands. */
export const isOperand = (value: unknown): boolean =>
  value instanceof Tensor ||
  value instanceof NDArray ||
  typeof value === "number" ||
  typeof value === "boolean" ||
  isTypedArray(value) ||
  (Array.isArray(value) && !containsTensor(value));

const containsTensor = (value: readonly unknown[]): boolean =>
  value.some((part) =>
    Array.isArray(part) ? containsTensor(part) : typeof part === "object" && part !== null,
  );
