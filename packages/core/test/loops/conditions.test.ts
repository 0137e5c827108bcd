/** Branches of which one runs: values, gradients of any order, and that nothing else runs. */
import { checkGradients } from "@org/core/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  add,
  ancestors,
  array,
  checkpoint,
  compile,
  cond,
  constant,
  evaluate,
  grad,
  greater,
  input,
  isLoop,
  jvp,
  less,
  log,
  matmul,
  mul,
  parameter,
  pow,
  scan,
  sin,
  sqrt,
  square,
  sum,
  type Tensor,
  take,
  tanh,
  unroll,
  vmap,
  where,
} from "../../src/index.ts";
import type { Loop } from "../../src/loops/loop.ts";
import { assertClose } from "../sweep/compare.ts";
import { both, numbers } from "./both-targets.ts";

describe("cond", () => {
  const x = input("x", [], "f64");

  test("the derivatives of the branch that is taken, and no NaN of the other one", () => {
    const root = cond(
      greater(x, 0),
      () => sqrt(x),
      () => 0,
    );
    const [g] = [grad(root, x)];
    const second = grad(g, x);
    const outputs = [root, g, second, grad(second, x)];
    // x^½ and its derivatives at 4: 2, 1/4, -1/32, 3/256
    expect(numbers(both(outputs, { x }, { x: 4 }))).toEqual([2, 0.25, -1 / 32, 3 / 256]);
    expect(numbers(both(outputs, { x }, { x: 0 }))).toEqual([0, 0, 0, 0]);
    expect(numbers(both(outputs, { x }, { x: -1 }))).toEqual([0, 0, 0, 0]);
  });

  test("values and gradients of jax.lax.cond (0.10.2)", () => {
    const v = input("v", [3], "f64"); // JAX in f32
    const y = cond(
      greater(sum(v), 0),
      () => sum(log(v)),
      () => sum(mul(v, sin(v))),
    );
    for (const [at, value, gradient] of [
      [[1, 2, 3], 1.7917595, [1, 0.5, 0.33333334]],
      [[-1, -2, 1], 3.5015366, [-1.3817732, -0.07700372, 1.3817732]],
    ] as const) {
      const [found, g] = both([y, grad(y, v)], { v }, { v: at });
      assertClose("value", found!, array(value, { dtype: "f64" }), { relative: 1e-6, absolute: 1e-6 });
      assertClose("gradient", g!, array(gradient, { dtype: "f64" }), { relative: 1e-6, absolute: 1e-6 });
    }
  });

  test("structures, plain numbers, booleans and integers", () => {
    const p = input("p", [], "bool");
    const { a, b, c, d } = cond(
      p,
      () => ({ a: mul(x, 2), b: 0.1, c: constant([1, 2], "i32"), d: greater(x, 0) }),
      () => ({ a: 0.1, b: x, c: [3, 4], d: false }),
    ) as Record<"a" | "b" | "c" | "d", Tensor>;
    expect([a.dtype, b.dtype, c.dtype, d.dtype]).toEqual(["f64", "f64", "i32", "bool"]);
    const outputs = [a, b, c, d];
    expect(numbers(both(outputs, { p, x }, { p: true, x: 3 }))).toEqual([6, 0.1, [1, 2], true]);
    expect(numbers(both(outputs, { p, x }, { p: false, x: 3 }))).toEqual([0.1, 3, [3, 4], false]);
    expect(
      evaluate(
        cond(
          true,
          () => 1,
          () => 2,
        ),
      ).item(),
    ).toBe(1);
    // Both plain, a number and a truth: what either can be.
    const number = () => 0.5;
    const truth = () => true;
    for (const [then, otherwise, expected] of [
      [number, truth, [0.5, 1]],
      [truth, number, [1, 0.5]],
    ] as const) {
      const mixed: Tensor = cond(p, then as () => number, otherwise as () => number);
      expect(mixed.dtype).toBe("f32");
      expect([true, false].map((p) => evaluate(mixed, { p }).item())).toEqual(expected);
    }
  });

  test("inside of loops, checkpoints and itself; in both directions", () => {
    const xs = input("xs", [6], "f64");
    const w = parameter("w", [0.3], "f64");
    const step = (h: Tensor, now: Tensor) => {
      const next = cond(
        greater(now, 0),
        () => mul(sin(mul(h, w)), log(now)),
        () =>
          cond(
            less(now, -1),
            () => add(h, square(now)),
            () => mul(h, now),
          ),
      );
      return { carry: next, y: next };
    };
    const feeds = { xs: [0.5, -2, 0, 2, -0.5, 1.5] };
    const loops = [
      scan(step, { init: [1], xs }),
      scan(step, { init: [1], xs, reverse: true, checkpoint: "sqrt" }),
      unroll(step, { init: [1], xs }),
    ];
    const losses = [
      ...loops.map(({ carry, ys }) => add(sum(carry), sum(square(ys)))),
      checkpoint((a: Tensor) =>
        cond(
          greater(sum(a), 0),
          () => sum(sin(a)),
          () => sum(a),
        ),
      )(xs),
    ];
    const gradients = losses.map((loss) => grad(loss, xs));
    const found = both([...losses, ...gradients], { xs }, feeds);
    assertClose("unrolled", found[2]!, found[0]!, { relative: 1e-12, absolute: 1e-12 });
    assertClose("its gradient", found[6]!, found[4]!, { relative: 1e-12, absolute: 1e-12 });
    const tangent = constant([1, 0, 2, -1, 0.5, 1], "f64");
    const forward = jvp(losses[0]!, xs, tangent);
    const [directional, dot] = both([forward, sum(mul(gradients[0]!, tangent))], { xs }, feeds);
    assertClose("forward", directional!, dot!, { relative: 1e-12, absolute: 1e-12 });
  });

  test("in a loop it is the choice of both sides, whatever steps choose and whatever memory held before", () => {
    const xs = input("xs", [7, 2, 3], "f64");
    const chosen = input("chosen", [7], "bool");
    const [u, w] = [parameter("u", [[0.3, -0.2], [0.1, 0.5], [-0.4, 0.2]], "f64"), parameter("w", [[0.6, 0.1], [-0.3, 0.4]], "f64")]; // biome-ignore format: matrices
    const start = constant([[0.1, 0.2], [0.3, -0.1]], "f64"); // biome-ignore format: a matrix
    type Pick = (p: Tensor, then: () => Tensor, otherwise: () => Tensor) => Tensor;
    const losses = (pick: Pick): Tensor[] => {
      const step = (h: Tensor, { x, p }: { x: Tensor; p: Tensor }) => {
        const long = () =>
          scan((g: Tensor) => ({ carry: tanh(add(matmul(g, w), matmul(x, u))), y: g }), {
            init: h,
            length: 3,
          });
        const next = pick(
          p,
          () => add(long().carry, sum(long().ys, { axis: 0 })),
          () => add(sin(matmul(x, u)), mul(h, 0.5)),
        );
        return { carry: next, y: sum(next) };
      };
      const { carry, ys } = scan(step, { init: start, xs: { x: xs, p: chosen } });
      const loss = add(sum(square(carry)), sum(sin(ys)));
      const [gu, gw, gx] = grad(loss, [u, w, xs]);
      const second = grad(add(sum(square(gu!)), add(sum(square(gw!)), sum(square(gx!)))), [u, w, xs]);
      return [loss, gu!, gw!, gx!, ...second];
    };
    const expected = losses((p, then, otherwise) => where(p, then(), otherwise()));
    const found = losses((p, then, otherwise) => cond(p, then, otherwise));
    const run = compile({ inputs: { xs, chosen }, outputs: found });
    const nan = new Float64Array(42).fill(Number.NaN);
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }), fc.boolean(), (choices, other) => {
        const feeds = { xs: Float64Array.from(nan, (_, i) => Math.sin(i)), chosen: choices };
        run({ xs: nan, chosen: choices.map(() => other) }); // leaves NaN behind
        const values = run(feeds);
        const reference = evaluate(found, feeds);
        evaluate(expected, feeds).forEach((value, i) => {
          assertClose(`output ${i}`, values[i]!, value, { relative: 1e-9, absolute: 1e-12 });
          assertClose(`reference ${i}`, reference[i]!, value, { relative: 1e-9, absolute: 1e-12 });
        });
      }),
      runs(12),
    );
    run.dispose();
  });

  test("gradients of the second and third order are those of differences", () => {
    fc.assert(
      fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (at) => {
        if (Math.abs(at) < 0.05) return;
        const v = parameter("v", [at, 0.7, -0.4], "f64");
        const first = take(v, 0);
        const y = cond(
          greater(first, 0),
          () => sum(mul(sin(v), pow(first, 3))),
          () => sum(tanh(mul(v, first))),
        );
        checkGradients(y, [v]);
        checkGradients(sum(grad(y, v)), [v]);
        checkGradients(sum(grad(sum(square(grad(y, v))), v)), [v]);
      }),
      runs(3),
    );
  });

  test("under vmap it is a choice for each example, which sees no other's NaN", () => {
    const xs = input("xs", [5], "f64");
    const f = vmap((a: Tensor) =>
      cond(
        greater(a, 0),
        () => log(a),
        () => square(a),
      ),
    )(xs);
    const feeds = { xs: [-1, 0.5, 0, 2, -3] };
    const expected = [1, Math.log(0.5), 0, Math.log(2), 9];
    const [y, g] = both([f, grad(sum(f), xs)], { xs }, feeds);
    assertClose("values", y!, array(expected, { dtype: "f64" }), { relative: 1e-12, absolute: 1e-12 });
    assertClose("gradients", g!, array([-2, 2, 0, 0.5, -6], { dtype: "f64" }), {
      relative: 1e-12,
      absolute: 1e-12,
    });
    const p = input("p", [], "bool");
    const same = vmap((a: Tensor) =>
      cond(
        p,
        () => mul(a, 2),
        () => a,
      ),
    )(xs);
    const taken = [same, grad(sum(same), xs)];
    expect(numbers(both(taken, { xs, p }, { ...feeds, p: true }))).toEqual([[-2, 1, 0, 4, -6], [2, 2, 2, 2, 2]]); // biome-ignore format: one line
    expect(numbers(both(taken, { xs, p }, { ...feeds, p: false }))).toEqual([[-1, 0.5, 0, 2, -3], [1, 1, 1, 1, 1]]); // biome-ignore format: one line
    // Nothing is filled with zeros: what a branch has not made is never read, of many examples as of one.
    const loops = ancestors([f, ...taken]).filter(isLoop);
    expect(loops.length).toBeGreaterThan(4);
    expect(loops.every(({ attributes }) => (attributes as Loop).unfilled)).toBe(true);
  });

  test("what is no condition, or no two branches", () => {
    const two = input("two", [2], "bool");
    expect(() =>
      cond(
        x,
        () => 1,
        () => 2,
      ),
    ).toThrow(/cond: p is bool, received f64/);
    expect(() =>
      cond(
        two,
        () => 1,
        () => 2,
      ),
    ).toThrow(/cond: p is one truth, received \[2\]/);
    expect(() => cond(true, 1 as never, () => 2)).toThrow(/cond: then: expected a function.*received number/);
    expect(() =>
      cond(
        true,
        () => ({ a: x }),
        () => ({ b: x }) as never,
      ),
    ).toThrow(/cond: branches differ in structure: { a } and { b }/);
    expect(() =>
      cond(
        true,
        () => ({ a: x }),
        () => ({ a: [x] as never }),
      ),
    ).toThrow(/structure: { a } and { a\[0\] }/);
    expect(() =>
      cond(
        true,
        () => ({ a: x }),
        () => ({ a: two as Tensor }),
      ),
    ).toThrow(/cond: branches differ at a/);
    expect(() =>
      cond(
        true,
        () => x,
        () => input("y", []),
      ),
    ).toThrow(/cast one of them to f64/);
    expect(() =>
      cond(
        true,
        () => "a" as never,
        () => x,
      ),
    ).toThrow(/then: expected a tensor or a value, received string/);
  });
});
