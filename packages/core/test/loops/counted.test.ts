/** Loops that make fewer steps than they have: what they mean, forwards and in gradients, and what is left out. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  ancestors,
  array,
  compile,
  constant,
  evaluate,
  grad,
  input,
  isLoop,
  matmul,
  mul,
  type Node,
  type Operand,
  parameter,
  scan,
  square,
  sum,
  type Tensor,
  tanh,
  unroll,
  unrollNode,
} from "../../src/index.ts";
import { plan } from "../../src/interpreter.ts";
import { filled } from "../samples/arrays.ts";
import { assertClose } from "../sweep/compare.ts";
import { arbitraryCountedLoop, type CountedLoop, counted, ordersOf, selected } from "./counted-loops.ts";

/** The last carry is the first, and lies where the history of carries has a zero. */
const noStepBackwards: CountedLoop = {
  time: 3,
  batch: 1,
  count: 0,
  reverse: true,
  checkpoint: undefined,
  total: false,
  inner: undefined,
  ys: ["after"],
  readsCarry: true,
};

test("all steps, and none of what those behind the count do: values and gradients of two orders", () => {
  fc.assert(
    fc.property(arbitraryCountedLoop, (program) => {
      const count = constant(program.count, "i32");
      const expected = evaluate(ordersOf(program, selected, count));
      const actual = evaluate(ordersOf(program, counted, count));
      expected.forEach((value, i) => {
        assertClose(`result ${i}`, actual[i]!, value, { relative: 1e-9, absolute: 1e-9 });
      });
    }),
    { ...runs(12), examples: [[noStepBackwards]] },
  );
});

/** `h_t = 2 h_{t-1} + x_t` from 1, and `y_t = h_{t-1} x_t`. */
const doubling = (h: Tensor, x: Tensor) => ({ carry: add(mul(h, 2), x), y: mul(h, x) });
const run = (count: Operand, reverse = false): unknown[] => {
  const { carry, ys } = scan(doubling, { init: 1, xs: [1, 2, 3], count, reverse });
  return evaluate([carry, ys]).map((each) => each.toNested());
};

describe("the loop it stands for", () => {
  test("forwards and in reverse it is the first steps that run", () => {
    expect(run(2)).toEqual([8, [1, 6, 0]]);
    expect(run(2, true)).toEqual([9, [4, 2, 0]]);
  });

  test("none below 0, all beyond the length", () => {
    expect(run(-7)).toEqual([1, [0, 0, 0]]);
    expect(run(7)).toEqual([19, [1, 6, 24]]);
  });

  test("written out it is the same", () => {
    const { carry, ys } = unroll(doubling, { init: 1, xs: [1, 2, 3], count: 2 });
    expect(evaluate([carry, ys]).map((each) => each.toNested())).toEqual([8, [1, 6, 0]]);
    const loop = scan(doubling, { init: 1, xs: [1, 2, 3], count: 2, reverse: true });
    expect(evaluate(unrollNode(loop.carry.node)).map((each) => each.toNested())).toEqual([9, [4, 2, 0]]);
  });
});

/** Nodes of loop bodies, as often as the interpreter runs them. */
function stepsRun(outputs: readonly Tensor[]): Map<Node, number> {
  const found = new Map<Node, number>();
  const observe = (node: Node, _: unknown, __: unknown, steps: readonly number[]): void => {
    if (steps.length > 0) found.set(node, (found.get(node) ?? 0) + 1);
  };
  plan(outputs, [], { observe })([]);
  return found;
}

test("only the steps before the count are made, those of the gradient too", () => {
  const w = parameter("w", filled([2, 2]));
  const step = (h: Tensor, x: Tensor) => ({ carry: tanh(add(matmul(h, w), x)) });
  const { carry } = scan(step, { init: filled([3, 2]), xs: filled([50, 3, 2]), count: 4 });
  const times = stepsRun([carry, grad(sum(square(carry)), w)]);
  expect(new Set(times.values())).toEqual(new Set([4]));
  expect(ancestors([carry, grad(sum(square(carry)), w)]).filter(isLoop).length).toBeGreaterThan(1);
});

test("work of all steps at once, before and behind the loop, follows the count", () => {
  const [time, batch, width] = [16, 64, 8];
  const w = parameter("w", filled([width, width]));
  const u = parameter("u", filled([width, width], 1));
  const b = parameter("b", filled([width], 2));
  const count = input("count", [], "i32");
  const xs = input("xs", [time, batch, width], "f64");
  const step = (h: Tensor, x: Tensor) => ({ carry: tanh(add(matmul(x, w), matmul(h, u), b)) });
  const { carry } = scan(step, { init: filled([batch, width]), xs, count });
  const loss = sum(square(carry));
  const outputs = [loss, ...grad(loss, [w, u, b])];
  const exe = compile({ inputs: { count, xs }, outputs });
  // the product X W, its part of the gradient of w, that of u, and the sum that is the gradient of b; histories that
  // have zeros for these two products alone, or for nobody
  const { fired } = exe.report().rewrites.followCounts;
  expect(fired).toBeGreaterThanOrEqual(6);
  const feeds = { count: array(5, { dtype: "i32" }), xs: filled([time, batch, width], 3) };
  const short = compile({ inputs: { count, xs }, outputs, rewrites: { followCounts: false } });
  expect(short.report().flops).toBe(exe.report().flops);
  const expected = evaluate(outputs, feeds);
  for (const [i, value] of exe(feeds).entries())
    assertClose(`result ${i}`, value, expected[i]!, { relative: 1e-9, absolute: 1e-9 });
});

test("a count that is none", () => {
  const loop = (count: Operand) => () => scan(doubling, { init: 1, xs: [1, 2, 3], count });
  expect(loop(1.5)).toThrowErrorMatchingInlineSnapshot(
    `[GraphError: scan: count: expected a whole number, received 1.5]`,
  );
  expect(loop([1, 2])).toThrowErrorMatchingInlineSnapshot(`
    [ShapeError: scan: count is one number, received [2]
      count: [2]  i32
      rule: count i32 []: how many steps run]
  `);
  expect(loop(constant(2.5))).toThrowErrorMatchingInlineSnapshot(`
    [DTypeError: scan: count is i32, received f32
      count: []  f32
      rule: count i32 []: how many steps run]
  `);
});
