import type { AttributesOf, OpName } from "../../src/all-ops.ts";
import type { DType } from "../../src/dtype.ts";
import { type ArrayValue, array, type NDArray } from "../../src/ndarray.ts";
import type { Shape } from "../../src/shape.ts";

/** One row of an op's sweep: operands and attributes at which reference, gradients and targets are compared. */
export interface Sample<Attributes = unknown> {
  readonly operands: readonly NDArray[];
  readonly attributes: Attributes;
}

/** The samples of some ops, by the names of their records. */
export type SamplesOf<Names extends OpName> = {
  readonly [Name in Names]: readonly Sample<AttributesOf<Name>>[];
};

/** Operands of an op's sweep. */
export const vector = (...values: number[]): NDArray => array(values, { dtype: "f64" });

export const nested = (value: ArrayValue, dtype: DType = "f64"): NDArray => array(value, { dtype });

export const integers = (value: ArrayValue): NDArray => array(value, { dtype: "i32" });

export const booleans = (value: ArrayValue): NDArray => array(value, { dtype: "bool" });

/** Distinct smooth values of either sign, none near zero: `(-1)ⁱ (0.3 + 0.37 i mod 1.7)`. */
export function filled(shape: Shape, shift = 0): NDArray {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float64Array.from({ length: size }, (_, i) => {
    const magnitude = 0.3 + (((i + shift) * 0.37) % 1.7);
    return (i + shift) % 2 === 0 ? magnitude : -magnitude;
  });
  return array(values, { shape });
}

/** Special values: ±0, ±Inf, NaN, the largest, the smallest and the smallest subnormal double. */
export const specials = (): NDArray =>
  vector(
    0,
    -0,
    Infinity,
    -Infinity,
    Number.NaN,
    1.7976931348623157e308,
    2.2250738585072014e-308,
    5e-324,
    -1e300,
  );

export const sample = <Attributes>(
  operands: readonly NDArray[],
  attributes: Attributes,
): Sample<Attributes> => ({
  operands,
  attributes,
});

export const plain = (...operands: NDArray[]): Sample<undefined> => ({ operands, attributes: undefined });
