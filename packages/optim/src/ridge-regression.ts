import {
  type ArrayValue,
  array,
  checkOptionNames,
  checkOptionValues,
  GraphError,
  type NDArray,
  ShapeError,
} from "@org/core";
import { flag, nonNegative } from "./options.ts";

/** What `ridgeRegression` takes. */
export interface RidgeRegressionOptions {
  /** λ: how much large weights cost. @default 1e-6 */
  readonly penalty?: number;
  /** Whether there is a bias, which costs nothing. Without one `b` is zero. @default true */
  readonly intercept?: boolean;
}

/** Weights of an affine map `y = x W + b`, under the names that `Linear` of `@org/nn` has for them. */
export type RidgeWeights = {
  /** `[features, outputs]` */
  readonly W: NDArray;
  /** `[outputs]` */
  readonly b: NDArray;
};

/**
 * The affine map with the smallest squared error and weights, in closed form: `W = (XᵀX + λ I)⁻¹ Xᵀ Y`, with X and Y
 * less their means, and `b = ȳ - x̄ W`. Solved by Cholesky's method, in doubles. It is how read-outs of echo state
 * networks are found.
 * Shapes: `X [...s, features], Y [...s, outputs]`: rows of all leading axes count alike → `W [features, outputs],
 *   b [outputs]`, `f64`
 * Source: Hoerl & Kennard 1970; for read-outs Lukoševičius 2012, equation 9. scikit-learn's `Ridge` with `alpha` = λ.
 * @throws ShapeError where rows differ; GraphError for a penalty below 0, values that are not finite, and without a penalty
 *   for features that depend on each other
 * @example
 * const { W, b } = ridgeRegression([[0], [1], [2]], [[1], [3], [5]], { penalty: 0 });
 * W; // → [[2]]
 * b; // → [1]
 */
export function ridgeRegression(
  X: ArrayValue,
  Y: ArrayValue,
  options: RidgeRegressionOptions = {},
): RidgeWeights {
  const { penalty = 1e-6, intercept = true } = checkOptionNames(
    "ridgeRegression",
    options,
    "penalty intercept",
  );
  const [x, y] = [columnsOf(X), columnsOf(Y)];
  if (x.rows.join() !== y.rows.join()) {
    throw new ShapeError({
      op: "ridgeRegression",
      problem: "X and Y have different rows",
      operands: [
        { label: "X", shape: [...x.rows, x.columns.length] },
        { label: "Y", shape: [...y.rows, y.columns.length] },
      ],
      rule: "X [...s, features], Y [...s, outputs]",
    });
  }
  checkOptionValues("ridgeRegression", { penalty: [penalty, nonNegative], intercept: [intercept, flag] });
  const xMeans = x.columns.map((column) => (intercept ? center(column) : 0));
  const yMeans = y.columns.map((column) => (intercept ? center(column) : 0));
  const gram = x.columns.map((a, i) =>
    Float64Array.from(x.columns, (b, j) => inner(a, b) + (i === j ? penalty : 0)),
  );
  const L = cholesky(gram);
  const weights = y.columns.map((target) =>
    solve(
      L,
      Float64Array.from(x.columns, (a) => inner(a, target)),
    ),
  );
  const W = Float64Array.from(x.columns.flatMap((_, i) => weights.map((column) => column[i]!)));
  const b = Float64Array.from(
    weights,
    (column, k) => yMeans[k]! - xMeans.reduce((total, mean, i) => total + mean * column[i]!, 0),
  );
  return { W: array(W, { shape: [x.columns.length, y.columns.length] }), b: array(b) };
}

/** The columns of a value's last axis, and the lengths of the others. */
function columnsOf(value: ArrayValue): { columns: Float64Array[]; rows: readonly number[] } {
  const { shape, data } = array(value, { dtype: "f64" }, "ridgeRegression");
  const width = shape.at(-1) ?? 0;
  if (shape.length < 2) {
    throw new ShapeError({
      op: "ridgeRegression",
      problem: `expected rows and columns, received [${shape.join(", ")}]`,
    });
  }
  if (!data.every(Number.isFinite)) throw refuse("expected finite numbers, received NaN or an infinity");
  const count = width === 0 ? 0 : data.length / width;
  const columns = Array.from({ length: width }, (_, j) =>
    Float64Array.from({ length: count }, (_, i) => data[i * width + j]!),
  );
  return { columns, rows: shape.slice(0, -1) };
}

/** Takes the mean off a column, and returns it. */
function center(column: Float64Array): number {
  if (column.length === 0) return 0;
  const mean = column.reduce((a, b) => a + b, 0) / column.length;
  column.forEach((value, i) => {
    column[i] = value - mean;
  });
  return mean;
}

const inner = (a: Float64Array, b: Float64Array, count: number = a.length): number => {
  let total = 0;
  for (let i = 0; i < count; i++) total += a[i]! * b[i]!;
  return total;
};

/** L, lower triangular, with `A = L Lᵀ`. @throws GraphError where A is not positive definite */
function cholesky(A: readonly Float64Array[]): Float64Array[] {
  const L = A.map((row) => new Float64Array(row.length));
  A.forEach((row, i) => {
    const own = L[i]!;
    for (let j = 0; j < i; j++) own[j] = (row[j]! - inner(own, L[j]!, j)) / L[j]![j]!;
    const rest = row[i]! - inner(own, own, i);
    if (!(rest > row[i]! * A.length * Number.EPSILON)) {
      throw refuse(`feature ${i} depends on those before it; a larger penalty tells them apart`);
    }
    own[i] = Math.sqrt(rest);
  });
  return L;
}

/** x with `L Lᵀ x = b`. */
function solve(L: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = b.slice();
  L.forEach((row, i) => {
    x[i] = (x[i]! - inner(row, x, i)) / row[i]!;
  });
  for (let i = x.length - 1; i >= 0; i--) {
    x[i]! /= L[i]![i]!;
    for (let j = 0; j < i; j++) x[j]! -= L[i]![j]! * x[i]!;
  }
  return x;
}

const refuse = (problem: string): GraphError => new GraphError({ op: "ridgeRegression", problem });
