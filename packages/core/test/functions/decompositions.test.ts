/** qr, eigh, svd: LAPACK's values and those of three hundred, definitions, gradients to the third order, and at ties. */
import { checkGradients } from "@org/core/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  array,
  compile,
  constant,
  eigh,
  evaluate,
  expandDims,
  grad,
  input,
  inverse,
  jvp,
  log,
  matmul,
  mul,
  type NDArray,
  parameter,
  qr,
  type Shape,
  sin,
  slice,
  square,
  sum,
  svd,
  swapAxes,
  type Tensor,
  vmap,
} from "../../src/index.ts";
import { floatsAs, largest } from "../sweep/arrays.ts";
import { assertClose } from "../sweep/compare.ts";
import { decode, type EncodedArray, readFixture } from "../sweep/fixtures.ts";

const double = (values: ArrayLike<number>, shape: Shape): NDArray =>
  array(Float64Array.from(values), { shape });
const close = { relative: 1e-12, absolute: 1e-12 };

/** Numbers without a pattern, the same in each run. */
const wave = (shape: Shape, shift = 0): NDArray =>
  double(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(shift + 1 + 1.7 * i * i)),
    shape,
  );

const turned = (x: Tensor): Tensor => swapAxes(x, -1, -2);
const symmetric = (x: Tensor): Tensor => mul(0.5, add(x, turned(x)));
/** `left diag(x) rightᵀ` */
const product = (left: Tensor, x: Tensor, right: Tensor): Tensor =>
  matmul(mul(left, expandDims(x, x.shape.length - 1)), turned(right));

interface QRCase {
  readonly kind: "qr";
  readonly label: string;
  readonly a: EncodedArray;
  readonly Q: EncodedArray;
  readonly R: EncodedArray;
}
interface ValuesCase {
  readonly kind: "eigh" | "svd";
  readonly label: string;
  readonly a: EncodedArray;
  readonly values: EncodedArray;
  /** Whether each value has all its digits, rather than those of the largest. */
  readonly relative: boolean;
}
const cases = readFixture<QRCase | ValuesCase>("decompositions.json");

describe("values from outside, in doubles and singles", () => {
  test.each(cases.map((each) => [`${each.kind} ${each.label}`, each] as const))("%s", (_, each) => {
    for (const [dtype, rounding] of [
      ["f64", 2 ** -52],
      ["f32", 2 ** -23],
    ] as const) {
      // biome-ignore format: pairs
      const a = floatsAs(decode(each.a), dtype);
      // Numbers of the fixtures that lie beyond singles: not looked at there.
      if (each.kind !== "qr" && each.relative && dtype === "f32") continue;
      const scale = largest(a.data) * Math.max(...a.shape.slice(-2)) * rounding;
      const compare = (name: string, found: NDArray, expected: EncodedArray, relative = 0): void =>
        assertClose(`${name} ${dtype}`, found, floatsAs(decode(expected), dtype), {
          relative: relative * rounding,
          absolute: relative > 0 ? 0 : 8 * scale,
        });
      if (each.kind === "qr") {
        const { Q, R } = evaluate({ ...qr(a) });
        compare("Q", Q, each.Q);
        compare("R", R, each.R);
      } else {
        const values = each.kind === "eigh" ? eigh(a).values : svd(a).s;
        compare("values", evaluate(values), each.values, each.relative ? 32 : 0);
      }
    }
  });
});

const sizes = fc.record({
  m: fc.integer({ min: 1, max: 6 }),
  n: fc.integer({ min: 1, max: 6 }),
  lead: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
  seed: fc.integer({ min: 0, max: 1000 }),
  dependent: fc.boolean(),
});

test("definitions, on both targets, in batches, alone and under vmap, of full rank and less", () => {
  fc.assert(
    fc.property(sizes, ({ m, n, lead, seed, dependent }) => {
      const value = dependent
        ? evaluate(matmul(constant(wave([...lead, m, 1], seed)), constant(wave([...lead, 1, n], seed + 1))))
        : wave([...lead, m, n], seed);
      const k = Math.min(m, n);
      const a = input("a", value.shape, "f64");
      const square = symmetric(matmul(a, turned(a)));
      const { Q, R } = qr(a);
      const { values, vectors } = eigh(square);
      const { U, s, V } = svd(a);
      const gram = (x: Tensor): Tensor => matmul(turned(x), x);
      const outputs = { Q, R, values, vectors, U, s, V };
      const held = {
        factored: matmul(Q, R),
        apart: product(U, s, V),
        square,
        again: product(vectors, values, vectors),
        orthogonal: [gram(Q), gram(U), gram(V), gram(vectors)],
      };
      const found = evaluate({ ...outputs, ...held }, { a: value });
      assertClose("Q R", found.factored, value, close);
      assertClose("U diag(s) Vᵀ", found.apart, value, close);
      assertClose("V diag(λ) Vᵀ", found.again, found.square, close);
      found.orthogonal.forEach((product, i) => {
        const size = product.shape.at(-1)!;
        const unit = product.data.map((_, at) => Number(at % size === Math.floor(at / size) % size));
        assertClose(`orthogonal ${i}`, product, double(unit, product.shape), close);
      });
      for (const [name, x, sign, length] of [["s", found.s, -1, k], ["values", found.values, 1, m]] as const) // biome-ignore format: pairs
        x.data.forEach((each, i) => {
          if (name === "s") expect(each).toBeGreaterThanOrEqual(0);
          if (i % length > 0) expect(sign * each).toBeGreaterThanOrEqual(sign * x.data[i - 1]!);
        });
      for (const vectors of [found.V, found.vectors]) expectSigns(vectors);

      const run = compile({ inputs: { a }, outputs });
      const compiled = run({ a: value });
      run.dispose();
      // Vectors of values that are equal, or 0, are any: what they span is compared above.
      const same = dependent
        ? (["R", "s", "values"] as const)
        : (["Q", "R", "s", "values", "U", "V"] as const);
      for (const name of same) assertClose(name, compiled[name], found[name], { ...close, absolute: 1e-10 });
      if (lead.length === 0) return;
      const each = evaluate(
        vmap((a: Tensor) => ({
          R: qr(a).R,
          s: svd(a).s,
          values: eigh(symmetric(matmul(a, turned(a)))).values,
        }))(constant(value)),
      );
      for (const name of ["R", "s", "values"] as const)
        assertClose(`vmap ${name}`, each[name], found[name], close);
    }),
    runs(8),
  );
});

/** The largest element of each column is positive, of those alike to 1 % the first. */
function expectSigns({ shape, data }: NDArray): void {
  const [n, k] = shape.slice(-2) as [number, number];
  for (let start = 0; start < data.length; start += n * k)
    for (let j = 0; j < k; j++) {
      const column = Array.from({ length: n }, (_, i) => data[start + i * k + j]!);
      const most = Math.max(...column.map(Math.abs));
      expect(column.find((x) => Math.abs(x) >= 0.99 * most)).toBeGreaterThan(0);
    }
}

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
    expect(checkGradients(sum(square(grad(y, a))), a, along).passed).toBe(true);
    const tangent = wave(shape, 3);
    const both = evaluate([jvp(y, a, constant(tangent)), sum(mul(grad(y, a), tangent))]);
    assertClose("forward", both[0]!, both[1]!, close);
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

test("NaN and infinities give NaN everywhere in their matrix, and nowhere else", () => {
  for (const bad of [Number.NaN, Infinity, -Infinity])
    for (const at of [0, 3, 8]) {
      const value = wave([2, 3, 3]);
      value.data[at] = bad;
      const { Q } = qr(value);
      const { values, vectors } = eigh(value);
      const { U, s, V } = svd(value);
      for (const { data } of evaluate([Q, values, vectors, U, s, V])) {
        const half = data.length / 2;
        expect(data.slice(0, half).every(Number.isNaN)).toBe(true);
        expect(data.slice(half).every(Number.isFinite)).toBe(true);
      }
      const x = input("x", [2, 3, 3], "f64");
      const run = compile({ inputs: { x }, outputs: { s: svd(x).s, values: eigh(x).values } });
      for (const { data } of Object.values(run({ x: value })))
        expect([...data].map(Number.isNaN)).toEqual([true, true, true, false, false, false]);
      run.dispose();
    }
});

test("sizes at the ends of their dtypes", () => {
  const scales = { f64: [1e-290, 1e300], f32: [1e-34, 1e37] } as const;
  for (const dtype of ["f64", "f32"] as const)
    for (const scale of scales[dtype]) {
      const a = mul(constant(floatsAs(wave([4, 3]), dtype)), scale);
      const { Q, R } = qr(a);
      const { U, s, V } = svd(a);
      const tolerance = { relative: 0, absolute: scale * (dtype === "f64" ? 1e-14 : 1e-6) };
      assertClose(`qr ${scale}`, evaluate(matmul(Q, R)), evaluate(a), tolerance);
      assertClose(`svd ${scale}`, evaluate(product(U, s, V)), evaluate(a), tolerance);
      const symmetricOne = symmetric(slice(a, [0, 0], [3, 3]));
      const { values, vectors } = eigh(symmetricOne);
      assertClose(
        `eigh ${scale}`,
        evaluate(product(vectors, values, vectors)),
        evaluate(symmetricOne),
        tolerance,
      );
    }
});

test("nothing at all: no matrices, no rows, no columns", () => {
  const empty = (...shape: number[]): NDArray => double([], shape);
  const shapes = (parts: Readonly<Record<keyof never, Tensor>>): Shape[] =>
    Object.values(evaluate(parts as Record<string, Tensor>)).map(({ shape }) => shape);
  expect(shapes({ ...qr(empty(0, 3, 2)) })).toEqual([[0, 3, 2], [0, 2, 2]]); // biome-ignore format: shapes
  expect(shapes({ ...qr(empty(0, 3)) })).toEqual([[0, 0], [0, 3]]); // biome-ignore format: shapes
  expect(shapes({ ...eigh(empty(0, 2, 2)) })).toEqual([[0, 2], [0, 2, 2]]); // biome-ignore format: shapes
  expect(shapes({ ...eigh(empty(2, 0, 0)) })).toEqual([[2, 0], [2, 0, 0]]); // biome-ignore format: shapes
  expect(shapes({ ...svd(empty(3, 0)) })).toEqual([[3, 0], [0], [0, 0]]); // biome-ignore format: shapes
  expect(shapes({ ...svd(empty(0, 3)) })).toEqual([[0, 0], [0], [3, 0]]); // biome-ignore format: shapes
  expect(shapes({ ...svd(empty(0, 2, 3)) })).toEqual([[0, 2, 2], [0, 2], [0, 3, 2]]); // biome-ignore format: shapes
});

test("watching numbers finds none that is not finite on the way", () => {
  const x = input("x", [3, 3], "f64");
  const outputs = { ...qr(x), ...svd(x), ...eigh(x) };
  const run = compile({ inputs: { x }, outputs, checkNumerics: true });
  for (const value of [
    wave([3, 3]),
    double(new Float64Array(9), [3, 3]),
    double([1, 0, 0, 0, 1, 0, 0, 0, 0], [3, 3]),
  ])
    expect(() => run({ x: value })).not.toThrow();
  run.dispose();
});

test("what is no matrix", () => {
  expect(() => qr([1, 2])).toThrow(/qr: a: expected matrices \[..., m, n\], received \[2\]/);
  expect(() => svd(constant([[1]], "i32"))).toThrow(/svd: a: expected f32 or f64, received i32/);
  expect(() => eigh([[1, 2]])).toThrow(/eigh: a: expected square matrices, received 1 × 2/);
});
