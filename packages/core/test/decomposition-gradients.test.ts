/** qr, eigh, svd: gradients to the third order, by differences, and where values are equal, in closed form. */
import { checkGradients } from "@org/core/testing";
import { describe, expect, test } from "vitest";
import {
  add,
  constant,
  det,
  eigh,
  evaluate,
  grad,
  inverse,
  jvp,
  log,
  logDet,
  matmul,
  mul,
  parameter,
  qr,
  sin,
  slice,
  square,
  sum,
  svd,
  type Tensor,
  vmap,
} from "../src/index.ts";
import { close, double, symmetric, turned, wave } from "./samples/matrices.ts";
import { assertClose } from "./sweep/compare.ts";

describe("gradients are those of differences to the third order, forwards too", () => {
  const weighed = (x: Tensor, shift: number): Tensor => sum(mul(x, wave(x.shape, shift)));
  const cases: Readonly<Record<string, (a: Tensor) => Tensor>> = {
    qr: (a) => {
      const { Q, R } = qr(a);
      return add(weighed(Q, 1), weighed(sin(R), 2));
    },
    svd: (a) => {
      const { U, s, V } = svd(a);
      return add(weighed(U, 1), weighed(V, 2), sum(sin(s)));
    },
    eigh: (a) => {
      const { values, vectors } = eigh(a);
      return add(weighed(vectors, 1), sum(sin(values)));
    },
  };
  test.each([
    ["qr", [2, 2, 2]],
    ["qr", [3, 2]],
    ["qr", [2, 4]],
    ["svd", [2, 2]],
    ["svd", [4, 2]],
    ["svd", [2, 3]],
    ["eigh", [3, 3]],
    ["eigh", [2, 2, 2]],
  ] as const)("%s %s", (name, shape) => {
    const a = parameter("a", wave(shape));
    const y = cases[name]!(a);
    const along = { mode: "directions", directions: 2 } as const;
    expect(checkGradients(y, a, { order: 2, ...along }).passed).toBe(true);
    expect(checkGradients(sum(square(grad(y, a))), a, { ...along, directions: 1 }).passed).toBe(true);
    const tangent = wave(shape, 3);
    const both = evaluate([jvp(y, a, constant(tangent)), sum(mul(grad(y, a), tangent))]);
    assertClose("forward", both[0]!, both[1]!, close);
  });

  /** Of vectors of three, a matrix that turns around is not the same on both sides; of several matrices, each has its own number. */
  test.each([
    ["svd", [4, 3], (a: Tensor) => cases.svd!(a)],
    ["det", [2, 4, 4], (a: Tensor) => weighed(det(a), 1)],
    ["logDet", [3, 4, 4], (a: Tensor) => weighed(logDet(a), 1)],
  ] as const)("the first of %s %s", (_, shape, f) => {
    const a = parameter("a", wave(shape));
    expect(checkGradients(f(a), a, { mode: "directions", directions: 4 }).passed).toBe(true);
  });

  test("under vmap they are those of each matrix", () => {
    const value = wave([3, 2, 2]);
    const slope = (a: Tensor): Tensor => grad(cases.svd!(a), a);
    const all = evaluate(vmap(slope)(constant(value)));
    for (let i = 0; i < 3; i++) {
      const one = constant(double(value.data.slice(4 * i, 4 * i + 4), [2, 2]));
      assertClose(`${i}`, double(all.data.slice(4 * i, 4 * i + 4), [2, 2]), evaluate(slope(one)), close);
    }
  });
});

describe("where values are equal", () => {
  test("vectors turn into each other without a gradient", () => {
    const a = parameter("a", [[2, 0], [0, 2]], "f64"); // biome-ignore format: a matrix
    const { vectors } = eigh(a);
    const slope = evaluate(grad(sum(mul(vectors, [[1, 2], [3, 4]])), a)); // biome-ignore format: a matrix
    expect(slope.toNested()).toEqual([[0, 0], [0, 0]]); // biome-ignore format: a matrix
  });

  const scaled = parameter("scaled", [[2, 0], [0, 2]], "f64"); // biome-ignore format: a matrix
  // Eigenvalues 1, 1 and 4, which rounding may take apart; singular values 3, 3 and 3 of three times a rotation.
  const tied = parameter("tied", [[2, 1, 1], [1, 2, 1], [1, 1, 2]], "f64"); // biome-ignore format: a matrix
  const rotation = parameter("rotation", [[1, -2, 2], [2, -1, -2], [2, 2, 1]], "f64"); // biome-ignore format: a matrix

  test("gradients of what depends on eigenvalues alone: of λ², log λ", () => {
    for (const a of [scaled, tied]) {
      const { values } = eigh(a);
      const [squares, logs] = evaluate([grad(sum(square(values)), a), grad(sum(log(values)), a)]);
      assertClose("2 a", squares!, evaluate(mul(2, a)), close);
      assertClose("a⁻¹", logs!, evaluate(inverse(a)), close);
    }
  });

  test("the plane of two eigenvectors, as a projection", () => {
    const { vectors } = eigh(tied);
    const plane = slice(vectors, [0, 0], [3, 2]);
    const y = sum(mul(matmul(plane, turned(plane)), wave([3, 3])));
    // The projection on the third, (1, 1, 1) / √3, is what is left: d(vvᵀ) = (P da vvᵀ + vvᵀ da P) / (4 - 1).
    const P = evaluate(matmul(plane, turned(plane)));
    const rest = double(new Float64Array(9).fill(1 / 3), [3, 3]);
    const W = symmetric(constant(wave([3, 3])));
    const expected = mul(-2 / 3, symmetric(matmul(matmul(constant(P), W), constant(rest))));
    assertClose("projection", evaluate(grad(y, tied)), evaluate(expected), close);
  });

  test("the nuclear norm of full rank to the second order, the polar factor to the first", () => {
    for (const a of [scaled, rotation]) {
      const { U, s, V } = svd(a);
      const polar = matmul(U, turned(V));
      assertClose("U Vᵀ", evaluate(grad(sum(s), a)), evaluate(mul(a, a === scaled ? 1 / 2 : 1 / 3)), close);
      const along = { mode: "directions", directions: 2 } as const;
      expect(checkGradients(grad(sum(s), a), a, along).passed).toBe(true);
      const y = sum(mul(polar, wave(a.shape)));
      expect(checkGradients(y, a, along).passed).toBe(true);
    }
  });

  test("vectors of one side turn against those of the other: ½ (E - D) / (sᵢ + sⱼ), and nothing where both are 0", () => {
    // Of 2 I, U = V = I, E = skew(W), D = 0: skew(W) / 8. V alone turns the other way.
    const W = wave([2, 2]);
    const { U, V } = svd(scaled);
    const [gU, gV] = [U, V].map((vectors) => evaluate(grad(sum(mul(vectors, W)), scaled)));
    const turn = (W.data[1]! - W.data[2]!) / 8;
    assertClose("of U", gU!, double(Float64Array.of(0, turn, -turn, 0), [2, 2]), close);
    assertClose("of V", gV!, double(Float64Array.of(0, -turn, turn, 0), [2, 2]), close);
    for (const shape of [
      [2, 2],
      [3, 2],
    ]) {
      // biome-ignore format: one line
      const zeros = parameter("zeros", double(new Float64Array(2 * shape[0]!), shape));
      const of0 = svd(zeros);
      const y = add(sum(mul(of0.U, wave(shape))), sum(mul(of0.V, W)));
      expect(evaluate(grad(y, zeros)).data.every((g) => g === 0)).toBe(true);
    }
  });

  test("nothing is NaN, of any order, at the identity, at 0 and at less than full rank", () => {
    const matrices = [
      [[1, 0], [0, 1]],
      [[0, 0], [0, 0]],
      [[1, 1], [1, 1]],
    ]; // biome-ignore format: matrices
    for (const matrix of matrices) {
      const a = parameter("a", matrix, "f64");
      const { values, vectors } = eigh(a);
      const { U, s, V } = svd(a);
      const y = [values, vectors, U, s, V]
        .map((x) => sum(mul(sin(x), wave(x.shape))))
        .reduce((a, b) => add(a, b));
      const first = grad(y, a);
      const all = evaluate([first, grad(sum(square(first)), a)]);
      for (const { data } of all) expect(data.every(Number.isFinite)).toBe(true);
    }
  });
});
