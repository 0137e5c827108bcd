import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { emptyArray } from "../ndarray.ts";
import { checkOptionNames } from "../option-names.ts";
import { stridesOf } from "../shape.ts";
import { cast } from "./cast.ts";
import { checkNumbers, type Unary } from "./elementwise.ts";
import { type Operand, resolveAxis, toTensor } from "./operand.ts";

/** Which axis is put in order, and from which end. */
export interface Ordering {
  readonly axis: number;
  readonly descending: boolean;
}

/** Below 0 where `a` comes before `b`: NaN counts as largest, zeros of either sign are equal. */
const compare = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b || 0;

export const argsortOp: Op = defineOp<Unary, Ordering>({
  name: "argsort",
  rule: "[...s] → i32 [...s]",
  type([x]) {
    checkNumbers(this, x);
    return { shape: x.shape, dtype: "i32" };
  },
  evaluate([x], { axis, descending }, { shape }) {
    const y = emptyArray("i32", shape);
    const stride = stridesOf(shape)[axis]!;
    const length = shape[axis]!;
    const sign = descending ? -1 : 1;
    for (let row = 0; row < y.data.length; row += stride * length)
      for (let first = row; first < row + stride; first++) {
        const value = (i: number): number => x!.data[first + i * stride]!;
        const places = Array.from({ length }, (_, i) => i).sort((i, j) => sign * compare(value(i), value(j)));
        places.forEach((place, i) => {
          y.data[first + i * stride] = place;
        });
      }
    return y;
  },
  kernel: { kind: "sort", ordering: (ordering) => ordering },
  vjp: "none",
  batch: { attributes: ({ axis, descending }) => ({ axis: axis + 1, descending }) },
  decide: ([x], y) => y.data.slice(0, x!.data.length),
});

/** How a tensor is put in order. */
export interface SortOptions {
  /** @default -1 */
  readonly axis?: number;
  /** From the largest down. @default false */
  readonly descending?: boolean;
}

/**
 * Where the elements of a row stand in its order: `take(x, argsort(x))` is sorted. Equal elements keep their order, NaN
 * counts as largest. `i32`, no gradient.
 * Shapes: `x [...s]` → `[...s]`, along the last axis by default
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(argsort([30, 10, 20])); // → [1, 2, 0]
 * evaluate(argsort([1, 3, 3], { descending: true })); // → [1, 2, 0]
 */
export function argsort(x: Operand, options: SortOptions = {}): Tensor {
  const { axis = -1, descending = false } = checkOptionNames("argsort", options, "axis descending");
  const given = toTensor("argsort", x);
  const operand = given.dtype === "bool" ? cast(given, "i32") : given;
  return apply(argsortOp, [operand], { axis: resolveAxis("argsort", operand, axis), descending });
}
