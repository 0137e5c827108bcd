/** Conjugate gradients against SciPy, the exact solution, and the ways in which they can end. */
import { compile, gaussNewtonProduct, input, matmul, mean, parameter, square, sub } from "@org/core";
import { type ConjugateGradientsOptions, conjugateGradients } from "@org/optim";
import fc from "fast-check";
import { expect, test } from "vitest";

type Matrix = readonly (readonly number[])[];
const times =
  (A: Matrix) =>
  (v: ArrayLike<number>): number[] =>
    A.map((row) => row.reduce((total, value, j) => total + value * v[j]!, 0));

/** SciPy 1.17.1: `scipy.linalg.hilbert(5)` with 0.01 on the diagonal, and `cg(A, ones, rtol=0, maxiter=k)`. */
const hilbert = Array.from({ length: 5 }, (_, i) =>
  Array.from({ length: 5 }, (_, j) => 1 / (i + j + 1) + (i === j ? 0.01 : 0)),
);
const ones = [1, 1, 1, 1, 1];
const scipy: readonly { k: number; x: number[]; preconditioned: number[] }[] = [
  {
    k: 1,
    x: [0.768480117101732, 0.768480117101732, 0.768480117101732, 0.768480117101732, 0.768480117101732],
    preconditioned: [
      0.24794668180779755, 0.7293965493957539, 1.1925054696470263, 1.6383019068982512, 2.0677388418650278,
    ],
  },
  {
    k: 2,
    x: [-1.6055212516586836, 0.9986176684515828, 2.1146772056416983, 2.7657119356692648, 3.1997350890209764],
    preconditioned: [
      -1.2473612473065963, -0.8777053409453794, 0.990995539273881, 3.5117658448916416, 6.3471086190439925,
    ],
  },
  {
    k: 3,
    x: [0.6816786117079743, -5.7068337249174235, -0.41195316942905524, 5.204972664907778, 10.014114313189305],
    preconditioned: [
      0.39243139651002634, -3.917275388796992, -2.1991451830852036, 3.693444747898697, 11.83047727680385,
    ],
  },
  {
    k: 4,
    x: [0.5496075479437859, -4.735452880336535, -1.6115351842957932, 4.50840802538997, 11.1134920227358],
    preconditioned: [
      0.5312035681221803, -4.5999122592256, -1.8724436286661181, 4.68308338959625, 11.081338120979387,
    ],
  },
];

test.each(scipy)("after $k iterations where SciPy is", ({ k, x, preconditioned }) => {
  const options = { iterations: k, tolerance: 0 };
  const plain = conjugateGradients(times(hilbert), ones, options);
  expect(plain.ended).toBe("iterations");
  plain.x.forEach((value, i) => {
    expect(value).toBeCloseTo(x[i]!, 9);
  });
  const preconditioner = hilbert.map((row, i) => row[i]!);
  conjugateGradients(times(hilbert), ones, { ...options, preconditioner }).x.forEach((value, i) => {
    expect(value).toBeCloseTo(preconditioned[i]!, 9);
  });
});

test("solves what is positive definite, from anywhere and with any preconditioner, in n steps and a few", () => {
  const numbers = (n: number) =>
    fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: n, maxLength: n });
  const drawn = fc.nat(6).chain((less) => {
    const n = less + 1;
    const scale = fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: n, maxLength: n });
    return fc.tuple(fc.array(numbers(n), { minLength: n, maxLength: n }), numbers(n), numbers(n), scale);
  });
  fc.assert(
    fc.property(drawn, ([B, solution, start, preconditioner]) => {
      // BᵀB + I
      const A = B.map((_, i) =>
        B.map((_, j) => B.reduce((total, row) => total + row[i]! * row[j]!, i === j ? 1 : 0)),
      );
      const b = times(A)(solution);
      fc.pre(Math.hypot(...b) > 1e-3); // the tolerance is relative to b, rounding to the start
      const { x, ended, residual } = conjugateGradients(times(A), b, {
        start,
        preconditioner,
        iterations: 40,
        tolerance: 1e-9,
      });
      expect(ended).toBe("tolerance");
      expect(residual).toBeLessThanOrEqual(1e-9 * Math.hypot(...b));
      x.forEach((value, i) => {
        expect(Math.abs(value - solution[i]!)).toBeLessThan(1e-7);
      });
    }),
  );
});

test("Newton's step of a linear least squares problem is its solution: products of a compiled graph", () => {
  const X = input("X", [4, 2], "f64");
  const w = parameter("w", [0, 0], "f64");
  const v = input("v", [2], "f64");
  const y = matmul(X, w);
  const loss = mean(square(sub(y, [1, 3, 5, 7])));
  const run = compile({ inputs: { X, v }, outputs: { Gv: gaussNewtonProduct(loss, y, w, v) } });
  const rows = [
    [1, 0],
    [1, 1],
    [1, 2],
    [1, 3],
  ];
  // -∂loss/∂w at 0: 2/4 Xᵀ t
  const { x } = conjugateGradients((v) => run({ X: rows, v }).Gv.data as Float64Array, [8, 17]);
  expect(x[0]).toBeCloseTo(1, 9);
  expect(x[1]).toBeCloseTo(2, 9);
});

const spread = Array.from({ length: 400 }, (_, i) => 1 + i ** 2);
const diagonal = (v: Float64Array): Float64Array => v.map((value, i) => spread[i]! * value);

test("how it ends", () => {
  const end = (A: Matrix, b: number[], options?: ConjugateGradientsOptions) =>
    conjugateGradients(times(A), b, options);
  const one = [[1]];
  expect(end(one, [0])).toEqual({ x: Float64Array.of(0), iterations: 0, residual: 0, ended: "tolerance" });
  expect(end(one, [0], { start: [3] })).toMatchObject({ x: Float64Array.of(0), ended: "tolerance" });
  expect(end(one, [5], { start: [5] })).toMatchObject({ iterations: 0, ended: "tolerance" });
  expect(
    end(
      [
        [1, 0],
        [0, -1],
      ],
      [1, 0],
    ),
  ).toMatchObject({ iterations: 1, ended: "tolerance" });
  expect(
    end(
      [
        [1, 0],
        [0, -1],
      ],
      [0, 1],
    ),
  ).toMatchObject({ iterations: 0, ended: "curvature" });
  const b = spread.map(() => 1);
  const whole = conjugateGradients(diagonal, b, { iterations: 4000 });
  const enough = conjugateGradients(diagonal, b, { iterations: 4000, progress: 5e-4 });
  expect([whole.ended, enough.ended]).toEqual(["tolerance", "progress"]);
  expect(enough.iterations).toBeLessThan(0.75 * whole.iterations);
  const phi = ({ x }: { x: Float64Array }): number =>
    x.reduce((total, value, i) => total + 0.5 * spread[i]! * value * value - value, 0);
  expect(phi(enough)).toBeLessThan(0.95 * phi(whole));
});

test.each([1e-310, 1e-200, 1e200])("right sides of %d", (scale) => {
  const { x, ended } = conjugateGradients(
    times([
      [4, 1],
      [1, 3],
    ]),
    [scale, 2 * scale],
  );
  expect(ended).toBe("tolerance");
  expect(x[0]! / scale).toBeCloseTo(1 / 11, 9);
  expect(x[1]! / scale).toBeCloseTo(7 / 11, 9);
});

test("neither what it is given nor what A is given changes", () => {
  const [b, start] = [Float64Array.of(1, 2), Float64Array.of(3, 4)];
  conjugateGradients((v) => v.map((_, i) => (v[i]! *= 2)), b, { start }); // a product in place
  expect([b, start]).toEqual([Float64Array.of(1, 2), Float64Array.of(3, 4)]);
});

test("what it refuses", () => {
  const A = (v: Float64Array): Float64Array => v;
  const refused = (
    A: (v: Float64Array) => ArrayLike<number>,
    options?: ConjugateGradientsOptions,
  ): string => {
    try {
      conjugateGradients(A, [1, 2], options);
    } catch (error) {
      return String(error);
    }
    return "nothing";
  };
  expect(
    [
      refused(A, { iterations: 0 }),
      refused(A, { tolerance: -1 }),
      refused(A, { progress: Number.NaN }),
      refused(A, { start: [1] }),
      refused(A, { preconditioner: [1, 0] }),
      refused(() => [1]),
      refused(() => [1, Number.NaN]),
    ].join("\n"),
  ).toMatchInlineSnapshot(`
    "GraphError: conjugateGradients: iterations is a whole number from 1, received 0
    GraphError: conjugateGradients: tolerance is a finite number from 0, received -1
    GraphError: conjugateGradients: progress is a finite number from 0, received NaN
    GraphError: conjugateGradients: expected start to have 2 numbers, received 1
    GraphError: conjugateGradients: expected a preconditioner above 0, received 0
    GraphError: conjugateGradients: expected the product to have 2 numbers, received 1
    GraphError: conjugateGradients: expected the product to be finite, received NaN"
  `);
});
