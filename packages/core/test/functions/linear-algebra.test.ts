/** Factors and solutions: closed forms at bad condition, one matrix and batches of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  array,
  cholesky,
  compile,
  constant,
  det,
  evaluate,
  eye,
  grad,
  input,
  inverse,
  jvp,
  logDet,
  matmul,
  mul,
  type NDArray,
  solve,
  sum,
  swapAxes,
  type Tensor,
  triangularSolve,
  vmap,
} from "../../src/index.ts";
import { assertClose } from "../sweep/compare.ts";
import { losses } from "./matrix-losses.ts";

const double = (values: ArrayLike<number>, shape: readonly number[]): NDArray =>
  array(Float64Array.from(values), { shape });
const valueOf = (y: Tensor): NDArray => evaluate(y);

/** `1 / (i + j + 1)`: of condition 1.5 · 10¹⁰ at n = 8. */
const hilbert = (n: number): NDArray =>
  double(
    Array.from({ length: n * n }, (_, at) => 1 / (Math.floor(at / n) + (at % n) + 1)),
    [n, n],
  );

const binomial = (n: number, k: number): number => (k === 0 ? 1 : (binomial(n - 1, k - 1) * n) / k);

/** The inverse of a Hilbert matrix, whole numbers (Choi 1983, "Tricks or treats with the Hilbert matrix"). */
const inverseHilbert = (n: number): NDArray =>
  double(
    Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n) + 1, (at % n) + 1];
      const size =
        (i + j - 1) *
        binomial(n + i - 1, n - j) *
        binomial(n + j - 1, n - i) *
        binomial(i + j - 2, i - 1) ** 2;
      return (i + j) % 2 === 0 ? size : -size;
    }),
    [n, n],
  );

describe("bad condition", () => {
  test("a Hilbert matrix: errors are below its condition times the unit of rounding", () => {
    const bound = 1.5e10 * 2 ** -53 * 8;
    const exact = inverseHilbert(8);
    const largest = Math.max(...exact.data.map(Math.abs));
    assertClose("inverse", valueOf(inverse(hilbert(8))), exact, {
      relative: bound,
      absolute: largest * bound,
    });
    const ones = double(new Float64Array(8).fill(1), [8, 1]);
    const rows = valueOf(matmul(constant(hilbert(8)), constant(ones)));
    assertClose("solve", valueOf(solve(hilbert(8), rows)), ones, { relative: bound, absolute: bound });
    const L = cholesky(hilbert(8));
    assertClose("L Lᵀ", valueOf(matmul(L, swapAxes(L, 0, 1))), hilbert(8), {
      relative: 1e-15,
      absolute: 1e-16,
    });
    // det of the Hilbert matrix of order 5 is 1 / 266716800000.
    assertClose("det", valueOf(det(hilbert(5))), double([1 / 266716800000], []), {
      relative: 1e-11,
      absolute: 0,
    });
  });

  test("a Vandermonde matrix: its determinant is a product of differences", () => {
    const at = [0.5, 1, 1.5, 2, 3, 4];
    const rows = double(
      at.flatMap((x) => at.map((_, k) => x ** k)),
      [6, 6],
    );
    let expected = 1;
    at.forEach((x, i) => {
      for (const y of at.slice(0, i)) expected *= x - y;
    });
    assertClose("det", valueOf(det(rows)), double([expected], []), { relative: 1e-12, absolute: 0 });
    assertClose("log", valueOf(logDet(rows)), double([Math.log(Math.abs(expected))], []), {
      relative: 1e-11,
      absolute: 1e-11,
    });
  });

  test("what is singular, or not positive definite", () => {
    const singular = [
      [1, 2],
      [2, 4],
    ];
    expect(valueOf(det(singular)).item()).toBe(0);
    expect(valueOf(logDet(singular)).item()).toBe(-Infinity);
    expect(valueOf(inverse(singular)).data.every(Number.isFinite)).toBe(false);
    const indefinite = [
      [1, 2],
      [2, 1],
    ];
    expect(valueOf(cholesky(indefinite)).toNested()).toEqual([
      [Number.NaN, 0],
      [Number.NaN, Number.NaN],
    ]);
  });
});

/** Numbers for some matrices, none of which is near a singular one. */
const matrices = fc
  .record({
    n: fc.integer({ min: 1, max: 5 }),
    batch: fc.integer({ min: 1, max: 3 }),
    columns: fc.integer({ min: 1, max: 3 }),
    seed: fc.integer({ min: 0, max: 1000 }),
  })
  .map(({ n, batch, columns, seed }) => {
    const wave = (shape: readonly number[], shift: number): NDArray =>
      double(
        Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
          Math.sin(seed + shift + 1.7 * i * i),
        ),
        shape,
      );
    const far = add(wave([batch, n, n], 1), mul(eye(n, "f64"), n));
    // Rows the other way round: the pivots are nowhere on the diagonal.
    const flipped = matmul(
      constant(
        double(
          Array.from({ length: n * n }, (_, at) => Number((at % n) + Math.floor(at / n) === n - 1)),
          [n, n],
        ),
      ),
      far,
    );
    const factor = wave([batch, n, n], 2);
    const positive = add(matmul(constant(factor), swapAxes(constant(factor), 1, 2)), eye(n, "f64"));
    return { a: valueOf(flipped), positive: valueOf(positive), b: wave([batch, n, columns], 3) };
  });

test("definitions, on both targets, in batches, alone and under vmap", () => {
  fc.assert(
    fc.property(matrices, ({ a, positive, b }) => {
      const [A, P, B] = [
        input("A", a.shape, "f64"),
        input("P", positive.shape, "f64"),
        input("B", b.shape, "f64"),
      ];
      const n = a.shape[1]!;
      const L = cholesky(P);
      const outputs = {
        solved: matmul(A, solve(A, B)),
        inverted: matmul(inverse(A), A),
        factored: matmul(L, swapAxes(L, 1, 2)),
        lower: matmul(L, triangularSolve(L, B, { lower: true })),
        upper: matmul(swapAxes(L, 1, 2), triangularSolve(L, B, { lower: true, transposed: true })),
        logs: logDet(P),
        dets: det(A),
      };
      const feeds = { A: a, P: positive, B: b };
      const expected = evaluate(outputs, feeds);
      const run = compile({ inputs: { A, P, B }, outputs });
      const found = run(feeds);
      run.dispose();
      const close = { relative: 1e-11, absolute: 1e-11 };
      for (const [name, value] of Object.entries(expected))
        assertClose(name, found[name as "logs"], value, close);
      for (const name of ["solved", "lower", "upper"] as const) assertClose(name, expected[name], b, close);
      assertClose("factored", expected.factored, positive, close);
      const identity = valueOf(add(mul(constant(a), 0), eye(n, "f64")));
      assertClose("inverted", expected.inverted, identity, close);
      const one = vmap((a: Tensor, p: Tensor, b: Tensor) => ({
        solved: matmul(a, solve(a, b)),
        logs: logDet(p),
        dets: det(a),
        factored: matmul(cholesky(p), swapAxes(cholesky(p), 0, 1)),
      }))(constant(a), constant(positive), constant(b));
      for (const [name, value] of Object.entries(evaluate(one)))
        assertClose(name, value, expected[name as "logs"], close);
    }),
    runs(6),
  );
});

describe("gradients forwards are those backwards", () => {
  test.each(losses)("%s", (_, y, w) => {
    const tangent = constant(
      double(
        Array.from({ length: w.shape[0]! ** 2 }, (_, i) => Math.cos(i)),
        w.shape,
      ),
    );
    const [forward, backward] = evaluate([
      jvp(y, w, tangent),
      sum(mul(grad(y, w), tangent)),
    ]) as readonly NDArray[];
    assertClose("forward", forward!, backward!, { relative: 1e-11, absolute: 1e-12 });
  });
});

test("nothing at all: no matrices, no rows, no columns", () => {
  const empty = (...shape: number[]): NDArray => double([], shape);
  expect(valueOf(solve(empty(0, 2, 2), empty(0, 2, 3))).shape).toEqual([0, 2, 3]);
  expect(valueOf(solve([[2]], empty(1, 0))).shape).toEqual([1, 0]);
  expect(valueOf(triangularSolve(empty(2, 0, 0), empty(0, 3))).shape).toEqual([2, 0, 3]);
  expect(valueOf(cholesky(empty(0, 2, 2))).shape).toEqual([0, 2, 2]);
  expect(valueOf(inverse(empty(0, 3, 3))).shape).toEqual([0, 3, 3]);
  expect(valueOf(det(empty(0, 4, 4))).shape).toEqual([0]);
});

test("what is no matrix, or does not fit", () => {
  expect(() => cholesky([1, 2])).toThrow(/cholesky: a: expected matrices \[..., m, n\], received \[2\]/);
  expect(() => inverse([[1, 2]])).toThrow(/inverse: a: expected square matrices, received 1 × 2/);
  expect(() => det(constant([[1]], "i32"))).toThrow(/det: a: expected f32 or f64, received i32/);
  expect(() => solve([[1, 0], [0, 1]], [1, 2, 3])).toThrow(/solve: a \[2, 2\] and b \[3\] don't fit/); // biome-ignore format: a matrix
  expect(() => triangularSolve([[1]], [[1]], { lower: 1 as never })).toThrow(
    /triangularSolve: lower is true or false/,
  );
  expect(() => triangularSolve([[1]], [[1]], { uper: true } as never)).toThrow(/no option is called "uper"/);
});
