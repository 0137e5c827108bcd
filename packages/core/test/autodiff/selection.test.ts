/** What selects: an operand that was not chosen receives nothing, not even of a gradient that is infinite or NaN. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  abs,
  array,
  clip,
  constant,
  cumsum,
  elu,
  greater,
  leakyRelu,
  max,
  maximum,
  maxPool2d,
  min,
  minimum,
  norm,
  pow,
  relu,
  reshape,
  type Tensor,
  takeAlong,
  vjp,
  where,
} from "../../src/index.ts";
import { valueOf } from "../sweep/values.ts";

type Pair = readonly [a: Tensor, b: Tensor];

/** Functions of two operands `[2, 3]`. */
const selecting: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  maximum,
  minimum,
  max: (a) => max(a),
  "max of rows": (a) => max(a, { axis: 1 }),
  "min of columns": (a) => min(a, { axis: 0 }),
  "largest size": (a) => norm(a, { order: Infinity, axis: 1 }),
  maxPool2d: (a) => maxPool2d(reshape(a, [1, 1, 2, 3]), [1, 2], { stride: 1, padding: [0, 1] }),
  where: (a, b) => where(greater(a, b), a, b),
  clip: (a, b) => clip(a, { low: b, high: 1 }),
  relu: (a) => relu(a),
  leakyRelu: (a) => leakyRelu(a),
  elu: (a) => elu(a),
  abs: (a) => abs(a),
  takeAlong: (a) => takeAlong(a, [[0], [-1]]),
  cumsum: (a) => cumsum(a, { axis: 1 }),
};

const gradients = (f: (a: Tensor, b: Tensor) => Tensor, [a, b]: Pair, g: readonly number[]): number[] => {
  const y = f(a, b);
  const cotangent = array(Float64Array.from(g), { shape: y.shape });
  return vjp([y], [a, b], [cotangent]).flatMap((gradient) => [valueOf(gradient)].flat(2) as number[]);
};

for (const [name, f] of Object.entries(selecting)) {
  test(`${name}: 0 of what is infinite is 0`, () => {
    const { numRuns = 100 } = fc.readConfigureGlobal() ?? {};
    const six = (...values: number[]): fc.Arbitrary<number[]> =>
      fc.array(fc.constantFrom(...values), { minLength: 6, maxLength: 6 });
    const incoming = fc.infiniteStream(fc.constantFrom(Infinity, -Infinity, Number.NaN, 3));
    fc.assert(
      fc.property(six(-1, 0, 0.5, 2), six(-1, 0, 0.5, 2), incoming, (as, bs, drawn) => {
        const operand = (x: number[]): Tensor => constant(array(Float64Array.from(x), { shape: [2, 3] }));
        const operands: Pair = [operand(as), operand(bs)];
        const size = f(...operands).shape.reduce((n, m) => n * m, 1);
        const g = [...drawn.take(size)];
        // Column j of the Jacobian's transpose, of which what is 0 takes no part.
        const columns = g.map((_, j) =>
          gradients(
            f,
            operands,
            g.map((_, i) => Number(i === j)),
          ),
        );
        const expected = columns[0]!.map((_, i) =>
          columns.reduce((sum, column, j) => (column[i] === 0 ? sum : sum + column[i]! * g[j]!), 0),
        );
        gradients(f, operands, g).forEach((value, i) => {
          if (Object.is(expected[i], Number.NaN)) expect(value).toBe(Number.NaN);
          else expect(Math.abs(value - expected[i]!) < 1e-12 || value === expected[i]).toBe(true);
        });
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    );
  });
}

test("a power of 0 that has no slope gives nothing of an infinite gradient", () => {
  const [a, b] = [constant([0, 0], "f64"), constant([0, 2], "f64")];
  const [ga, gb] = vjp([pow(a, b)], [a, b], [[Infinity, Number.NaN]]);
  expect(valueOf(ga!)).toEqual([0, Number.NaN]); // 2 · 0 of NaN is the product that it is
  expect(valueOf(gb!)).toEqual([0, 0]);
});
