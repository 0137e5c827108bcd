import { expect, test } from "vitest";
import {
  add,
  array,
  checkpoint,
  evaluate,
  gradOf,
  mul,
  scan,
  square,
  type Tensor,
  take,
  unroll,
  vmap,
} from "../src/index.ts";

test.each([scan, unroll])("plain numbers in init take the dtype of the steps", (loop) => {
  const xs = array(new Float64Array([1e-9, 1]));
  const { carry } = loop((c, x) => ({ carry: { total: add(c.total, x), count: add(c.count, 1) } }), {
    init: { total: 0, count: array([0], { dtype: "i32" }) },
    xs,
  });
  expect([carry.total.dtype, carry.count.dtype]).toEqual(["f64", "i32"]);
  expect(evaluate(carry.total).item()).toBe(1 + 1e-9);
  expect(evaluate(carry.count).toNested()).toEqual([2]);
  const narrow = loop((c, x) => ({ carry: mul(c, x) }), { init: 1, xs: [2, 3] });
  expect(narrow.carry.dtype).toBe("f32");
});

const doubles = array(new Float64Array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), { shape: [3, 2] });
const total = (start: Tensor, xs: Tensor): Tensor =>
  scan((sum: Tensor, x: Tensor) => ({ carry: add(sum, x) }), { init: start, xs }).carry;
/** 0.1 and all elements, one after another, in doubles. */
const exactly = 0.1 + 0.1 + 0.2 + 0.3 + 0.4 + 0.5 + 0.6;

test("plain numbers in init take the dtype of loops within the step", () => {
  const { carry } = scan((h, x) => ({ carry: total(h, x) }), { init: 0.1, xs: doubles });
  expect(carry.dtype).toBe("f64");
  expect(evaluate(carry).item()).toBe(exactly);
  // What is made of the carry is as open as the carry.
  const halves = scan((h, x) => ({ carry: total(mul(h, 1), x) }), { init: 0.1, xs: doubles });
  expect(evaluate(halves.carry).item()).toBe(exactly);
  const narrow = scan((h, x) => ({ carry: total(h, x) }), { init: 0.1, xs: [[1, 2]] });
  expect(narrow.carry.dtype).toBe("f32");
});

test("so do arguments of checkpoint, gradOf and vmap around a loop", () => {
  const column = take(doubles, 0);
  const expected = 0.1 + 0.1 + 0.2;
  const saved = checkpoint((start: Tensor) => total(start, column))(0.1);
  const mapped = vmap((start: Tensor) => total(start, column))([0.1, 0.1]);
  expect([saved, mapped].map(({ dtype }) => dtype)).toEqual(["f64", "f64"]);
  expect(evaluate(saved).item()).toBe(expected);
  expect(evaluate(mapped).toNested()).toEqual([expected, expected]);
  const slope = gradOf((start: Tensor) => square(total(start, column)))(0.1);
  expect(slope.dtype).toBe("f64");
  expect(evaluate(slope).item()).toBe(2 * expected);
});
