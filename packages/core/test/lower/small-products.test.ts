/** Many products of small matrices, which are a map. */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import {
  add,
  array,
  compile,
  type DType,
  evaluate,
  grad,
  input,
  matmul,
  mul,
  type NDArray,
  sum,
  type Tensor,
  transpose,
  vmap,
} from "../../src/index.ts";
import { sizeOf } from "../../src/shape.ts";
import { LitteredRuntime } from "../compiled/littered-runtime.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

/** Whole numbers, whose products are exact in any order. */
const whole = (dtype: DType, shape: readonly number[], seed: number): NDArray =>
  array(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7 + seed * 13) % 19) - 9),
    { shape, dtype },
  );

/** Computes it compiled and interpreted, which is the same; how many kernels there are. */
function kernels(outputs: Tensor[], inputs: Record<string, Tensor>, feeds: Record<string, NDArray>): number {
  const step = compile({ inputs, outputs, runtime });
  const values = step(feeds).map(({ data }) => Array.from(data, (value) => value + 0));
  expect(values).toEqual(evaluate(outputs, feeds).map(({ data }) => Array.from(data, (value) => value + 0)));
  const { kernels } = step.report();
  step.dispose();
  return kernels;
}

test("random batches of small matrices, turned and shared, and their gradients", () => {
  const sizes = fc.tuple(...["m", "k", "n"].map(() => fc.integer({ min: 1, max: 6 })));
  const batch = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });
  const shared = fc.tuple(fc.nat(3), fc.nat(3));
  const turned = fc.tuple(fc.boolean(), fc.boolean());
  const dtypes = fc.constantFrom<DType>("f32", "f64", "i32");
  fc.assert(
    fc.property(
      sizes,
      batch,
      shared,
      turned,
      dtypes,
      ([m, k, n], lead, [fewA, fewB], [turnA, turnB], dtype) => {
        const last = (x: Tensor): number[] =>
          [...x.shape.keys()].slice(0, -2).concat(x.shape.length - 1, x.shape.length - 2);
        const make = (name: string, few: number, shape: number[], turn: boolean): [Tensor, Tensor] => {
          const own = lead.map((length, axis) => (axis < few ? 1 : length));
          const x = input(name, [...own, ...(turn ? shape.toReversed() : shape)], dtype);
          return [x, turn ? transpose(x, last(x)) : x];
        };
        const [a, left] = make("a", fewA, [m!, k!], turnA);
        const [b, right] = make("b", fewB, [k!, n!], turnB);
        const y = matmul(left, right);
        const outputs = dtype === "i32" ? [y] : [y, ...grad(sum(y), [a, b])];
        kernels(outputs, { a, b }, { a: whole(dtype, a.shape, 1), b: whole(dtype, b.shape, 2) });
      },
    ),
  );
});

test("rotations of many vectors are one map, with what is done to them", () => {
  const [turns, points] = [input("turns", [100, 3, 3], "f64"), input("points", [100, 3], "f64")];
  const moved = vmap((turn: Tensor, point: Tensor) => add(mul(2, matmul(turn, point)), 1))(turns, points);
  const feeds = { turns: whole("f64", [100, 3, 3], 3), points: whole("f64", [100, 3], 4) };
  expect(kernels([moved], { turns, points }, feeds)).toBe(1);
});
