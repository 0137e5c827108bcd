/** What a loop keeps of every step for its gradient: the smallest set, counted in bytes. */
import { describe, expect, test } from "vitest";
import { byteWidth } from "../../src/dtype.ts";
import {
  add,
  broadcastTo,
  constant,
  exp,
  grad,
  matmul,
  mul,
  type Node,
  parameter,
  scan,
  sigmoid,
  split,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tanh,
} from "../../src/index.ts";
import type { Loop } from "../../src/loops/loop.ts";
import { weights } from "../sweep/arrays.ts";

const [T, B, D, H] = [5, 2, 3, 4];

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

interface Saved {
  /** The ops whose results are kept, sorted. */
  readonly ops: readonly string[];
  /** Numbers kept per step. */
  readonly numbers: number;
}

/** What `differentiate` adds to the histories of a loop. */
function saved({ node }: Tensor, differentiate: () => unknown): Saved {
  const before = node.results.length;
  differentiate();
  const { body, carries } = node.attributes as Loop;
  const kept = body.outputs.slice(before);
  const bytes = node.results
    .slice(before)
    .reduce((total, { shape, dtype }) => total + byteWidth(dtype) * sizeOf(shape.slice(1)), 0);
  const carried = body.inputs.slice(-carries - stackedCount(node), body.inputs.length - stackedCount(node));
  const op = (tensor: Tensor): string => (carried.includes(tensor) ? "carry" : tensor.op.name);
  return { ops: kept.map(op).sort(), numbers: bytes / byteWidth(node.results[0]!.dtype) };
}

const stackedCount = ({ attributes, inputs }: Node): number => {
  const { constants, carries } = attributes as Loop;
  return inputs.length - constants - carries;
};

const xs = parameter("xs", weights([T, B, D]));
const zeros = (): Tensor => parameter("h", weights([B, H]));

describe("an LSTM", () => {
  const wx = parameter("wx", weights([D, 4 * H]));
  const wh = parameter("wh", weights([H, 4 * H]));
  const b = parameter("b", weights([4 * H]));
  const state = { h: zeros(), c: zeros() };
  const step = (s: { h: Tensor; c: Tensor }, x: Tensor) => {
    const [i, f, o, g] = split(add(matmul(x, wx), matmul(s.h, wh), b), 4, { axis: 1 }) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const c = add(mul(sigmoid(f), s.c), mul(sigmoid(i), tanh(g)));
    const h = mul(sigmoid(o), tanh(c));
    return { carry: { h, c }, y: h };
  };
  const all = [wx, wh, b, state.h, state.c, xs];

  test("keeps the four gates, tanh c, and the state before the step", () => {
    const { ys } = scan(step, { init: state, xs });
    expect(saved(ys, () => grad(sum(square(ys)), all))).toEqual({
      ops: ["carry", "carry", "sigmoid", "sigmoid", "sigmoid", "tanh", "tanh"],
      numbers: 7 * B * H,
    });
  });
  test("keeps no state before the step for the gradient of the bias alone but c", () => {
    const { ys } = scan(step, { init: state, xs });
    const { ops, numbers } = saved(ys, () => grad(sum(square(ys)), b));
    expect(ops).toEqual(["carry", "sigmoid", "sigmoid", "sigmoid", "tanh", "tanh"]);
    expect(numbers).toBe(6 * B * H);
  });
  test("keeps nothing more when differentiated again by the same operands", () => {
    const { ys } = scan(step, { init: state, xs });
    grad(sum(square(ys)), all);
    expect(saved(ys, () => grad(sum(square(ys)), all)).numbers).toBe(0);
  });
  test("in segments keeps the carries between them", () => {
    const { ys } = scan(step, { init: state, xs, checkpoint: 2 });
    const segments = ys.node.inputs[0]!.node.inputs[0]!;
    const { ops, numbers } = saved(segments, () => grad(sum(square(ys)), all));
    expect([ops, numbers]).toEqual([["carry", "carry"], 2 * B * H]);
  });
});

test("a tanh network reads its own ys, and keeps only the state before the step", () => {
  const wh = parameter("wh", weights([H, H]));
  const h0 = zeros();
  const { ys } = scan(
    (h: Tensor, x: Tensor) => {
      const next = tanh(add(matmul(h, wh), sum(x)));
      return { carry: next, y: next };
    },
    { init: h0, xs },
  );
  expect(saved(ys, () => grad(sum(square(ys)), [wh, h0, xs]))).toEqual({ ops: ["carry"], numbers: B * H });
});

describe("of equal values the smallest", () => {
  const loop = (step: (h: Tensor, x: Tensor) => Tensor): Saved => {
    const h0 = parameter("h", weights([H]));
    const { carry } = scan((h: Tensor, x: Tensor) => ({ carry: step(h, x) }), {
      init: h0,
      xs: parameter("x", weights([T, H])),
    });
    return saved(carry, () => grad(sum(carry), h0));
  };
  test("nothing for a step that is linear", () => {
    expect(loop((h, x) => sub(mul(h, 0.5), x)).numbers).toBe(0);
  });
  test("nothing for factors that are there anyway", () => {
    expect(loop((h, x) => mul(h, x)).numbers).toBe(0);
  });
  test("the carry where its factor is cheap", () => {
    expect(loop((h, x) => mul(h, add(h, x)))).toEqual({ ops: ["carry"], numbers: H });
  });
  test("a number rather than what it was spread to", () => {
    expect(loop((h, x) => mul(h, exp(sum(mul(x, stopGradient(h))))))).toEqual({ ops: ["exp"], numbers: 1 });
  });
  test("a sum rather than its two terms", () => {
    const [a, b] = [parameter("a", weights([H, H])), parameter("b", weights([H, H]))];
    expect(loop((h) => square(add(matmul(h, a), matmul(h, b))))).toEqual({ ops: ["add"], numbers: H });
  });
  test("not the carry after the step, which is no history yet, where less would do", () => {
    const h0 = parameter("h", weights([H]));
    const step = (h: Tensor, x: Tensor) => {
      const next = broadcastTo(sum(mul(h, x)), [H]);
      return { carry: next, y: square(next) };
    };
    const { ys } = scan(step, { init: h0, xs: parameter("x", weights([T, H])) });
    expect(saved(ys, () => grad(sum(ys), h0))).toEqual({ ops: ["sum"], numbers: 1 });
  });
  test("nothing that is a literal", () => {
    const fixed = constant(weights([H]));
    expect(loop((h) => mul(h, fixed)).numbers).toBe(0);
  });
});
