import { constant, evaluate, GraphError, type NDArray, type Operand, ShapeError, Tensor } from "@org/core";

/** A matrix as rows of doubles, for the numerical methods of this folder. */
export type Rows = Float64Array[];

/** A complex number. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** The rows of a value. @throws ShapeError for what is no matrix; GraphError for elements that are not finite */
export function rowsOf(op: string, x: Operand): Rows {
  const { shape, data } = valueOf(x);
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows === undefined || columns === undefined) {
    throw new ShapeError({ op, problem: `expected a matrix, received [${shape.join(", ")}]` });
  }
  if (!data.every(Number.isFinite)) {
    throw new GraphError({ op, problem: "expected finite numbers, received NaN or an infinity" });
  }
  return Array.from({ length: rows }, (_, i) =>
    Float64Array.from(data.subarray(i * columns, (i + 1) * columns)),
  );
}

/** A value, or that of a tensor, in doubles. */
export const valueOf = (x: Operand): NDArray =>
  evaluate(x instanceof Tensor ? x : constant(x, "f64"), {}, { promote: true });

export const identityRows = (size: number): Rows =>
  Array.from({ length: size }, (_, i) => {
    const row = new Float64Array(size);
    row[i] = 1;
    return row;
  });

export const transposed = (a: Rows): Rows =>
  Array.from(a[0] ?? [], (_, j) => Float64Array.from(a, (row) => row[j]!));

/** `a b`. */
export const product = (a: Rows, b: Rows): Rows => {
  const columns = transposed(b);
  return a.map((row) => Float64Array.from(columns, (column) => inner(row, column)));
};

export const inner = (a: Float64Array, b: Float64Array): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
};

/** √(re² + im²) without overflow; `Math.hypot` may end in other bits on another engine. */
export const modulus = ({ re, im }: Complex): number => {
  const [small, large] = [Math.abs(re), Math.abs(im)].sort((a, b) => a - b) as [number, number];
  return large === 0 ? 0 : large * Math.sqrt(1 + (small / large) * (small / large));
};
