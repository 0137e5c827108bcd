import { expect, test } from "vitest";
import { add, array, evaluate, mul, scan, unroll } from "../src/index.ts";

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
