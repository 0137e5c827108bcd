/** Indices in and out of range, against plain loops that look at one axis at a time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { compile } from "../../src/compile.ts";
import { evaluate } from "../../src/evaluate.ts";
import type { Tensor } from "../../src/index.ts";
import {
  array,
  grad,
  input,
  mul,
  NDArray,
  oneHot,
  scatterAdd,
  sum,
  take,
  takeAlong,
} from "../../src/index.ts";
import { type Shape, sizeOf, stridesOf } from "../../src/shape.ts";

/** What a call gives, as numbers, or what its error says. */
function outcome(run: () => NDArray): number[] | string {
  try {
    return Array.from(run().data);
  } catch (error) {
    return (error as Error).message.split("\n")[0]!;
  }
}

/** The places of a shape, in row-major order. */
function* places(shape: Shape): Generator<number[]> {
  for (let i = 0; i < sizeOf(shape); i++)
    yield stridesOf(shape).map((stride, axis) => Math.floor(i / stride) % shape[axis]!);
}

const at = (x: NDArray, place: readonly number[]): number =>
  x.data[stridesOf(x.shape).reduce((sum, stride, axis) => sum + stride * place[axis]!, 0)]!;

/** NumPy's rule of one axis: negative indices count from the end, others than -size … size - 1 are errors. */
function inside(op: string, index: number, axis: number, size: number): number {
  if (index >= -size && index < size) return index < 0 ? index + size : index;
  throw new Error(`${op}: index ${index} is out of range for axis ${axis} of size ${size}`);
}

const collected = (shape: Shape, value: (place: number[]) => number): NDArray =>
  array(Float64Array.from([...places(shape)].map(value)), { shape });

interface Drawn {
  readonly x: NDArray;
  readonly axis: number;
  readonly ids: NDArray;
}

interface Case {
  readonly idsShape: (shape: Shape, axis: number, count: number) => Shape;
  readonly build: (x: Tensor, ids: Tensor, axis: number) => Tensor;
  readonly loop: (drawn: Drawn) => NDArray;
}

const cases: Record<string, Case> = {
  take: {
    idsShape: (_, __, count) => [count],
    build: (x, ids, axis) => take(x, ids, { axis }),
    loop: ({ x, axis, ids }) => {
      const rows = Array.from(ids.data, (index) => inside("take", index, axis, x.shape[axis]!));
      return collected(x.shape.with(axis, rows.length), (place) =>
        at(x, place.with(axis, rows[place[axis]!]!)),
      );
    },
  },
  takeAlong: {
    idsShape: (shape, axis, count) => shape.with(axis, count),
    build: (x, ids, axis) => takeAlong(x, ids, { axis }),
    loop: ({ x, axis, ids }) =>
      collected(ids.shape, (place) =>
        at(x, place.with(axis, inside("takeAlong", at(ids, place), axis, x.shape[axis]!))),
      ),
  },
  scatterAdd: {
    idsShape: (_, __, count) => [count],
    build: (x, ids) => scatterAdd(x, ids, mul(take(x, mul(ids, 0)), 2)),
    loop: ({ x, ids }) => {
      const y = x.data.slice();
      const width = sizeOf(x.shape.slice(1));
      const rows = Array.from(ids.data, (index) => inside("scatterAdd", index, 0, x.shape[0]!));
      for (const row of rows) for (let i = 0; i < width; i++) y[row * width + i]! += 2 * x.data[i]!;
      return array(y, { shape: x.shape });
    },
  },
  oneHot: {
    idsShape: (_, __, count) => [count],
    build: (x, ids, axis) => oneHot(ids, x.shape[axis]!, { dtype: "f64" }),
    loop: ({ x, axis, ids }) =>
      collected([ids.data.length, x.shape[axis]!], ([row, column]) => (ids.data[row!] === column ? 1 : 0)),
  },
};

const drawn = (idsShape: Case["idsShape"]): fc.Arbitrary<Drawn> =>
  fc
    .record({
      shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      axis: fc.nat(2),
      count: fc.nat(4),
      stray: fc.option(fc.tuple(fc.nat(20), fc.constantFrom(-1, 0, 5, 2 ** 31 - 1, -(2 ** 31)))),
      draws: fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 64, maxLength: 64 }),
    })
    .map(({ shape, axis: some, count, stray, draws }) => {
      const axis = some % shape.length;
      const size = shape[axis]!;
      const at = idsShape(shape, axis, count);
      const ids = Int32Array.from({ length: sizeOf(at) }, (_, i) => draws[i % 64]! % size);
      if (stray && ids.length > 0) ids[stray[0] % ids.length] = stray[1] === -1 ? -size - 1 : stray[1];
      const x = array(
        Float64Array.from({ length: sizeOf(shape) }, (_, i) => 0.5 + i),
        { shape },
      );
      return { x, axis, ids: array(ids, { shape: at }) };
    });

for (const [name, { idsShape, build, loop }] of Object.entries(cases)) {
  test(`${name}: every index is looked at on its own axis, in both targets and for gradients alone`, () => {
    fc.assert(
      fc.property(drawn(idsShape), (values) => {
        const x = input("x", values.x.shape, "f64");
        const ids = input("ids", values.ids.shape, "i32");
        const y = build(x, ids, values.axis);
        const feeds = { x: values.x, ids: values.ids };
        const expected = outcome(() => loop(values));
        expect(outcome(() => evaluate(y, feeds))).toEqual(expected);
        expect(outcome(() => compile({ inputs: { x, ids }, outputs: y })(feeds))).toEqual(expected);
        if (typeof expected !== "string" || name === "oneHot") return;
        const gradient = grad(sum(mul(y, y)), x);
        expect(outcome(() => evaluate(gradient, feeds))).toBe(expected);
        // y itself is not read here: the gradient looks at the indices
        const alone = grad(sum(mul(y, 2)), x);
        if (name !== "scatterAdd") expect(outcome(() => evaluate(alone, feeds))).toBe(expected);
      }),
      runs(25),
    );
  });
}

test("rows of nothing have their indices looked at as well", () => {
  const [x, ids] = [input("x", [3, 0]), input("ids", [2], "i32")];
  const message = "take: index 3 is out of range for axis 0 of size 3";
  expect(
    outcome(() =>
      evaluate(take(x, ids), { x: new NDArray("f32", [3, 0], new Float32Array(0)), ids: [0, 3] }),
    ),
  ).toBe(message);
});

test("takeAlong of an index outside of its row, as NumPy and PyTorch refuse it", () => {
  // np.take_along_axis: index 5 is out of bounds for axis 1 with size 3
  const x = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  expect(outcome(() => evaluate(takeAlong(x, [[5], [0]])))).toBe(
    "takeAlong: index 5 is out of range for axis 1 of size 3",
  );
  expect(outcome(() => evaluate(takeAlong(x, [[0], [-4]])))).toBe(
    "takeAlong: index -4 is out of range for axis 1 of size 3",
  );
});
