/** qr, eigh, svd: LAPACK's values and those of three hundred, definitions, gradients to the third order, and at ties. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  compile,
  constant,
  eigh,
  evaluate,
  expandDims,
  grad,
  input,
  matmul,
  mul,
  type NDArray,
  qr,
  type Shape,
  sin,
  slice,
  sum,
  svd,
  type Tensor,
  vmap,
} from "../../src/index.ts";
import { close, double, symmetric, turned, wave } from "../samples/matrices.ts";
import { floatsAs, largest } from "../sweep/arrays.ts";
import { assertClose } from "../sweep/compare.ts";
import { decode, type EncodedArray, readFixture } from "../sweep/fixtures.ts";

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
      const outputs = { Q, R, values, vectors, U, s, V, slope: grad(sum(sin(s)), a) };
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
        : (["Q", "R", "s", "values", "U", "V", "slope"] as const);
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
    runs(2),
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

test("NaN and infinities give NaN everywhere in their matrix, and nowhere else", () => {
  const x = input("x", [2, 3, 3], "f64");
  const outputs = { Q: qr(x).Q, ...eigh(x), ...svd(x) };
  const run = compile({ inputs: { x }, outputs });
  for (const [at, bad] of [Number.NaN, Infinity, -Infinity].entries()) {
    const value = wave([2, 3, 3]);
    value.data[4 * at] = bad;
    for (const found of [evaluate(outputs, { x: value }), run({ x: value })])
      for (const { data } of Object.values(found)) {
        const half = data.length / 2;
        expect(data.slice(0, half).every(Number.isNaN)).toBe(true);
        expect(data.slice(half).every(Number.isFinite)).toBe(true);
      }
  }
  run.dispose();
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
