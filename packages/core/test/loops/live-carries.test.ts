/** The backward loop carries the gradients of what they flow through, and nothing else. */
import { expect, test } from "vitest";
import {
  add,
  ancestors,
  cast,
  grad,
  isLoop,
  mul,
  parameter,
  scan,
  sum,
  type Tensor,
  tanh,
  vjp,
} from "../../src/index.ts";
import type { Loop } from "../../src/loops/loop.ts";
import { weights } from "../sweep/arrays.ts";

const make = (name: string, shape: readonly number[] = [2]): Tensor => parameter(name, weights(shape));
const [a0, b0, xs] = [make("a"), make("b"), make("xs", [3, 2])];

/** Carries of the newest loop below a gradient. */
function carriesOf(gradient: Tensor): number {
  const loop = ancestors([gradient]).filter(isLoop).at(-1)!;
  return (loop.attributes as Loop).carries;
}

interface Pair {
  readonly a: Tensor;
  readonly b: Tensor;
}

test("both, where both depend on wrt and the loss on both", () => {
  const { carry } = scan((c: Pair, x: Tensor) => ({ carry: { a: tanh(mul(c.a, c.b)), b: mul(c.b, x) } }), {
    init: { a: a0, b: b0 },
    xs,
  });
  expect(carriesOf(grad(sum(carry.a), b0))).toBe(2);
});

test("not one that depends on nothing asked for, be it its init, xs or a captured tensor", () => {
  const w = make("w");
  const { carry } = scan((c: Pair, x: Tensor) => ({ carry: { a: tanh(mul(c.a, c.b)), b: mul(c.b, x, w) } }), {
    init: { a: a0, b: b0 },
    xs,
  });
  expect(carriesOf(grad(sum(carry.a), a0))).toBe(1);
});

test("not one that the loss does not depend on", () => {
  const { carry } = scan((c: Pair, x: Tensor) => ({ carry: { a: mul(c.a, x), b: mul(c.a, c.b) } }), {
    init: { a: a0, b: b0 },
    xs,
  });
  expect(carriesOf((grad(sum(carry.a), [a0, b0, xs]) as readonly Tensor[])[0]!)).toBe(1);
});

test("not one that only ys without a cotangent read", () => {
  const { ys } = scan(
    (c: Pair, x: Tensor) => ({
      carry: { a: mul(c.a, x), b: tanh(mul(c.b, c.a)) },
      y: { used: mul(c.a, x), unused: mul(c.b, x) },
    }),
    { init: { a: a0, b: b0 }, xs },
  );
  expect(carriesOf((vjp(ys.used, [a0, b0], weights([3, 2])) as readonly Tensor[])[0]!)).toBe(1);
});

test("not an integer, though it lies between", () => {
  const { carry } = scan(
    (c: { count: Tensor; a: Tensor }, x: Tensor) => ({
      carry: { count: add(c.count, cast(c.a, "i32")), a: tanh(mul(c.a, cast(c.count, "f64"), x)) },
    }),
    { init: { count: new Int32Array(2), a: a0 }, xs },
  );
  expect(carriesOf(grad(sum(carry.a), a0))).toBe(1);
});

test("and steps over no xs that it does not read", () => {
  const { carry } = scan((c: Tensor, x: Tensor) => ({ carry: add(mul(c, 0.5), x) }), { init: a0, xs });
  const [loop] = ancestors([grad(sum(carry), a0)]).filter(isLoop);
  expect(loop!.inputs.length).toBe(1);
});
