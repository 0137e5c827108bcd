import { defaultDType } from "../default-dtype.ts";
import { type DType, isFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { constant } from "../graph/leaves.ts";
import { Tensor } from "../graph/tensor.ts";
import { inWords, listInWords } from "../inspection.ts";
import { type ArrayValue, array, isTypedArray, NDArray } from "../ndarray.ts";
import { normalizeAxes, showShape } from "../shape.ts";

/** What every function takes: a tensor, or a value that becomes a constant. */
export type Operand = Tensor | ArrayValue;

/** Axes to reduce over, all by default; `keepDims` leaves them with length 1. */
export interface ReductionOptions {
  readonly axis?: number | readonly number[];
  /** @default false */
  readonly keepDims?: boolean;
}

/** @throws DTypeError in the name of `op` for what is neither a tensor nor numbers */
export function toTensor(op: string, x: Operand, dtype?: DType): Tensor {
  if (x instanceof Tensor) return x;
  requireOperand(op, x);
  return constant(x, dtype, op);
}

/** @throws DTypeError with a remedy for what is taken for a tensor most often */
export function requireOperand(op: string, x: unknown, label = ""): void {
  const several = Array.isArray(x) && x.some((part) => part instanceof Tensor);
  const plain = typeof x === "number" || typeof x === "boolean" || (Array.isArray(x) && !several);
  if (plain || x instanceof Tensor || x instanceof NDArray || isTypedArray(x)) return;
  const { outputs, apply } = Object(x);
  const [received, hint] = several
    ? ["tensors in an array", "stack makes one of them"]
    : [
        inWords(x),
        outputs ? "result.outputs is one" : typeof x === "object" && apply && "layer.apply(x) is one",
      ];
  const problem = `${label}expected a tensor or numbers, received ${received}`;
  throw new DTypeError({ op, problem, ...(hint && { hint }) });
}

/** Whether an operand has no dtype of its own (a plain number or nested array) and takes that of its neighbours. */
export const isWeak = (x: Operand): boolean =>
  !(x instanceof Tensor || x instanceof NDArray || isTypedArray(x));

/** A weak operand in `dtype`; whole numbers stay integers beside integers, others become floats. */
export function strengthen(op: string, x: Operand, dtype: DType): Tensor {
  if (x instanceof Tensor) return x;
  requireOperand(op, x);
  if (!isWeak(x)) return constant(x, undefined, op);
  const literal = array(x, {}, op);
  if (literal.dtype === "bool") return constant(literal);
  if (isFloat(dtype)) return constant(x, dtype, op);
  const whole = literal.data.every((value) => value === (value | 0));
  return constant(x, whole ? "i32" : defaultDType(), op);
}

/** @throws ShapeError for an axis that is out of range or named twice */
export function resolveAxes(op: string, x: Tensor, axes: number | readonly number[] | undefined): number[] {
  const resolved = normalizeAxes(axes, x.shape.length);
  if (resolved) return resolved;
  throw new ShapeError({
    op,
    problem: `no axis ${listInWords(axes)} in ${showShape(x.shape)}`,
    operands: [{ label: "x", shape: x.shape, name: x.name }],
    rule: "an axis is a whole number from -rank to rank - 1, named once",
  });
}

/** One axis as a non-negative number. @throws ShapeError */
export const resolveAxis = (op: string, x: Tensor, axis: number): number => resolveAxes(op, x, [axis])[0]!;
