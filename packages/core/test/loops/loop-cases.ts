import {
  add,
  cast,
  concat,
  constant,
  dot,
  exp,
  matmul,
  mul,
  type NDArray,
  scan,
  sigmoid,
  sin,
  stopGradient,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  type unroll,
} from "../../src/index.ts";
import { filled, integers, vector } from "../samples/arrays.ts";

/** `scan`, or something that means the same. */
export type Looper = typeof scan & typeof unroll;

/** A loop at fixed values; the last operands may be integers. */
export interface LoopCase {
  readonly values: readonly NDArray[];
  /** False where the loop's own gradient is not that of its values. @default true */
  readonly differences?: boolean;
  readonly build: (loop: Looper, ...operands: Tensor[]) => readonly Tensor[];
}

const one = filled([1], 3);
const steps = filled([5, 2], 1);

export const loopCases: Readonly<Record<string, LoopCase>> = {
  "a cell with captured weights": {
    values: [filled([2], 4), filled([2, 2]), filled([2], 2), steps],
    build: (loop, h, w, b, xs) => {
      const step = (h: Tensor, x: Tensor) => {
        const next = tanh(add(matmul(h, w!), b!, x));
        return { carry: next, y: mul(next, next) };
      };
      const { carry, ys } = loop(step, { init: h!, xs: xs! });
      return [carry, ys];
    },
  },
  "backwards in time": {
    values: [filled([2], 4), filled([2], 2), steps],
    build: (loop, h, w, xs) => {
      const step = (h: Tensor, x: Tensor) => ({ carry: tanh(add(mul(h, w!), x)), y: mul(h, x) });
      const { carry, ys } = loop(step, { init: h!, xs: xs!, reverse: true });
      return [carry, ys];
    },
  },
  "records everywhere": {
    values: [one, filled([2], 1), steps, filled([5], 2)],
    build: (loop, a, b, p, q) => {
      const { carry, ys } = loop(
        (c: { a: Tensor; b: { c: Tensor } }, x: { p: Tensor; q: Tensor }) => ({
          carry: { a: tanh(add(c.a, x.q)), b: { c: mul(c.b.c, sin(x.p)) } },
          y: { first: mul(c.a, x.p), second: [add(c.b.c, x.q)] as const },
        }),
        { init: { a: a!, b: { c: b! } }, xs: { p: p!, q: q! } },
      );
      return [carry.a, carry.b.c, ys.first, ys.second[0]];
    },
  },
  "a counter beside the state": {
    values: [one, steps],
    build: (loop, h, xs) => {
      const { carry } = loop(
        (c: { t: Tensor; h: Tensor }, x: Tensor) => ({
          carry: { t: add(c.t, 1), h: tanh(add(c.h, mul(sum(x), cast(c.t, "f64")))) },
        }),
        { init: { t: new Int32Array([1]), h: h! }, xs: xs! },
      );
      return [carry.h, mul(cast(carry.t, "f64"), carry.h)];
    },
  },
  "one carry that nothing differentiated reaches": {
    values: [one, filled([4], 2)],
    build: (loop, h, xs) => {
      const { carry, ys } = loop(
        (c: { clock: Tensor; h: Tensor }, x: Tensor) => ({
          carry: { clock: mul(c.clock, 0.9), h: tanh(add(mul(c.h, c.clock), x)) },
          y: mul(c.clock, c.h),
        }),
        { init: { clock: vector(0.8), h: h! }, xs: xs! },
      );
      return [carry.h, ys];
    },
  },
  "one carry that no output needs": {
    values: [one, one, filled([4], 2)],
    build: (loop, a, b, xs) => {
      const { carry } = loop(
        (c: { a: Tensor; b: Tensor }, x: Tensor) => ({
          carry: { a: tanh(add(c.a, x)), b: mul(c.b, c.a) },
        }),
        { init: { a: a!, b: b! }, xs: xs! },
      );
      return [carry.a];
    },
  },
  "carries that change places": {
    values: [one, filled([1], 1), filled([4], 2)],
    build: (loop, a, b, xs) => {
      const { carry } = loop(
        (c: { a: Tensor; b: Tensor }, x: Tensor) => ({
          carry: { a: c.b, b: mul(add(c.a, x), c.b) },
        }),
        { init: { a: a!, b: b! }, xs: xs! },
      );
      return [carry.b];
    },
  },
  "a carry that stays, and one only ys read": {
    values: [one, one, filled([3], 2)],
    build: (loop, fixed, h, xs) => {
      const { carry, ys } = loop(
        (c: { fixed: Tensor; h: Tensor }, x: Tensor) => ({
          carry: { fixed: c.fixed, h: sin(add(c.h, x)) },
          y: mul(c.fixed, c.h, x),
        }),
        { init: { fixed: fixed!, h: h! }, xs: xs! },
      );
      return [ys, mul(carry.fixed, carry.fixed)];
    },
  },
  "a carry that is the last x": {
    values: [one, one, filled([4], 2)],
    build: (loop, h, w, xs) => {
      const { carry } = loop(
        (c: { last: Tensor; h: Tensor }, x: Tensor) => ({
          carry: { last: x, h: tanh(add(mul(c.h, w!), sum(c.last))) },
        }),
        { init: { last: constant(0.3, "f64"), h: h! }, xs: xs! },
      );
      return [carry.h, carry.last];
    },
  },
  "a carry that is forgotten after the first step": {
    values: [one, one],
    build: (loop, first, h) => {
      const { carry } = loop(
        (c: { first: Tensor; h: Tensor }) => ({ carry: { first: vector(0.2), h: sin(add(c.h, c.first)) } }),
        { init: { first: first!, h: h! }, length: 3 },
      );
      return [carry.h];
    },
  },
  "a carry that is read behind stopGradient alone": {
    values: [one, one, one, filled([4], 2)],
    differences: false,
    build: (loop, seen, h, w, xs) => {
      const { carry } = loop(
        (c: { seen: Tensor; h: Tensor }, x: Tensor) => ({
          carry: { seen: mul(w!, x), h: tanh(add(mul(c.h, stopGradient(c.seen)), w!)) },
        }),
        { init: { seen: seen!, h: h! }, xs: xs! },
      );
      return [carry.h, carry.seen];
    },
  },
  "no xs": {
    values: [vector(0.3), vector(2.5)],
    build: (loop, x, rate) => {
      const step = (x: Tensor) => ({ carry: mul(rate!, x, sub(1, x)), y: exp(x) });
      const { carry, ys } = loop(step, { init: x!, length: 4 });
      return [carry, ys];
    },
  },
  "ys of which some are not used": {
    values: [one, filled([4], 2)],
    build: (loop, h, xs) => {
      const { ys } = loop(
        (h: Tensor, x: Tensor) => ({
          carry: sin(add(h, x)),
          y: { used: mul(h, x), unused: exp(mul(h, x)) },
        }),
        { init: h!, xs: xs! },
      );
      return [ys.used];
    },
  },
  "captured in the body and as init, after work outside": {
    values: [one, filled([3], 2)],
    build: (loop, w, xs) => {
      const scaled = exp(w!);
      const step = (h: Tensor, x: Tensor) => ({ carry: tanh(mul(h, scaled, add(x, w!))), y: mul(scaled, x) });
      const { carry, ys } = loop(step, { init: w!, xs: xs! });
      return [carry, ys];
    },
  },
  "work in the body on captured tensors alone": {
    values: [one, one, filled([3], 2)],
    build: (loop, w, h, xs) => {
      const step = (h: Tensor, x: Tensor) => ({
        carry: add(mul(h, tanh(w!)), x),
        y: { moving: mul(h, x), still: sin(w!) },
      });
      const { carry, ys } = loop(step, { init: h!, xs: xs! });
      return [carry, ys.moving, ys.still];
    },
  },
  "one tensor as init, xs and captured": {
    values: [filled([3], 2)],
    build: (loop, v) => {
      const step = (h: Tensor, x: Tensor) => ({ carry: mul(h, add(x, sum(v!))), y: mul(h, x) });
      const { carry, ys } = loop(step, { init: v!, xs: v! });
      return [carry, ys];
    },
  },
  "rows looked up by integers": {
    values: [filled([3, 2]), one, integers([2, 0, 2, 1])],
    build: (loop, table, h, ids) => {
      const step = (h: Tensor, id: Tensor) => ({
        carry: tanh(add(h, sum(take(table!, id)))),
        y: take(table!, id),
      });
      const { carry, ys } = loop(step, { init: h!, xs: ids! });
      return [carry, ys];
    },
  },
  "a loop in a loop, each with captures": {
    values: [filled([2], 1), filled([2], 3), filled([3, 2, 2], 2)],
    build: (loop, h, w, xs) => {
      const { carry, ys } = loop(
        (outer: Tensor, row: Tensor) => {
          const inner = loop(
            (c: Tensor, x: Tensor) => ({ carry: tanh(add(mul(c, w!), mul(x, outer))), y: mul(c, x) }),
            { init: outer, xs: row },
          );
          return { carry: inner.carry, y: sum(inner.ys, { axis: 0 }) };
        },
        { init: h!, xs: xs! },
      );
      return [carry, ys];
    },
  },
  "a loop in a loop, the inner one backwards and without xs": {
    values: [one, filled([3], 2)],
    build: (loop, h, xs) => {
      const step = (outer: Tensor, x: Tensor) => {
        const inner = loop((c: Tensor) => ({ carry: sin(add(c, mul(x, outer))) }), {
          init: outer,
          length: 2,
          reverse: true,
        });
        return { carry: inner.carry };
      };
      return [loop(step, { init: h!, xs: xs!, reverse: true }).carry];
    },
  },
  "gates of a recurrent cell": {
    values: [filled([2], 1), filled([2], 2), filled([4, 4], 1), filled([3, 2], 2)],
    build: (loop, h, c, w, xs) => {
      const { carry, ys } = loop(
        (s: { h: Tensor; c: Tensor }, x: Tensor) => {
          const z = matmul(concat([x, s.h]), w!);
          const [i, f] = [sigmoid(take(z, [0, 1])), sigmoid(take(z, [2, 3]))];
          const c = add(mul(f, s.c), mul(i, tanh(x)));
          const h = mul(i, tanh(c));
          return { carry: { h, c }, y: h };
        },
        { init: { h: h!, c: c! }, xs: xs! },
      );
      return [carry.c, ys];
    },
  },
  "one step": {
    values: [one, filled([1, 2], 2)],
    build: (loop, h, xs) => {
      const { carry, ys } = loop((h: Tensor, x: Tensor) => ({ carry: sin(mul(h, sum(x))), y: mul(h, x) }), {
        init: h!,
        xs: xs!,
      });
      return [carry, ys];
    },
  },
  "no steps": {
    values: [filled([2], 1), filled([2], 2), filled([0, 2])],
    build: (loop, h, w, xs) => {
      const { carry, ys } = loop((h: Tensor, x: Tensor) => ({ carry: mul(h, w!, x), y: add(h, x) }), {
        init: h!,
        xs: xs!,
      });
      return [mul(carry, w!), ys];
    },
  },
  "a product of vectors that a scalar carries": {
    values: [filled([], 2), filled([3, 2], 1), filled([2], 3)],
    build: (loop, total, xs, v) => {
      const step = (t: Tensor, x: Tensor) => ({ carry: add(mul(t, dot(x, v!)), t) });
      return [loop(step, { init: total!, xs: xs! }).carry];
    },
  },
};

/** `scan` with a checkpoint every so many steps. */
export const checkpointed = (every: "sqrt" | number): Looper =>
  ((step: never, options: never) =>
    scan(step, { ...(options as object), checkpoint: every } as never)) as never;
