import { array, type NDArray, type Operand, ShapeError } from "@org/core";
import { eigen } from "../matrix/eigen.ts";
import { type Complex, modulus, type Rows, rowsOf } from "../matrix/rows.ts";
import { singularValues } from "../matrix/singular-values.ts";

/** What a recurrent matrix does to vectors: in the long run (eigenvalues) and in one step (singular values). */
export interface Spectrum {
  /** The largest modulus first, conjugates side by side. */
  readonly eigenvalues: readonly Complex[];
  /** Column i belongs to eigenvalue i and has length 1: real and imaginary parts, `[size, size]` each. */
  readonly eigenvectors: { readonly re: NDArray; readonly im: NDArray };
  /** The largest first. */
  readonly singularValues: Float64Array;
  /** ρ, the largest modulus of an eigenvalue: `|Wⁿ|` grows or shrinks like ρⁿ for large n. */
  readonly spectralRadius: number;
  /** σ, the largest singular value: no step makes a vector longer than this. Never below ρ. */
  readonly spectralNorm: number;
  /** `|W P - P Λ| / |W|` (Frobenius): how well eigenvalues and eigenvectors explain the matrix. */
  readonly residual: number;
}

/**
 * Eigenvalues, eigenvectors and singular values of a square matrix: `W P = P Λ`. A matrix and its transpose have the
 * same eigenvalues and singular values, so it does not matter that rows are multiplied (`h W`).
 * Shapes: `W [size, size]`: a value, or a tensor that needs no feeds; computed in doubles
 * A matrix that cannot be diagonalised gets nearly parallel eigenvectors: `residual` is small all the same, but P has
 * no inverse worth having.
 * @throws ShapeError for what is no square matrix; GraphError for elements that are not finite
 * @example
 * const { eigenvalues, spectralRadius, spectralNorm } = spectrum([[0.5, 8], [0, 0.25]]);
 * eigenvalues[0]; // → { re: 0.5, im: 0 }
 * spectralNorm > 8; // → true
 * spectrum([[0, 1], [-1, 0]]).eigenvalues; // → [{ re: 0, im: 1 }, { re: 0, im: -1 }]
 */
export function spectrum(W: Operand): Spectrum {
  const A = rowsOf("spectrum", W);
  if (A.some((row) => row.length !== A.length)) {
    const problem = `expected a square matrix, received [${A.length}, ${A[0]!.length}]`;
    throw new ShapeError({ op: "spectrum", problem });
  }
  const { values, vectors } = eigen(A);
  const singular = singularValues(A);
  const part = (which: "re" | "im"): NDArray =>
    array(Float64Array.from(A.flatMap((_, i) => vectors.map((vector) => vector[i]![which]))), {
      shape: [A.length, A.length],
    });
  return {
    eigenvalues: values,
    eigenvectors: { re: part("re"), im: part("im") },
    singularValues: singular,
    spectralRadius: values[0] ? modulus(values[0]) : 0,
    spectralNorm: singular[0] ?? 0,
    residual: residual(A, values, vectors),
  };
}

function residual(A: Rows, values: readonly Complex[], vectors: readonly (readonly Complex[])[]): number {
  let [off, all] = [0, 0];
  for (const row of A) for (const a of row) all += a * a;
  values.forEach(({ re, im }, k) => {
    const v = vectors[k]!;
    A.forEach((row, i) => {
      let [x, y] = [im * v[i]!.im - re * v[i]!.re, -re * v[i]!.im - im * v[i]!.re];
      row.forEach((a, j) => {
        x += a * v[j]!.re;
        y += a * v[j]!.im;
      });
      off += x * x + y * y;
    });
  });
  return all === 0 ? 0 : Math.sqrt(off / all);
}
