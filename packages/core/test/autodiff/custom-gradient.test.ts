/** Gradient rules of the user's own. */
import { expect, test } from "vitest";
import { GraphError } from "../../src/errors.ts";
import {
  add,
  constant,
  customGradient,
  exp,
  grad,
  hvp,
  jvp,
  mul,
  round,
  scan,
  square,
  sum,
  type Tensor,
} from "../../src/index.ts";
import { weights } from "../sweep/arrays.ts";
import { checkFunction } from "../sweep/check-orders.ts";
import { assertValue } from "../sweep/values.ts";

const f64 = (value: Parameters<typeof constant>[0]): Tensor => constant(value, "f64");

/** `eˣ`, with its own derivative from its result. */
const ownExp = customGradient(
  (x: Tensor) => exp(x),
  (g, y) => [mul(g, y)],
);

test("the rule takes the place of the derivative", () => {
  const straightThrough = customGradient(
    (x: Tensor) => round(x),
    (g) => [mul(g, 2)],
  );
  const x = f64([0.3, 1.7]);
  assertValue(straightThrough(x), [0, 2]);
  assertValue(grad(sum(mul(straightThrough(x), [3, 5])), x), [6, 10]);
});

test("it gets the gradient, the result and the operands, each operand its own gradient", () => {
  const fn = customGradient(
    (a: Tensor, b: Tensor) => mul(a, b),
    (g, y, [a, b]) => [mul(g, y, a), mul(g, b, 10)],
  );
  const [a, b] = [f64(2), f64(3)];
  const [gA, gB] = grad(mul(fn(a, b), 7), [a, b]);
  assertValue(gA, 7 * 6 * 2);
  assertValue(gB, 7 * 3 * 10);
});

test("null is no gradient, also where the operand is used elsewhere", () => {
  const fn = customGradient(
    (a: Tensor, b: Tensor) => mul(a, b),
    (g) => [g, null],
  );
  const [a, b] = [f64(2), f64(3)];
  const [gA, gB] = grad(add(fn(a, b), square(b)), [a, b]);
  assertValue(gA, 1);
  assertValue(gB, 6);
});

test("higher orders differentiate the rule, forward mode transposes it", () => {
  checkFunction((x) => ownExp(x), [weights([3])]);
  const x = f64([0.5, 1]);
  assertValue(jvp(ownExp(x), x, [1, 2]), [Math.exp(0.5), 2 * Math.E]);
  assertValue(hvp(sum(ownExp(x)), x, [1, 2]), [Math.exp(0.5), 2 * Math.E]);
});

test("inside a loop", () => {
  const step = (h: Tensor, x: Tensor) => ({ carry: ownExp(mul(h, x)) });
  checkFunction((h, xs) => scan(step, { init: h, xs: xs! }).carry, [weights([1]), weights([3, 1])]);
});

test("refuses gradients that don't fit", () => {
  const x = f64([1, 2]);
  const few = customGradient(
    (a: Tensor) => a,
    () => [],
  );
  const other = customGradient(
    (a: Tensor) => a,
    (g) => [sum(g)],
  );
  expect(() => grad(sum(few(x)), x)).toThrow(GraphError);
  expect(() => grad(sum(other(x)), x)).toThrow(GraphError);
});

test("rules below wrt are not run", () => {
  const refuses = customGradient(
    (a: Tensor) => a,
    () => {
      throw new GraphError({ op: "test", problem: "was run" });
    },
  );
  const x = f64([1, 2]);
  const middle = refuses(x);
  assertValue(grad(sum(square(middle)), middle), [2, 4]);
  expect(() => grad(sum(square(middle)), x)).toThrow(GraphError);
});

test("forward mode takes a rule that is not linear in g at g = 0", () => {
  const bent = customGradient(
    (a: Tensor) => a,
    (g) => [mul(g, add(g, 3))],
  );
  const x = f64([1, 2]);
  assertValue(jvp(bent(x), x, [1, 10]), [3, 30]);
});
