/** Loops that end early: values, gradients of any order, and that no step behind the end is made. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import {
  abs,
  add,
  array,
  constant,
  div,
  grad,
  greater,
  greaterEqual,
  hessian,
  input,
  jvp,
  less,
  logicalNot,
  matmul,
  mul,
  type NDArray,
  parameter,
  reshape,
  scan,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  vmap,
  whileLoop,
} from "../../src/index.ts";
import { message } from "../errors/message.ts";
import { assertClose } from "../sweep/compare.ts";
import { both, numbers } from "./both-targets.ts";

describe("until", () => {
  const a = input("a", [], "f64");
  /** Heron's root, step by step until it stands still to six digits. */
  const heron = (length: number) =>
    scan(
      ({ x }: { x: Tensor; error: Tensor }) => {
        const next = mul(0.5, add(x, div(a, x)));
        return { carry: { x: next, error: abs(sub(next, x)) }, y: next };
      },
      { init: { x: a, error: Number.POSITIVE_INFINITY }, length, until: ({ error }) => less(error, 1e-6) },
    );

  test.each([5, 40])("empty arrays beside the others, at most %i steps", (length) => {
    const empty = input("empty", [length, 0], "f64");
    const xs = input("xs", [length], "f64");
    const { carry, ys, steps } = scan(
      ({ h, e }: { h: Tensor; e: Tensor }, { x, nothing }: { x: Tensor; nothing: Tensor }) => ({
        carry: { h: add(h, x), e: add(e, nothing) },
        y: nothing,
      }),
      { init: { h: 0, e: take(empty, 0) }, xs: { x: xs, nothing: empty }, until: ({ h }) => greater(h, 2) },
    );
    const feeds = {
      xs: new Float64Array(length).fill(1),
      empty: array([], { shape: [length, 0], dtype: "f64" }),
    };
    const found = both([carry.h, steps, carry.e, ys, grad(carry.h, xs)], { xs, empty }, feeds);
    expect(numbers(found.slice(0, 2))).toEqual([3, 3]);
    expect(found.map(({ shape }) => shape)).toEqual([[], [], [0], [length, 0], [length]]);
    expect([...found[4]!.data]).toEqual(Array.from({ length }, (_, t) => Number(t < 3)));
  });

  test.each([8, 31, 32, 40, 100])(
    "at most %i steps: values, histories, gradients to the second order",
    (length) => {
      const { carry, ys, steps } = heron(length);
      const g = grad(carry.x, a);
      const [x, count, first, second, history] = both([carry.x, steps, g, grad(g, a), ys], { a }, { a: 9 });
      expect(count!.item()).toBe(6);
      const close = (value: NDArray, expected: number): void =>
        assertClose("value", value, array(expected, { dtype: "f64" }), { relative: 1e-5, absolute: 1e-9 });
      close(x!, 3);
      close(first!, 1 / 6);
      close(second!, -1 / 108);
      expect(history!.shape).toEqual([length]);
      expect(history!.data.indexOf(0)).toBe(6);
    },
  );

  test("it is the loop of as many steps, whatever ends it, forwards and backwards", () => {
    const xs = input("xs", [37], "f64");
    const w = parameter("w", [[0.5, -0.3], [0.2, 0.9]], "f64"); // biome-ignore format: a matrix
    const data = Float64Array.from({ length: 37 }, (_, i) => Math.sin(3 * i));
    const step = ({ h, t }: { h: Tensor; t: Tensor }, x: Tensor) => {
      const next = tanh(add(matmul(h, w), x));
      return { carry: { h: next, t: add(t, 1) }, y: next };
    };
    const init = { h: [[0.1, 0.2]], t: constant(0, "i32") };
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 40 }), fc.boolean(), (end, reverse) => {
        const ended = scan(step, { init, xs, reverse, until: ({ t }) => greaterEqual(t, end) });
        const made = Math.min(Math.max(end, 0), 37);
        const part = reverse ? data.subarray(37 - made) : data.subarray(0, made);
        const plain = scan(step, { init, xs: constant(part, "f64"), reverse });
        const loss = (result: { carry: { h: Tensor }; ys: Tensor }): Tensor =>
          add(sum(square(result.carry.h)), sum(result.ys));
        const outputs = [ended, plain].flatMap((result) => {
          const y = loss(result as never);
          return [y, grad(y, w), grad(sum(square(grad(y, w))), w)];
        });
        const found = both([...outputs, ended.steps], { xs }, { xs: data });
        expect(found[6]!.item()).toBe(made);
        for (const i of [0, 1, 2])
          assertClose(`output ${i}`, found[i]!, found[i + 3]!, { relative: 1e-9, absolute: 1e-12 });
      }),
      runs(8),
    );
  });

  test("steps behind the end are not made", () => {
    const table = parameter("table", [1, 2, 3], "f64");
    const { carry, steps } = scan(
      ({ total, t }: { total: Tensor; t: Tensor }) => ({
        carry: { total: add(total, take(table, t)), t: add(t, 1) },
      }),
      { init: { total: 0, t: constant(0, "i32") }, length: 1000, until: ({ t }) => greaterEqual(t, 3) },
    );
    expect(numbers(both([carry.total, steps, grad(carry.total, table)], {}, {}))).toEqual([6, 3, [1, 1, 1]]);
  });

  test("under vmap each example has its own end", () => {
    const starts = input("starts", [4], "f64");
    const run = (x: Tensor) => {
      const { carry, steps } = scan((v: Tensor) => ({ carry: div(v, 2) }), {
        init: x,
        length: 50,
        until: (v) => less(v, 1),
      });
      return { carry, steps };
    };
    const { carry, steps } = vmap(run)(starts);
    const [value, count, g] = both(
      [carry, steps, grad(sum(carry), starts)],
      { starts },
      { starts: [80, 0.5, 1, 9] },
    );
    expect(numbers([value!, count!, g!])).toEqual([
      [0.625, 0.5, 0.5, 0.5625],
      [7, 0, 1, 4],
      [1 / 128, 1, 0.5, 1 / 16],
    ]);
  });

  test("what does not end a loop", () => {
    const step = (v: Tensor) => ({ carry: v });
    const ending =
      (until: unknown, others = {}) =>
      () =>
        scan(step, { init: [1, 2], length: 3, until: until as never, ...others });
    expect(ending(3)).toThrow("scan: until: expected a function of the carry, received number");
    expect(ending(() => 1)).toThrow("scan: until: expected a tensor, received number");
    expect(ending((v: Tensor) => sum(v))).toThrow(/scan: until returns bool, received f32/);
    expect(ending((v: Tensor) => less(v, 1))).toThrow(/until returns one truth, received \[2\]/);
    expect(ending((v: Tensor) => less(sum(v), 1), { count: 2 })).toThrow(
      "until and count do not go together",
    );
    expect(ending((v: Tensor) => less(sum(v), 1), { checkpoint: 2 })).toThrow("until and checkpoint do not");
  });
});

describe("whileLoop", () => {
  test("the greatest common divisor, in as many steps as Euclid takes", () => {
    const [a, b] = [input("a", [], "i32"), input("b", [], "i32")];
    const { carry, steps } = whileLoop(
      ({ b }) => logicalNot(less(b, 1)),
      ({ a, b }) => ({ a: b, b: sub(a, mul(b, take(stack(quotients(a, b)), 0))) }),
      { init: { a, b }, most: 40 },
    );
    expect(numbers(both([carry.a, steps], { a, b }, { a: 1071, b: 462 }))).toEqual([21, 3]);
  });

  /** The whole quotient of whole numbers from 0, by the largest multiple that fits. */
  function quotients(a: Tensor, b: Tensor): Tensor[] {
    const { carry } = whileLoop(
      ({ q }: { q: Tensor }) => greaterEqual(sub(a, mul(b, add(q, 1))), 0),
      ({ q }) => ({ q: add(q, 1) }),
      { init: { q: constant(0, "i32") }, most: 2000 },
    );
    return [carry.q];
  }

  test("a fixed point, differentiated by its steps", () => {
    const a = input("a", [2], "f64");
    const { carry } = whileLoop(
      ({ x, before }: { x: Tensor; before: Tensor }) => greater(sum(abs(sub(x, before))), 1e-14),
      ({ x }) => ({ x: mul(0.5, add(x, div(a, x))), before: x }),
      { init: { x: a, before: mul(a, 0) }, most: 100 },
    );
    const root = carry.x;
    const [value, second] = both([root, hessian(sum(root), a)], { a }, { a: [4, 9] });
    assertClose("root", value!, array([2, 3], { dtype: "f64" }), { relative: 1e-14, absolute: 1e-14 });
    const expected = array([[-1 / 32, 0], [0, -1 / 108]], { dtype: "f64" }); // biome-ignore format: a matrix
    assertClose("Hessian", second!, expected, { relative: 1e-10, absolute: 1e-14 });
    const [forward] = both([jvp(root, a, constant([1, -3], "f64"))], { a }, { a: [4, 9] });
    assertClose("forward", forward!, array([1 / 4, -1 / 2], { dtype: "f64" }), {
      relative: 1e-12,
      absolute: 0,
    });
    expect(numbers(both([reshape(root, [2, 1])], { a }, { a: [0.25, 1] }))).toEqual([[[0.5], [1]]]);
  });

  test("what is no loop", () => {
    const condition = (v: Tensor) => less(v, 1);
    const step = (v: Tensor) => add(v, 1);
    expect(() => whileLoop(condition, step, { init: 0, most: 1.5 })).toThrow(
      /whileLoop: most is a whole number from 0/,
    );
    expect(() => whileLoop(3 as never, step, { init: 0, most: 1 })).toThrow(
      /whileLoop: condition: expected a function/,
    );
    expect(() => whileLoop(condition as never, step as never, { init: 0, max: 1 } as never)).toThrow(
      /whileLoop: no option is called "max"/,
    );
    expect(message(() => whileLoop(step, step, { init: 0, most: 1 }))).toMatchInlineSnapshot(`
      "DTypeError
      whileLoop: condition returns bool, received f32
        condition: []  f32
        rule: condition returns bool []: whether the loop goes on"
    `);
    expect(() => whileLoop(condition, step, { init: [0, 0], most: 1 })).toThrow(
      /whileLoop: condition returns one truth, received \[2\]/,
    );
    expect(() => whileLoop((() => true) as never, step, { init: 0, most: 1 })).toThrow(
      /whileLoop: condition: expected a tensor, received boolean/,
    );
  });
});
