/** Fixed loops: scan = unroll = checkpointed scan, in values and gradients of orders 1 and 2, and against differences. */
import { describe, expect, test } from "vitest";
import { isFloat } from "../../src/dtype.ts";
import { GraphError } from "../../src/errors.ts";
import {
  add,
  constant,
  evaluate,
  grad,
  hvp,
  input,
  mul,
  type NDArray,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  tanh,
  unroll,
  vjp,
} from "../../src/index.ts";
import { weights } from "../sweep/arrays.ts";
import { checkFunction } from "../sweep/check-orders.ts";
import { assertClose } from "../sweep/compare.ts";
import { assertValue, valueOf } from "../sweep/values.ts";
import { checkpointed, type LoopCase, type Looper, loopCases } from "./loop-cases.ts";

/** Values, gradients, and gradients of a weighted sum of the gradients. */
function orders({ values, build }: LoopCase, loop: Looper): readonly NDArray[] {
  const inputs = values.map((value) => constant(value));
  const outputs = build(loop, ...inputs);
  const wrt = inputs.filter(({ dtype }) => isFloat(dtype));
  const cotangents = outputs.map(({ shape }, i) => weights(shape, "f64", i));
  const first = vjp(outputs, wrt, cotangents) as readonly Tensor[];
  const total = first.map((g, i) => sum(mul(g, weights(g.shape, "f64", i + 1)))).reduce((a, b) => add(a, b));
  const second = grad(total, wrt) as readonly Tensor[];
  return evaluate([...outputs, ...first, ...second]) as unknown as NDArray[];
}

for (const [name, loopCase] of Object.entries(loopCases)) {
  describe(name, () => {
    const written = orders(loopCase, unroll as Looper);
    const same = (loop: Looper): void =>
      orders(loopCase, loop).forEach((value, i) => {
        assertClose(`result ${i}`, value, written[i]!, { relative: 1e-12, absolute: 1e-13 });
      });
    test("scan = unroll", () => same(scan as Looper));
    for (const every of [1, 2, 3, "sqrt"] as const)
      test(`checkpoint: ${every}`, () => same(checkpointed(every)));
    if (loopCase.differences === false) return;
    test("differences", () =>
      checkFunction((...operands) => loopCase.build(scan as Looper, ...operands), loopCase.values));
  });
}

describe("the loop it stands for", () => {
  const step = (total: Tensor, x: Tensor) => ({ carry: add(mul(total, 2), x), y: mul(total, x) });
  test("forwards", () => {
    const { carry, ys } = scan(step, { init: 1, xs: [1, 2, 3] });
    expect([valueOf(carry), valueOf(ys)]).toEqual([19, [1, 6, 24]]);
  });
  test("backwards, ys in the order of xs", () => {
    const { carry, ys } = scan(step, { init: 1, xs: [1, 2, 3], reverse: true });
    expect([valueOf(carry), valueOf(ys)]).toEqual([25, [12, 10, 3]]);
  });
  test("no steps give init and empty ys", () => {
    const { carry, ys } = scan(step, { init: 5, xs: constant(weights([0])) });
    expect([valueOf(carry), ys.shape]).toEqual([5, [0]]);
  });
  test("the gradients of xs, init and a captured tensor", () => {
    const [init, xs, w] = [constant(1, "f64"), constant([2, 3], "f64"), constant(0.5, "f64")];
    const { carry } = scan((c: Tensor, x: Tensor) => ({ carry: mul(c, x, w) }), { init, xs });
    const [gInit, gXs, gW] = grad(carry, [init, xs, w]);
    assertValue(gInit, 1.5);
    assertValue(gXs, [0.75, 0.5]);
    assertValue(gW, 6);
  });
});

test("a step is drawn once, and the graph does not grow with the length", () => {
  let calls = 0;
  const sizes = [3, 300].map((length) => {
    const w = constant(0.5, "f64");
    const { carry } = scan(
      (c: Tensor) => {
        calls++;
        return { carry: tanh(mul(c, w)) };
      },
      { init: constant(1, "f64"), length },
    );
    const gradient = grad(grad(carry, w), w);
    return countNodes(gradient);
  });
  expect(calls).toBe(2);
  expect(sizes[0]).toBe(sizes[1]);
});

function countNodes(...tensors: Tensor[]): number {
  const seen = new Set<object>();
  const visit = ({ node }: Tensor): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const operand of node.inputs) visit(operand);
    for (const body of node.op.bodies?.(node.attributes) ?? []) body.outputs.forEach(visit);
  };
  tensors.forEach(visit);
  return seen.size;
}

test("integer carries and unused operands have no gradient, unused tensors zeros", () => {
  const [h, unused, xs] = [constant(0.5, "f64"), constant([1, 2], "f64"), constant([1, 2, 3], "f64")];
  const { carry } = scan(
    (c: { t: Tensor; h: Tensor; u: Tensor }, x: Tensor) => ({
      carry: { t: add(c.t, 1), h: mul(c.h, x), u: c.u },
    }),
    { init: { t: new Int32Array([0]), h, u: unused }, xs },
  );
  const [gH, gUnused] = grad(carry.h, [h, unused]);
  assertValue(gH, 6);
  assertValue(gUnused, [0, 0]);
  expect(valueOf(carry.t)).toEqual([3]);
});

test("a captured literal, and a tensor made of literals, have gradients too", () => {
  const [w, scale] = [constant(0.5, "f64"), constant([2, 3], "f64")];
  const doubled = mul(scale, 2);
  const { carry } = scan((c: Tensor, x: Tensor) => ({ carry: mul(c, x, w, doubled) }), {
    init: constant([1, 1], "f64"),
    xs: constant([4, 5], "f64"),
  });
  const [gW, gScale, gDoubled] = grad(sum(carry), [w, scale, doubled]);
  // carry = 20 w² doubled²
  assertValue(gW, 20 * (16 + 36));
  assertValue(gScale, [2 * 20 * 0.25 * 2 * 4, 2 * 20 * 0.25 * 2 * 6]);
  assertValue(gDoubled, [40, 60]);
});

test("the gradient of a final carry and of ys at once adds up", () => {
  const [h, xs] = [constant(2, "f64"), constant([3, 5], "f64")];
  const { carry, ys } = scan((c: Tensor, x: Tensor) => ({ carry: mul(c, x), y: square(c) }), { init: h, xs });
  // carry = 15 h, ys = h², 9 h²
  assertValue(grad(add(carry, sum(ys)), h), 15 + 2 * 2 * 10);
});

test("a loop through which gradients flow twice: grad of grad, and hvp", () => {
  const w = input("w", [2], "f64");
  const loss = (v: Tensor): Tensor => {
    const { carry } = scan((c: Tensor, x: Tensor) => ({ carry: sin(add(mul(c, v), x)) }), {
      init: constant([0.3, 0.4], "f64"),
      xs: constant(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        "f64",
      ),
    });
    return sum(square(carry));
  };
  checkFunction((v) => grad(loss(v), v), [weights([2])]);
  const feeds = { w: weights([2]) };
  const direction = [0.7, -1.1];
  const twice = grad(sum(mul(grad(loss(w), w), direction)), w);
  assertClose("hvp", evaluate(hvp(loss(w), w, direction), feeds), evaluate(twice, feeds), {
    relative: 1e-12,
  });
});

describe("refusals", () => {
  const step = (c: Tensor, x: Tensor) => ({ carry: add(c, x) });
  test("lengths", () => {
    expect(() => scan(step, { init: 0, xs: 3 })).toThrow(GraphError);
    expect(() => scan(step, { init: 0, xs: [1, 2], length: 3 })).toThrow(GraphError);
    expect(() => scan(() => ({ carry: 0 }), { init: 0 })).toThrow(GraphError);
    expect(() => scan(() => ({ carry: 0 }), { init: 0, length: -1 })).toThrow(GraphError);
  });
  test("carries that change", () => {
    expect(() => scan(() => ({ carry: [1, 2] }), { init: 0, length: 1 })).toThrow(GraphError);
    expect(() => scan(() => ({ carry: { a: 0 } }), { init: 0, length: 1 })).toThrow(GraphError);
    expect(() => scan(() => ({ carry: 0.5 }), { init: new Int32Array(1), length: 1 })).toThrow(GraphError);
  });
  test("a checkpoint that is not a count", () => {
    for (const checkpoint of [0, -1, 1.5])
      expect(() => scan(step, { init: 0, xs: [1, 2], checkpoint })).toThrow(GraphError);
  });
  test("a tensor of the body used outside", () => {
    let inside: Tensor | undefined;
    scan(
      (c: Tensor) => {
        inside = square(c);
        return { carry: c };
      },
      { init: 0, length: 1 },
    );
    expect(() => evaluate(inside!)).toThrow(GraphError);
  });
});
