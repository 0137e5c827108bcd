import { type DType, isFloat } from "../dtype.ts";
import { requireDType } from "../given.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { mapElements, type Unary } from "./elementwise.ts";
import { type Operand, strengthen } from "./operand.ts";

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);

const converters: Readonly<Record<DType, (x: number) => number>> = {
  f32: (x) => x,
  f64: (x) => x,
  i32: (x) => (Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), INT_MIN), INT_MAX)),
  bool: (x) => (x === 0 ? 0 : 1),
};

export const castOp: Op = defineOp<Unary, { dtype: DType }>({
  name: "cast",
  rule: "[...s] → [...s]",
  cheap: true,
  type: ([x], { dtype }) => ({ shape: x.shape, dtype }),
  evaluate: (values, { dtype }, type) => mapElements(converters[dtype], values, type),
  kernel: { kind: "map", emit: (e, [x], _, { dtype }) => e.cast(x!, dtype) },
  vjp: (g, _, [x]) => [cast(g, x.dtype)],
  batch: "together",
  decide: ([x], _, { dtype }) => (dtype === "i32" || dtype === "bool" ? x!.data.map(converters[dtype]) : []),
});

/**
 * Another dtype. Floats become integers by dropping the fraction, NaN becomes 0 and values out of range the nearest
 * integer; anything but ±0 becomes true.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = cast(g)` between floats, none elsewhere
 * @throws DTypeError for an unknown dtype
 * @example
 * evaluate(cast([-1.5, 2.5], "i32")); // → [-1, 2]
 */
export function cast(x: Operand, dtype: DType): Tensor {
  requireDType("cast", dtype);
  // A plain number is a double until it is cast: 0.1 to all digits of f64, 1e-50 true, 16777217 itself.
  const operand = strengthen("cast", x, isFloat(dtype) ? dtype : "f64");
  return operand.dtype === dtype ? operand : apply(castOp, [operand], { dtype });
}

/** What is not ±0, as `bool`. @throws DTypeError in the name of `op` */
export const toTruth = (op: string, x: Operand): Tensor => cast(strengthen(op, x, "f64"), "bool");
