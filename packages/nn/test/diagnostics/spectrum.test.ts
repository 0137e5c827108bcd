/** CHECKLIST B14: eigenvalues and eigenvectors, real and complex, put the matrix together again. */
import { evaluate, matmul, type NDArray, transpose } from "@org/core";
import { init, spectrum } from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, values } from "../values.ts";

type Matrix = number[][];

/** `X` with `A X = B`, by Gauss's elimination with pivots. */
function solve(A: Matrix, B: Matrix): Matrix {
  const rows = A.map((row, i) => [...row, ...B[i]!]);
  rows.forEach((_, k) => {
    const pivot = rows
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? k + i : best), k);
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    rows.forEach((row, i) => {
      if (i === k) return;
      const factor = row[k]! / rows[k]![k]!;
      rows[k]!.forEach((x, j) => {
        row[j]! -= factor * x;
      });
    });
  });
  return rows.map((row, i) => row.slice(A.length).map((x) => x / row[i]!));
}

const times = (A: Matrix, B: Matrix): Matrix =>
  A.map((row) => B[0]!.map((_, j) => row.reduce((total, a, k) => total + a * B[k]![j]!, 0)));

/** Complex matrices as real ones of twice the size: `[A, -B; B, A]` for A + iB. */
const embedded = (re: Matrix, im: Matrix): Matrix => [
  ...re.map((row, i) => [...row, ...im[i]!.map((x) => -x)]),
  ...im.map((row, i) => [...row, ...re[i]!]),
];

/** P Λ P⁻¹, as a real matrix of twice the size. */
function rebuilt(W: NDArray): Matrix {
  const { eigenvalues, eigenvectors } = spectrum(W);
  const P = embedded(eigenvectors.re.toNested() as Matrix, eigenvectors.im.toNested() as Matrix);
  const diagonal = (part: "re" | "im"): Matrix =>
    eigenvalues.map((value, i) => eigenvalues.map((_, j) => (i === j ? value[part] : 0)));
  const Λ = embedded(diagonal("re"), diagonal("im"));
  const flipped = (A: Matrix): Matrix => A[0]!.map((_, j) => A.map((row) => row[j]!));
  // P Λ P⁻¹ = ((Pᵀ)⁻¹ (P Λ)ᵀ)ᵀ
  return flipped(solve(flipped(P), flipped(times(P, Λ))));
}

describe.each([1, 2, 3, 5, 12, 40])("a random matrix of size %i", (size) => {
  const W = values(size, size, size);
  const { eigenvalues, singularValues, spectralNorm, spectralRadius, residual } = spectrum(W);
  const numbers = W.toNested() as Matrix;

  test("B14: P Λ P⁻¹ is the matrix, and nothing imaginary is left", () => {
    const all = rebuilt(W);
    expectClose(
      all.slice(0, size).map((row) => row.slice(0, size)),
      numbers,
      1e-11,
    );
    expectClose(
      all.slice(size).map((row) => row.slice(0, size)),
      numbers.map((row) => row.map(() => 0)),
      1e-11,
    );
    expect(residual).toBeLessThan(1e-13);
  });

  test("sums: trace and Frobenius norm", () => {
    const trace = numbers.reduce((total, row, i) => total + row[i]!, 0);
    expect(eigenvalues.reduce((total, { re }) => total + re, 0)).toBeCloseTo(trace, 11);
    expect(eigenvalues.reduce((total, { im }) => total + im, 0)).toBe(0);
    const squares = numbers.flat().reduce((total, x) => total + x * x, 0);
    expect(singularValues.reduce((total, x) => total + x * x, 0) / squares).toBeCloseTo(1, 12);
  });

  test("singular values are the roots of the eigenvalues of W Wᵀ; the largest bounds the eigenvalues", () => {
    const gram = spectrum(evaluate(matmul(W, transpose(W)))).eigenvalues;
    expectClose(
      Float64Array.from(gram, ({ re }) => Math.sqrt(Math.max(0, re))),
      singularValues,
      1e-6,
    );
    expect(spectralRadius).toBeLessThanOrEqual(spectralNorm * (1 + 1e-14));
  });

  test("the transpose has the same", () => {
    const other = spectrum(transpose(W));
    expectClose(other.singularValues, singularValues, 1e-12);
    expectClose(
      Float64Array.from(other.eigenvalues, ({ re }) => re),
      Float64Array.from(eigenvalues, ({ re }) => re),
      1e-10,
    );
  });
});

describe("matrices whose eigenvalues are known", () => {
  const rounded = (W: Matrix): string[] =>
    spectrum(W).eigenvalues.map(({ re, im }) =>
      `${(re + 0).toFixed(6)} ${(im + 0).toFixed(6)}`.replace(/-(0\.0+)\b/g, "$1"),
    );

  test("the companion of (x - 1)(x - 2)(x - 3)(x - 4)", () => {
    expect(
      rounded([
        [10, -35, 50, -24],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
      ]),
    ).toEqual(["4.000000 0.000000", "3.000000 0.000000", "2.000000 0.000000", "1.000000 0.000000"]);
  });

  test("the companion of x⁴ = 1, all of one modulus", () => {
    expect(
      rounded([
        [0, 0, 0, 1],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
      ]).sort(),
    ).toEqual(["0.000000 1.000000", "0.000000 -1.000000", "-1.000000 0.000000", "1.000000 0.000000"].sort());
  });

  test("an orthogonal matrix: all singular values 1, all eigenvalues on the unit circle", () => {
    const { eigenvalues, singularValues } = spectrum(init.orthogonal([9, 9], { seed: 2, dtype: "f64" }));
    expectClose(singularValues, new Float64Array(9).fill(1), 1e-14);
    expectClose(
      Float64Array.from(eigenvalues, ({ re, im }) => re * re + im * im),
      new Float64Array(9).fill(1),
      1e-13,
    );
  });

  test("a matrix that cannot be diagonalised", () => {
    const { eigenvalues, residual } = spectrum([
      [2, 1, 0],
      [0, 2, 1],
      [0, 0, 2],
    ]);
    expect(eigenvalues.map(({ re }) => re)).toEqual([2, 2, 2]);
    expect(residual).toBeLessThan(1e-14);
  });

  test("zeros, one number, nothing, very large and very small", () => {
    expect(
      spectrum([
        [0, 0],
        [0, 0],
      ]),
    ).toMatchObject({ spectralRadius: 0, spectralNorm: 0, residual: 0 });
    expect(spectrum([[-3]])).toMatchObject({ spectralRadius: 3, spectralNorm: 3 });
    expect(spectrum(init.identity([0, 0])).eigenvalues).toEqual([]);
    expect(
      spectrum([
        [0, 1e150],
        [-1e150, 0],
      ]).spectralRadius,
    ).toBe(1e150);
    expect(
      spectrum([
        [1e-150, 0],
        [0, 2e-150],
      ]).spectralRadius,
    ).toBe(2e-150);
  });
});

test("what is no square matrix of finite numbers", () => {
  expect(() => spectrum([1, 2])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: spectrum: expected a matrix, received [2]]`,
  );
  expect(() => spectrum([[1, 2]])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: spectrum: expected a square matrix, received [1, 2]]`,
  );
  expect(() =>
    spectrum([
      [1, 2],
      [3, Number.POSITIVE_INFINITY],
    ]),
  ).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: spectrum: expected finite numbers, received NaN or an infinity]`,
  );
});
