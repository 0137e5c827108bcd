/** Loops with their steps written out: by `unroll`, and by `unrollNode` from a loop that is there. */
import { expect, test } from "vitest";
import {
  add,
  ancestors,
  constant,
  evaluate,
  grad,
  isLoop,
  mul,
  type NDArray,
  scan,
  sin,
  sum,
  type Tensor,
  unroll,
  unrollNode,
} from "../../src/index.ts";
import { assertClose } from "../sweep/compare.ts";
import { valueOf } from "../sweep/values.ts";

const xs = constant(
  [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  "f64",
);
const w = constant([0.5, 0.25], "f64");
const step = (c: Tensor, x: Tensor) => ({ carry: sin(add(mul(c, w), x)), y: mul(c, x) });
const init = constant([1, 1], "f64");
const run = (tensors: readonly Tensor[]) => evaluate([...tensors]) as unknown as NDArray[];

for (const reverse of [false, true]) {
  test(`unrollNode gives the results of the loop${reverse ? ", backwards" : ""}`, () => {
    const { carry, ys } = scan(step, { init, xs, reverse });
    const written = unrollNode(carry.node);
    expect(ancestors(written).some(isLoop)).toBe(false);
    run([carry, ys]).forEach((value, i) => {
      assertClose(`result ${i}`, run(written)[i]!, value, { relative: 1e-14 });
    });
  });
}

test("unrollNode of a gradient's loop", () => {
  const { carry } = scan(step, { init, xs });
  const gradient = grad(sum(carry), w);
  const [loop] = ancestors([gradient]).filter(isLoop).reverse();
  const written = unrollNode(loop!);
  const results = loop!.results.map((_, i) => loop!.result(i));
  run(results).forEach((value, i) => {
    assertClose(`result ${i}`, run(written)[i]!, value, { relative: 1e-14 });
  });
});

test("unrollNode of a few steps stands for the shorter loop", () => {
  const { carry } = scan(step, { init, xs });
  const [after, ys] = unrollNode(carry.node, 2);
  const shorter = scan(step, {
    init,
    xs: constant(
      [
        [1, 2],
        [3, 4],
      ],
      "f64",
    ),
  });
  expect(valueOf(after!)).toEqual(valueOf(shorter.carry));
  expect(valueOf(ys!)).toEqual(valueOf(shorter.ys));
});

test("unroll writes steps in regions of their own and makes no loop", () => {
  const { carry } = unroll(step, { init, xs });
  const nodes = ancestors([carry]);
  expect(nodes.some(isLoop)).toBe(false);
  const labels = new Set(nodes.flatMap(({ origin }) => (origin.scope ? [origin.scope.label] : [])));
  expect([...labels]).toEqual(["t = 0", "t = 1", "t = 2"]);
});
