import type { DType } from "../dtype.ts";
import type { Shape } from "../shape.ts";
import type { IndexCheck } from "./index-check.ts";
import type { TensorType } from "./tensor.ts";

/** One element of an expression, as a target's emitter made it. */
export interface Scalar {
  readonly dtype: DType;
}

/** Elementwise functions that every target has, in both float dtypes and no other. */
export type ScalarFunction =
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sqrt"
  | "rsqrt"
  | "sin"
  | "cos"
  | "tanh"
  | "sigmoid"
  | "softplus"
  | "erf"
  | "floor"
  | "round"
  | "abs"
  | "neg";

export type ScalarOperation = "add" | "sub" | "mul" | "div" | "min" | "max" | "pow";
export type ScalarComparison = "equal" | "notEqual" | "less" | "lessEqual" | "greater" | "greaterEqual";

/**
 * Writes the expression of one element; each target has its own. Operands of one call have one dtype. `i32` wraps;
 * `min` and `max` give NaN for NaN and order -0 below 0; `round` takes halves to the even number.
 */
export interface Emitter {
  constant(value: number, dtype: DType): Scalar;
  /** The row-major position of the element in its tensor, `i32`. */
  position(): Scalar;
  apply(name: ScalarFunction, x: Scalar): Scalar;
  combine(name: ScalarOperation, a: Scalar, b: Scalar): Scalar;
  /** Of numbers, gives `bool`; comparisons with NaN are false, except `notEqual`. */
  compare(name: ScalarComparison, a: Scalar, b: Scalar): Scalar;
  /** Bitwise for `i32`, logical for `bool`. */
  bits(name: "and" | "or" | "xor", a: Scalar, b: Scalar): Scalar;
  not(x: Scalar): Scalar;
  /** Of an `i32`; to the right, zeros come in. */
  shift(direction: "left" | "right", x: Scalar, bits: number): Scalar;
  /** `a` where the condition holds, else `b`, which have any dtype. */
  choose(condition: Scalar, a: Scalar, b: Scalar): Scalar;
  /** As the op `cast`: to `i32` by dropping the fraction, limited to its range, NaN to 0; to `bool` by `x ≠ 0`. */
  cast(x: Scalar, dtype: DType): Scalar;
}

/** Where the elements of a tensor lie in a buffer: strides and offset count elements. */
export interface Layout {
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** An operand of a map, as the map reads it. */
export interface Reading {
  /** Which input of the node. */
  readonly input: number;
  /** Its elements in the shape of the result. */
  readonly layout: Layout;
}

/**
 * How targets compute an op. Ops give expressions or name a kind of kernel; kernels own the loops. Fields that take
 * attributes are methods, so that the rule of any op is a `KernelRule<unknown>`.
 */
export type KernelRule<Attributes = unknown> =
  /** Each element from the elements at the same place. */
  | {
      readonly kind: "map";
      /** What `emit` receives, where that is not every input at the element's own place. */
      operands?(inputs: readonly Layout[], attributes: Attributes, type: TensorType): readonly Reading[];
      emit(e: Emitter, operands: readonly Scalar[], attributes: Attributes, type: TensorType): Scalar;
    }
  /** The elements of the first operand seen in another order; undefined where strides cannot say it. */
  | {
      readonly kind: "view";
      view(x: Layout, attributes: Attributes, type: TensorType): Layout | undefined;
    }
  /** Each element from a row of elements. */
  | {
      readonly kind: "reduce";
      readonly combine: "sum" | "max" | "min" | "argmax" | "argmin";
      axes(attributes: Attributes): readonly number[];
    }
  /** Running sums along an axis. */
  | { readonly kind: "cumulative"; axis(attributes: Attributes): number }
  /** Where the elements along an axis stand in their order, `i32`; equal ones keep it, NaN is largest. */
  | {
      readonly kind: "sort";
      ordering(attributes: Attributes): { readonly axis: number; readonly descending: boolean };
    }
  /** Operands side by side in one result: operand i fills the elements of layout i, `fill` the others. */
  | {
      readonly kind: "assemble";
      fill?(attributes: Attributes): number;
      places(y: Layout, operands: readonly TensorType[], attributes: Attributes): readonly Layout[];
    }
  /** The operand added up in the places of a layout of the result, which may name a place repeatedly. */
  | { readonly kind: "overlap"; place(y: Layout, attributes: Attributes): Layout }
  /** Rows by index, the second operand: copied, or added to. The kernel checks each index. */
  | { readonly kind: "gather" | "scatterAdd"; check(attributes: Attributes): IndexCheck }
  | { readonly kind: "product" | "dynamicSlice" | "dynamicUpdateSlice" }
  /** Named by the walker itself: values from outside, and ops with a body. */
  | { readonly kind: "constant" | "parameter" | "bound" | "loop" | "call" };
