/** `associativeScan` is the loop it stands for, and `topK` the start of the sorted row. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  array,
  associativeScan,
  compile,
  constant,
  evaluate,
  flip,
  grad,
  input,
  mul,
  type NDArray,
  scan,
  sort,
  sum,
  type Tensor,
  topK,
} from "../../src/index.ts";
import { message } from "../errors/message.ts";
import { checkFunction } from "../sweep/check-orders.ts";
import { assertClose } from "../sweep/compare.ts";

type Line = { readonly a: Tensor; readonly b: Tensor };

/** `h = a h + b`, one map after another. */
const after = (first: Line, second: Line): Line => ({
  a: mul(first.a, second.a),
  b: add(mul(second.a, first.b), second.b),
});

const looped = (a: Tensor, b: Tensor, reverse: boolean): Tensor =>
  scan((h: Tensor, x: Line) => ({ carry: add(mul(x.a, h), x.b), y: add(mul(x.a, h), x.b) }), {
    init: constant(new Float64Array(2), "f64"),
    xs: { a, b },
    reverse,
  }).ys;

const drawn = (length: number, seed: number): NDArray =>
  array(
    Float64Array.from({ length: 2 * length }, (_, i) => Math.sin(seed + 1.7 * i)),
    { shape: [length, 2] },
  );

test("a linear recurrence of any length, both ways, with its gradients, on both targets", () => {
  fc.assert(
    fc.property(fc.nat({ max: 20 }), fc.boolean(), fc.nat({ max: 99 }), (length, reverse, seed) => {
      const [a, b] = [input("a", [length, 2], "f64"), input("b", [length, 2], "f64")];
      const feeds = { a: drawn(length, seed), b: drawn(length, seed + 0.5) };
      const outputs = (y: Tensor) => {
        const [ga, gb] = grad(sum(mul(y, y)), [a, b]);
        return { y, ga: ga!, gb: gb! };
      };
      const scanned = outputs(associativeScan(after, { a, b } as Line, { reverse }).b as Tensor);
      const expected = evaluate(outputs(looped(a, b, reverse)), feeds);
      const run = compile({ inputs: { a, b }, outputs: scanned });
      for (const found of [evaluate(scanned, feeds), run(feeds)])
        for (const name of ["y", "ga", "gb"] as const)
          assertClose(name, found[name], expected[name], { relative: 1e-11, absolute: 1e-12 });
      run.dispose();
    }),
    runs(20),
  );
});

test("along another axis, of one tensor, and of order: combinations are not exchanged", () => {
  const x = constant([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(evaluate(associativeScan(add as never, x, { axis: 1 }) as Tensor).toNested()).toEqual([
    [1, 3, 6],
    [4, 9, 15],
  ]);
  // The first of two: every result is the first element, or the last one backwards.
  const first = (a: Tensor) => a;
  expect(evaluate(associativeScan(first as never, constant([5, 6, 7])) as Tensor).toNested()).toEqual([
    5, 5, 5,
  ]);
  const backwards = associativeScan(first as never, constant([5, 6, 7]), {
    reverse: true,
  });
  expect(evaluate(backwards as Tensor).toNested()).toEqual([7, 7, 7]);
});

test("what combine may not do", () => {
  const x = constant([[1, 2, 3]]);
  const refused = (f: (a: Tensor, b: Tensor) => unknown): string =>
    message(() => associativeScan(f as never, x, { axis: 1 }));
  expect(refused((a) => sum(a))).toMatchInlineSnapshot(`
    "ShapeError
    associativeScan: combine makes [] of a tensor [1, 1]"
  `);
  expect(refused((a) => ({ a }))).toMatchInlineSnapshot(`
    "GraphError
    associativeScan: combine takes a tensor and gives a"
  `);
  expect(message(() => associativeScan(add as never, { a: [1, 2], b: [1] }))).toMatchInlineSnapshot(`
    "ShapeError
    associativeScan: lengths differ: 2, 1"
  `);
});

test("topK of random rows: the start of the sorted row, whose places are those of its elements", () => {
  const row = fc.array(fc.oneof(fc.double({ noNaN: false }), fc.integer({ min: -2, max: 2 })), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(row, fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }), (values, smallest, part) => {
      const x = constant(values, "f64");
      const k = Math.floor(part * values.length);
      const largest = [...values].sort((a, b) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b));
      if (!smallest) largest.reverse();
      const outputs = { ...topK(x, k, { smallest }), sorted: sort(x) };
      const run = compile({ inputs: {}, outputs });
      for (const found of [evaluate(outputs), run({})]) {
        expect([...found.values.data]).toEqual(
          largest.slice(0, k).map((value) => value || expect.closeTo(0)),
        );
        expect([...found.indices.data].map((at) => values[at])).toEqual([...found.values.data]);
        expect(new Set(found.indices.data).size).toBe(k);
      }
      run.dispose();
    }),
    runs(40),
  );
});

test("gradients of topK and of a reversed order", () => {
  const x = array([0.4, -1.1, 2.2, 0.9], { dtype: "f64" });
  checkFunction((t) => mul(topK(t, 2).values, topK(t, 2, { smallest: true }).values), [x]);
  checkFunction((t) => flip(sort(mul(t, t))), [x]);
  expect(message(() => topK([1, 2], 3))).toMatchInlineSnapshot(`
    "ShapeError
    topK: k is a whole number from 0 to 2, received 3"
  `);
});
