/** Loops of every length over every dtype, with carries that are kept, swapped, delayed, counted and stacked. */
import { afterAll, describe, expect, test } from "vitest";
import {
  add,
  array,
  cast,
  checkpoint,
  compile,
  constant,
  evaluate,
  floor,
  grad,
  greater,
  input,
  logicalAnd,
  logicalNot,
  logicalOr,
  matmul,
  mul,
  type NDArray,
  parameter,
  scan,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  transpose,
  where,
} from "../../src/index.ts";
import { LitteredRuntime } from "./littered-runtime.ts";
import { expectRounded } from "./rounding.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

const wave = (shape: readonly number[], shift = 0): NDArray =>
  array(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + shift)),
    { shape },
  );

interface Made {
  readonly outputs: readonly Tensor[];
  /** What gradients are taken of. */
  readonly loss?: Tensor;
}

interface Given {
  /** `[T, 2, 2]` */
  readonly xs: Tensor;
  /** `[2, 2]` */
  readonly w: Tensor;
  readonly reverse: boolean;
}

const cases: Record<string, (given: Given) => Made> = {
  "a carry that is multiplied"({ xs, w, reverse }) {
    const step = (h: Tensor, x: Tensor) => ({ carry: tanh(add(matmul(h, w), x)), y: square(h) });
    const { carry, ys } = scan(step, { init: w, xs, reverse });
    return { outputs: [carry, ys], loss: add(sum(carry), sum(ys)) };
  },
  "carries that change places"({ xs, w, reverse }) {
    const step = ({ a, b }: { a: Tensor; b: Tensor }, x: Tensor) => ({
      carry: { a: b, b: a },
      y: mul(sub(a, b), x),
    });
    const { carry, ys } = scan(step, { init: { a: w, b: transpose(w) }, xs, reverse });
    return { outputs: [carry.a, carry.b, ys], loss: sum(mul(ys, sum(carry.a))) };
  },
  "three carries in a ring, one of them new"({ xs, w, reverse }) {
    const step = ({ a, b, c }: { a: Tensor; b: Tensor; c: Tensor }, x: Tensor) => ({
      carry: { a: b, b: c, c: tanh(add(a, x)) },
      y: [a, c],
    });
    const { carry, ys } = scan(step, { init: { a: w, b: transpose(w), c: mul(w, 2) }, xs, reverse });
    const [first, third] = ys as readonly Tensor[] as [Tensor, Tensor];
    return { outputs: [carry.a, carry.b, carry.c, first, third], loss: sum(mul(first, third)) };
  },
  "a carry that is the row before"({ xs, w, reverse }) {
    const { carry, ys } = scan((h: Tensor, x: Tensor) => ({ carry: x, y: mul(h, x) }), {
      init: w,
      xs,
      reverse,
    });
    return { outputs: [carry, ys], loss: add(sum(ys), sum(square(carry))) };
  },
  "a carry that stays, and one that is forgotten"({ xs, w, reverse }) {
    const { carry, ys } = scan(
      ({ a }: { a: Tensor; b: Tensor }, x: Tensor) => ({ carry: { a, b: square(x) }, y: add(a, x) }),
      { init: { a: w, b: transpose(w) }, xs, reverse },
    );
    return { outputs: [carry.a, carry.b, ys], loss: add(sum(square(ys)), sum(carry.b)) };
  },
  "one carry for two, after and before each step"({ xs, w, reverse }) {
    const step = (h: Tensor, x: Tensor) => {
      const next = tanh(add(h, x));
      return { carry: next, y: [next, h, next, transpose(next)] };
    };
    const { carry, ys } = scan(step, { init: w, xs, reverse });
    return { outputs: [carry, ...(ys as readonly Tensor[])], loss: sum(mul(ys[0]!, ys[1]!)) };
  },
  "ys that do not depend on the step"({ xs, w, reverse }) {
    const step = (h: Tensor, x: Tensor) => ({ carry: add(h, x), y: [square(w), constant(2, "f64"), w] });
    const { carry, ys } = scan(step, { init: w, xs, reverse });
    return { outputs: [carry, ...(ys as readonly Tensor[])], loss: sum(mul(carry, sum(ys[0]!))) };
  },
  "parts of a carry"({ xs, w, reverse }) {
    const step = (h: Tensor, x: Tensor) => {
      const turned = transpose(h);
      return { carry: add(turned, mul(x, 0.1)), y: slice(turned, [1, 0], [2, 2]) };
    };
    const { carry, ys } = scan(step, { init: w, xs, reverse });
    return { outputs: [carry, ys], loss: add(sum(square(ys)), sum(carry)) };
  },
  "counters and flags"({ xs, reverse }) {
    const init = { n: constant([0, 5], "i32"), seen: constant(false), all: constant([true, true]) };
    const step = (c: { n: Tensor; seen: Tensor; all: Tensor }, x: Tensor) => {
      const big = greater(sum(x, { axis: 0 }), 0);
      const n = add(mul(c.n, 3), cast(floor(mul(sum(x), 10)), "i32"));
      const seen = logicalOr(c.seen, greater(sum(x), 0.3));
      return {
        carry: { n, seen, all: logicalAnd(c.all, logicalNot(big)) },
        y: { n, before: c.n, seen: c.seen, big },
      };
    };
    const { carry, ys } = scan(step, { init, xs, reverse });
    return { outputs: [carry.n, carry.seen, carry.all, ys.n, ys.before, ys.seen, ys.big] };
  },
  "rows that a counted carry chooses"({ xs, w, reverse }) {
    const step = ({ i, h }: { i: Tensor; h: Tensor }, x: Tensor) => ({
      carry: { i: sub(1, i), h: where(greater(x, 0), add(h, take(w, i)), h) },
      y: take(x, i),
    });
    const { carry, ys } = scan(step, { init: { i: constant(0, "i32"), h: w }, xs, reverse });
    return { outputs: [carry.i, carry.h, ys], loss: add(sum(square(carry.h)), sum(ys)) };
  },
  "a loop inside, over the rows of the outer one"({ xs, w, reverse }) {
    const step = (h: Tensor, x: Tensor) => {
      const inner = scan((c: Tensor, row: Tensor) => ({ carry: tanh(add(c, mul(row, h))), y: mul(c, row) }), {
        init: h,
        xs: x,
        reverse: !reverse,
      });
      return { carry: inner.carry, y: inner.ys };
    };
    const { carry, ys } = scan(step, { init: w, xs, reverse });
    return { outputs: [carry, ys], loss: add(sum(ys), sum(carry)) };
  },
  "a loop inside that takes no step"({ xs, w, reverse }) {
    const step = (h: Tensor, x: Tensor) => {
      const inner = scan((c: Tensor) => ({ carry: tanh(c), y: c }), { init: mul(h, x), length: 0 });
      return { carry: inner.carry, y: sum(inner.ys) };
    };
    const { carry, ys } = scan(step, { init: w, xs, reverse });
    return { outputs: [carry, ys], loss: sum(carry) };
  },
  "a checkpointed step in a loop of segments"({ xs, w, reverse }) {
    const block = checkpoint((h: Tensor) => tanh(matmul(h, w)));
    const step = (h: Tensor, x: Tensor) => {
      const next = add(block(h), x);
      return { carry: next, y: next };
    };
    const { carry, ys } = scan(step, { init: w, xs, reverse, checkpoint: 2 });
    return { outputs: [carry, ys], loss: add(sum(square(ys)), sum(carry)) };
  },
};

describe.each([0, 1, 2, 5])("%i steps", (steps) => {
  describe.each([false, true])("reverse: %s", (reverse) => {
    test.each(Object.entries(cases))("%s", (_, make) => {
      const xs = input("xs", [steps, 2, 2], "f64");
      const w = parameter("w", wave([2, 2], 5));
      const { outputs, loss } = make({ xs, w, reverse });
      const first: Tensor[] = loss ? [...(grad(loss, [xs, w]) as readonly Tensor[])] : [];
      const second = loss ? (grad(sum(square(first[1]!)), [xs, w]) as readonly Tensor[]) : [];
      const tensors = [...outputs, ...first, ...second];
      const feeds = { xs: wave([steps, 2, 2]) };
      const expected = evaluate(tensors, feeds);
      for (const rewrites of [{}, { simplify: false }]) {
        const run = compile({ inputs: { xs }, outputs: tensors, rewrites, runtime });
        for (const litter of [0xff, 0x00]) {
          runtime.litter = litter;
          expectRounded(run(feeds), expected, 100, `litter ${litter}`);
        }
        run.dispose();
      }
    });
  });
});

test("booleans are 0 and 1 wherever they come from", () => {
  const bits = input("bits", [4], "bool");
  const outputs = {
    not: logicalNot(bits),
    float: cast(bits, "f32"),
    both: logicalAnd(bits, greater(cast(bits, "i32"), 0)),
  };
  const run = compile({ inputs: { bits }, outputs, runtime });
  const { not, float, both } = run({ bits: [true, false, true, false] });
  expect([...not.data, ...float.data, ...both.data]).toEqual([0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0]);
});
