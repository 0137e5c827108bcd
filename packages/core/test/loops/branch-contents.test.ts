/** What a branch of `cond` takes from outside and what it makes itself: all of that waits until the branch runs. */
import { describe, expect, test } from "vitest";
import {
  add,
  ancestors,
  array,
  cond,
  constant,
  evaluate,
  grad,
  greater,
  input,
  isLoop,
  less,
  log,
  mul,
  parameter,
  randomKey,
  randomNormal,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  take,
  vmap,
} from "../../src/index.ts";
import type { Loop } from "../../src/loops/loop.ts";
import { both, numbers } from "./both-targets.ts";

describe("what a branch takes and makes", () => {
  const x = input("x", [], "f64");

  test("what the branch that is not taken asks for is not asked", () => {
    const table = parameter("table", [1, 2, 3]);
    const i = input("i", [], "i32");
    const y = cond(
      less(i, 3),
      () => take(table, i),
      () => -1,
    );
    const outputs = [y, grad(y, table)];
    const inputs = { i };
    expect(numbers(both(outputs, inputs, { i: 1 }))).toEqual([2, [0, 1, 0]]);
    expect(numbers(both(outputs, inputs, { i: 9 }))).toEqual([-1, [0, 0, 0]]);
    const always = take(table, i);
    expect(() => evaluate(always, { i: 9 })).toThrow(/9/);
  });

  test("a branch takes what it reads or hands on, once, and not what that is made of; constants, and what is cheaply made of them, are its own", () => {
    const made = mul(x, 3);
    const three = constant(3, "f64");
    const y = cond(
      greater(x, 0),
      () => mul(sin(made), made, add(three, 1)),
      () => made,
    );
    // Whether it runs, and what it reads.
    const loops = ancestors([y]).filter(isLoop);
    expect(loops.map(({ inputs }) => inputs.length)).toEqual([2, 2]);
    for (const { attributes } of loops) expect((attributes as Loop).constants).toBe(1);
  });

  test("parameters and inputs that a branch makes are those of the program", () => {
    const drawn: Tensor[] = [];
    const draw = (tensor: Tensor): Tensor => {
      drawn.push(tensor);
      return tensor;
    };
    const y = cond(
      greater(x, 0),
      () => sum(mul(square(draw(parameter("w", [2, 3], "f64"))), draw(input("v", [2], "f64")))),
      () => sum(draw(input("u", [2], "f64"))),
    );
    const [w, v, u] = drawn as [Tensor, Tensor, Tensor];
    const found = [y, grad(y, w), grad(y, v)];
    const at = (x: number) => ({ x, v: [5, 7], u: [1, 2] });
    const inputs = { x, v, u };
    expect(numbers(both(found, inputs, at(1)))).toEqual([4 * 5 + 9 * 7, [20, 42], [4, 9]]);
    expect(numbers(both(found, inputs, at(-1)))).toEqual([3, [0, 0], [0, 0]]);
    // Examples of a vmap share them.
    const xs = input("xs", [3], "f64");
    const all = vmap((a: Tensor) =>
      cond(
        greater(a, 0),
        () => mul(a, draw(parameter("p", 2, "f64"))),
        () => draw(input("q", [], "f64")),
      ),
    )(xs);
    const [p, q] = drawn.slice(3) as [Tensor, Tensor];
    const together = [all, grad(sum(all), p), grad(sum(all), q)];
    expect(numbers(both(together, { xs, q }, { xs: [1, -1, 3], q: 9 }))).toEqual([[2, 9, 6], 4, 1]);
  });

  test("nothing of a branch runs before it, of constants, parameters and inputs that it makes either", () => {
    const v = input("v", [2], "f64");
    const made: Tensor[] = [];
    const y = cond(
      greater(x, 0),
      () => {
        const noise = randomNormal(randomKey(3), [2], { dtype: "f64" });
        const { carry } = scan((h: Tensor) => ({ carry: sin(h) }), { init: [0.5, 1], length: 3 });
        made.push(input("i", [2], "f64"), parameter("w", [0, 2], "f64"));
        return sum(add(add(mul(noise, v), carry), add(log(made[0]!), log(made[1]!))));
      },
      () => sum(sin(constant([1, 2], "f64"))),
    );
    const choosing = "input constant greater logicalNot cast reshape where scan parameter".split(" ");
    expect(
      ancestors([y])
        .map(({ op }) => op.name)
        .filter((name) => !choosing.includes(name)),
    ).toEqual([]);
    expect(ancestors([y]).filter(isLoop)).toHaveLength(2);
    const [i, w] = made as [Tensor, Tensor];
    const found = both([y, grad(y, v), grad(y, i), grad(y, w)], { x, v, i }, { x: -1, v: [1, 2], i: [0, 3] });
    expect(numbers(found)).toEqual([Math.sin(1) + Math.sin(2), [0, 0], [0, 0], [0, 0]]);
  });

  test("a branch that captures nothing but an empty array", () => {
    const empty = input("empty", [0, 2], "f64");
    const y = cond(
      greater(x, 0),
      () => add(sum(empty), 4),
      () => x,
    );
    const found = both(
      [y, grad(y, empty), grad(y, x)],
      { x, empty },
      { x: 2, empty: array([], { shape: [0, 2], dtype: "f64" }) },
    );
    expect(found.map(({ shape }) => shape)).toEqual([[], [0, 2], []]);
    expect(numbers(found)).toEqual([4, [], 0]);
  });

  test("random numbers of a branch are those drawn alone", () => {
    const p = input("p", [], "bool");
    const key = randomKey(3);
    const noise = randomNormal(key, [3], { dtype: "f64" });
    const y = cond(
      p,
      () => randomNormal(key, [3], { dtype: "f64" }),
      () => [0, 0, 0],
    );
    const [drawn, alone] = both([y, noise], { p }, { p: true });
    expect(drawn).toEqual(alone);
  });
});
