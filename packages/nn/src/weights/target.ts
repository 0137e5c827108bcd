import { array, type NDArray, type Parameter } from "@org/core";

/** A part of a model: the tensors that another framework has for it, and what becomes of them. */
export interface Target {
  /** By that framework's names. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** The value of each parameter, from values of these shapes. */
  convert(values: Readonly<Record<string, NDArray>>): readonly (readonly [Parameter, Float64Array])[];
}

/** One that also goes the other way. */
export interface TwoWayTarget extends Target {
  /** Values of these shapes, from those of the parameters: `convert` turned round. */
  values(): Record<string, NDArray>;
}

/** Parameters that the framework has as they are, by its names. */
export function whole(named: Readonly<Record<string, Parameter | undefined>>): TwoWayTarget {
  const present = Object.entries(named).filter((entry): entry is [string, Parameter] => !!entry[1]);
  return {
    shapes: Object.fromEntries(present.map(([name, { shape }]) => [name, shape])),
    convert: (values) => present.map(([name, parameter]) => [parameter, numbers(values[name]!)]),
    values: () => Object.fromEntries(present.map(([name, { value }]) => [name, value])),
  };
}

/** Values in the dtype of a parameter. */
export const arrayLike = ({ dtype }: Parameter, shape: readonly number[], values: Float64Array): NDArray =>
  array(values, { shape, dtype });

export const numbers = ({ data }: NDArray): Float64Array => new Float64Array(data);

export const transposed = (matrix: NDArray): Float64Array => transpose(numbers(matrix), matrix.shape[0]!);

/** `[rows, columns]` → `[columns, rows]` */
export function transpose(values: Float64Array, rows: number): Float64Array {
  const columns = values.length / rows;
  const result = new Float64Array(values.length);
  let at = 0;
  for (let column = 0; column < columns; column++) {
    for (let i = column; i < values.length; i += columns) result[at++] = values[i]!;
  }
  return result;
}
