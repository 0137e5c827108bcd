/** The reverse pass itself: what flows where, what does not, and what is refused. */
import { describe, expect, test } from "vitest";
import { pullback } from "../../src/autodiff/reverse.ts";
import { DTypeError, GraphError, ShapeError } from "../../src/errors.ts";
import { apply } from "../../src/graph/op.ts";
import {
  abs,
  add,
  ancestors,
  argmax,
  cast,
  constant,
  div,
  exp,
  floor,
  grad,
  greater,
  input,
  mul,
  type NDArray,
  parameter,
  scan,
  sin,
  split,
  square,
  stack,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tanh,
  vjp,
  where,
} from "../../src/index.ts";
import { sliceOp } from "../../src/ops/rearrange.ts";
import { checkFunction } from "../sweep/check-orders.ts";
import { assertValue, valueOf } from "../sweep/values.ts";

const f64 = (value: number | readonly number[]): Tensor => constant(value, "f64");

describe("paths", () => {
  test("contributions of several uses add up", () => {
    const x = f64(3);
    const y = square(x);
    assertValue(grad(add(mul(y, x), y, x), x), 3 * 9 + 2 * 3 + 1);
  });
  test("a diamond", () => {
    const x = f64(2);
    const [a, b] = [square(x), mul(x, 5)];
    assertValue(grad(mul(a, b), x), 3 * 5 * 4);
  });
  test("a long chain needs no stack", () => {
    const x = f64(1);
    let y: Tensor = x;
    for (let i = 0; i < 20_000; i++) y = add(y, 1);
    assertValue(grad(y, x), 1);
  });
  test("a branch that the loss does not use is not visited", () => {
    const x = f64([1, 2]);
    const dead = exp(mul(x, 1000));
    const loss = sum(square(x));
    const gradient = grad(loss, x);
    expect(ancestors([gradient]).includes(dead.node)).toBe(false);
    assertValue(gradient, [2, 4]);
  });
  test("a branch that does not depend on wrt makes no nodes", () => {
    const [x, other] = [f64(2), f64(3)];
    const gradient = grad(add(square(x), exp(sin(other))), x);
    expect(ancestors([gradient]).some(({ op }) => op.name === "exp" || op.name === "cos")).toBe(false);
    assertValue(gradient, 4);
  });
  test("results of a node of which some are not used", () => {
    const x = f64([1, 2, 3]);
    const [, middle] = split(x, 3) as [Tensor, Tensor, Tensor];
    assertValue(grad(sum(square(middle)), x), [0, 4, 0]);
  });
});

describe("what it is taken with respect to", () => {
  test("a parameter, an input and a constant", () => {
    const [p, i, c] = [parameter("p", 2, "f64"), input("i", [], "f64"), f64(4)];
    const gradients = grad(mul(p, i, c), [p, i, c]);
    gradients.forEach((g, k) => {
      assertValue(g, [12, 8, 6][k]!, { i: 3 });
    });
  });
  test("a tensor in the middle", () => {
    const x = f64([1, 2]);
    const middle = square(x);
    assertValue(grad(sum(mul(middle, middle)), middle), [2, 8]);
  });
  test("a tensor and its ancestor: each total is complete", () => {
    const x = f64(3);
    const y = square(x);
    const [gX, gY] = grad(add(mul(y, 5), x), [x, y]);
    assertValue(gX, 31);
    assertValue(gY, 5);
  });
  test("the loss itself", () => {
    const x = f64(3);
    const loss = square(x);
    const [gLoss, gX] = grad(loss, [loss, x]);
    assertValue(gLoss, 1);
    assertValue(gX, 6);
    assertValue(grad(x, x), 1);
  });
  test("one tensor twice", () => {
    const x = f64(3);
    const [a, b] = grad(square(x), [x, x]);
    assertValue(a, 6);
    assertValue(b, 6);
  });
  test("a tensor that the loss does not depend on: zeros of its shape and dtype", () => {
    const unused = parameter("unused", [[1, 2]]);
    const [gX, gUnused] = grad(square(f64(3)), [f64(3), unused]);
    assertValue(gX, 0);
    expect([valueOf(gUnused), gUnused.dtype]).toEqual([[[0, 0]], "f32"]);
  });
  test("records and arrays, nested: the same structure comes back", () => {
    const [a, b, c] = [f64(2), f64(3), f64(4)];
    const gradients = grad(mul(a, b, c), { first: a, rest: [b, { c }] });
    assertValue(gradients.first, 12);
    assertValue(gradients.rest[0], 8);
    assertValue((gradients.rest[1] as { c: Tensor }).c, 6);
  });
  test("one result of several", () => {
    const { carry, ys } = scan((h: Tensor, x: Tensor) => ({ carry: mul(h, x), y: add(h, x) }), {
      init: f64(2),
      xs: f64([3, 5]),
    });
    const loss = add(mul(carry, 7), sum(square(ys)));
    assertValue(grad(loss, carry), 7);
    assertValue(grad(loss, ys), [10, 22]);
  });
});

describe("where nothing flows", () => {
  const x = f64([1.5, 2.5]);
  const paths: Record<string, (x: Tensor) => Tensor> = {
    floor,
    comparisons: (t) => cast(greater(t, 2), "f64"),
    indices: (t) => cast(argmax(t), "f64"),
    integers: (t) => cast(cast(t, "i32"), "f64"),
    stopGradient,
    "a condition": (t) => where(greater(t, 2), [1, 2], [3, 4]),
  };
  for (const [name, fn] of Object.entries(paths)) {
    test(name, () => {
      assertValue(grad(sum(mul(fn(x), 3)), x), [0, 0]);
      assertValue(grad(sum(add(fn(x), square(x))), x), [3, 5]);
    });
  }
  test("stopGradient leaves the other factor", () =>
    assertValue(grad(sum(mul(x, stopGradient(x))), x), [1.5, 2.5]));
  test("wrt a stopped tensor itself", () => {
    const stopped = stopGradient(square(x));
    assertValue(grad(sum(mul(stopped, 2)), stopped), [2, 2]);
  });
});

describe("refusals", () => {
  const x = f64([1, 2]);
  test("a loss that is not a scalar", () => expect(() => grad(x, x)).toThrow(ShapeError));
  test("an integer loss or operand", () => {
    const ids = input("ids", [], "i32");
    expect(() => grad(ids, x)).toThrow(DTypeError);
    expect(() => grad(sum(x), ids)).toThrow(DTypeError);
    expect(() => grad(sum(x), { x, deep: [ids] })).toThrow(DTypeError);
    expect(() => grad(sum(x), input("flag", [], "bool"))).toThrow(DTypeError);
  });
  test("wrt what is not a tensor", () => expect(() => grad(sum(x), 3 as never)).toThrow(GraphError));
  test("cotangents that don't match", () => {
    expect(() => vjp(x, x, [1, 2, 3])).toThrow(ShapeError);
    expect(() => vjp([x, x], x, [[1, 2]])).toThrow();
    expect(() => vjp(x, x, constant([1, 2]))).toThrow(ShapeError);
  });
});

describe("several outputs", () => {
  test("cotangents of each", () => {
    const x = f64([1, 2]);
    const gradient = vjp([square(x), { s: sum(x) }], x, [[1, 10], { s: 100 }]);
    assertValue(gradient, [102, 140]);
  });
  test("one that another is made of, and one that is wrt", () => {
    const x = f64(3);
    const y = square(x);
    const [gX, gY] = vjp([y, mul(y, 2), x], [x, y], [1, 10, 100]) as readonly [Tensor, Tensor];
    assertValue(gY, 21);
    assertValue(gX, 21 * 6 + 100);
  });
  test("the same output twice", () => {
    const x = f64(3);
    const y = square(x);
    assertValue(vjp([y, y], x, [1, 10]), 66);
  });
  test("undefined cotangents stand for zero", () => {
    const x = f64(3);
    const [g] = pullback([square(x), exp(x)], [f64(1), undefined], [x]);
    assertValue(g!, 6);
    expect(pullback([square(x)], [undefined], [x])).toEqual([undefined]);
    expect(pullback([square(x)], [f64(1)], [f64(1)])).toEqual([undefined]);
  });
});

describe("any order", () => {
  test("derivatives of sin and of x⁴, to the fifth", () => {
    const x = f64(0.7);
    const expected = [Math.cos, (t: number) => -Math.sin(t), (t: number) => -Math.cos(t), Math.sin, Math.cos];
    let y = sin(x);
    for (const derivative of expected) {
      y = grad(y, x);
      assertValue(y, derivative(0.7));
    }
    let power = mul(x, x, x, x);
    for (const value of [4 * 0.7 ** 3, 12 * 0.7 ** 2, 24 * 0.7, 24, 0]) {
      power = grad(power, x);
      assertValue(power, value);
    }
  });
  test("a small network, orders 1 and 2", () => {
    const values = [
      [0.3, -0.2],
      [0.5, 0.7],
      [-0.4, 0.1],
    ].map((v) => constantOf(v));
    checkFunction((x, w, b) => tanh(add(div(mul(x, w!), add(square(b!), 1)), sub(b!, x))), values);
  });
  test("the gradient of a sum is the sum of the gradients", () => {
    const x = f64([0.3, 0.9]);
    const [a, b] = [sum(sin(x)), sum(exp(mul(x, x)))];
    const parts = stack([grad(a, x), grad(b, x)]);
    assertValue(sub(grad(add(a, b), x), sum(parts, { axis: 0 })), [0, 0]);
  });
});

test("slopes of an absolute value, at its kink and beside it", () => {
  const x = f64([-2, -1, 0, 1, 2]);
  assertValue(grad(sum(abs(x)), x), [-1, -1, 0, 1, 1]);
});

test("the gradient of a slice that takes nothing, in steps of any length", () => {
  const x = f64([1, 2, 3]);
  const none = apply(sliceOp, [x], { starts: [3], sizes: [0], strides: [3] });
  assertValue(grad(add(sum(none), sum(square(x))), x), [2, 4, 6]);
});

const constantOf = (values: number[]): NDArray => parameter("p", values, "f64").value;
