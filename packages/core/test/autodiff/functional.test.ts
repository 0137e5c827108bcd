/** Gradients of functions: what goes through the argument, and nothing else. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { DTypeError, GraphError, ShapeError } from "../../src/errors.ts";
import {
  add,
  array,
  constant,
  evaluate,
  grad,
  gradOf,
  math,
  mul,
  type NDArray,
  parameter,
  pow,
  scan,
  square,
  sub,
  sum,
  type Tensor,
  valueAndGrad,
} from "../../src/index.ts";
import { expectClose } from "../properties/runs.ts";
import { valueOf } from "../sweep/values.ts";

const double = { dtype: "f64" } as const;
const vector = fc
  .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 })
  .map((values) => array(values, double));

/** ½ ‖x‖² */
const half = (x: Tensor): Tensor => mul(sum(square(x)), 0.5);

describe("a captured tensor", () => {
  test("is no argument", () => {
    const s = parameter("s", [1, 2], "f64");
    const f = (x: Tensor) => sum(mul(x, x, s));
    expect(valueOf(gradOf(f)(s))).toEqual([2, 8]); // 2 x s
    expect(valueOf(grad(f(s), s))).toEqual([3, 12]); // 3 s²
  });

  /**
   * The inner descent on L(w) = ½ ‖w - a s‖² from w = s goes to u = s - r (1 - a) s; the outer loss ½ ‖u‖² has the
   * gradient (1 - r (1 - a))² s.
   */
  test("is descended from outside of a descent, by the closed form", () => {
    fc.assert(
      fc.property(vector, fc.double({ min: -3, max: 3, noNaN: true }), (value, a) => {
        const s = parameter("s", value);
        const rate = 0.25;
        const inner = gradOf((w: Tensor) => half(sub(w, mul(s, a))))(s);
        const outer = half(sub(s, mul(inner, rate)));
        const factor = (1 - rate * (1 - a)) ** 2;
        const expected = array(
          value.data.map((x) => x * factor),
          double,
        );
        expectClose([evaluate(grad(outer, s))], [expected], 1e-12);
        // The same with the outer loss a function of the tensor that the inner one captures.
        const whole = (t: Tensor): Tensor =>
          half(sub(t, mul(gradOf((w: Tensor) => half(sub(w, mul(t, a))))(t), rate)));
        expectClose([evaluate(gradOf(whole)(s))], [expected], 1e-12);
      }),
      runs(10),
    );
  });

  test("of many inner steps in a loop", () => {
    // w ← w - r (w - a s), n times from s: s (a + (1 - a) (1 - r)ⁿ)
    const s = parameter("s", [1, -2], "f64");
    const [a, rate, steps] = [3, 0.1, 5];
    const { carry } = scan(
      (w: Tensor) => ({ carry: sub(w, mul(gradOf((v: Tensor) => half(sub(v, mul(s, a))))(w), rate)) }),
      { init: s, length: steps },
    );
    const factor = a + (1 - a) * (1 - rate) ** steps;
    expectClose(
      [evaluate(carry), evaluate(grad(half(carry), s))],
      [array([factor, -2 * factor], double), array([factor ** 2, -2 * factor ** 2], double)],
      1e-12,
    );
  });
});

describe("structures and orders", () => {
  const f = ({ w, layers }: { w: Tensor; layers: readonly Tensor[] }, x: Tensor): Tensor =>
    sum(mul(w, layers[0]!, square(layers[1]!), x));
  const p = { w: constant(2, "f64"), layers: [constant(3, "f64"), constant(5, "f64")] };

  test("come back as they went in", () => {
    const [value, gradient] = valueAndGrad(f)(p, 7);
    expect(valueOf(value)).toBe(2 * 3 * 25 * 7);
    expect(valueOf(gradient.w)).toBe(3 * 25 * 7);
    expect(gradient.layers.map((g) => valueOf(g))).toEqual([2 * 25 * 7, 2 * 3 * 10 * 7]);
  });
  test("of the arguments that are named", () => {
    expect(valueOf(gradOf(f, { wrt: 1 })(p, 7))).toBe(2 * 3 * 25);
    const [gp, gx] = gradOf(f, { wrt: [0, 1] })(p, 7);
    expect([valueOf(gp.w), valueOf(gx)]).toEqual([3 * 25 * 7, 2 * 3 * 25]);
  });
  test("nest to any order", () => {
    const third = gradOf((x) => gradOf((y) => gradOf((z) => pow(z, 5))(y))(x));
    expect(valueOf(third(constant(2, "f64")))).toBe(60 * 4);
  });
  test("nothing that depends on the argument is 0", () => {
    const s = parameter("s", [1, 2]);
    expect(valueOf(gradOf((_x: Tensor) => sum(s))(s))).toEqual([0, 0]);
  });
  test("equal grad of a built loss where nothing is captured", () => {
    fc.assert(
      fc.property(vector, vector, (a, b) => {
        const f = (x: Tensor, y: Tensor): Tensor => sum(math`tanh(${x} * ${y}) * sin(${y}) + ${x}^2`);
        const [x, y] = [parameter("x", a), parameter("y", b)];
        const found = gradOf(f, { wrt: [0, 1] })(x, y);
        expectClose(
          evaluate(found) as unknown as NDArray[],
          evaluate(grad(f(x, y), [x, y])) as unknown as NDArray[],
          1e-14,
        );
      }),
      runs(5),
    );
  });
});

test("refusals name the function", () => {
  const x = constant([1, 2]);
  expect(() => gradOf((y: Tensor) => square(y))(x)).toThrow(ShapeError);
  expect(() => gradOf((y: Tensor) => square(y))(x)).toThrow(
    /^gradOf: expected a function whose result is a scalar/,
  );
  expect(() => valueAndGrad((_: Tensor) => 3 as never)(x)).toThrow(/^valueAndGrad: .* received number/);
  expect(() => gradOf((y: Tensor) => sum(y), { wrt: 1 })(x)).toThrow(GraphError);
  expect(() => gradOf((y: Tensor) => sum(add(y, 1)))(constant([1], "i32"))).toThrow(DTypeError);
});
