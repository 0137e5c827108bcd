/** Right factors of products in loops, which are packed before the loop where they stay the same, and only there. */
import { afterAll, expect, test } from "vitest";
import {
  add,
  array,
  broadcastTo,
  compile,
  evaluate,
  matmul,
  mul,
  type NDArray,
  parameter,
  scan,
  slice,
  type Tensor,
  tanh,
  transpose,
} from "../../src/index.ts";
import { LitteredRuntime } from "./littered-runtime.ts";
import { expectRounded } from "./rounding.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

const [B, H, T] = [25, 36, 3];

const wave = (shape: readonly number[], shift: number): NDArray =>
  array(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + shift) / 4),
    { shape },
  );
const w = parameter("w", wave([H, H], 1));
const wide = parameter("wide", wave([2 * H, 2 * H], 2));
const init = parameter("init", wave([B, H], 3));
const square = parameter("square", wave([H, H], 4));
const few = parameter("few", wave([3, H, H], 6));
const batch = parameter("batch", wave([3, B, H], 7));
const stack = parameter("stack", wave([T, H, H], 5));

const repeat = (h: Tensor, step: (h: Tensor) => Tensor): Tensor =>
  scan((state: Tensor) => ({ carry: tanh(step(state)) }), { init: h, length: T }).carry;

const overStack = (step: (h: Tensor, x: Tensor) => Tensor): Tensor =>
  scan((h: Tensor, x: Tensor) => ({ carry: tanh(step(h, x)) }), { init, xs: stack }).carry;

test.each<[string, Tensor, boolean]>([
  ["a parameter", repeat(init, (h) => matmul(h, w)), true],
  ["a transposed parameter", repeat(init, (h) => matmul(h, transpose(w))), true],
  ["a part of a parameter", repeat(init, (h) => matmul(h, slice(wide, [3, 5], [3 + H, 5 + H]))), true],
  [
    "two parts of one",
    repeat(init, (h) =>
      add(matmul(h, slice(wide, [0, 0], [H, H])), matmul(h, slice(wide, [H, 0], [2 * H, H]))),
    ),
    true,
  ],
  ["a parameter, from loops in a loop", repeat(init, (h) => repeat(h, (g) => matmul(g, w))), true],
  [
    "what the loop around computes",
    repeat(init, (h) => {
      const factor = tanh(matmul(transpose(h), h));
      return repeat(h, (g) => matmul(g, factor));
    }),
    true,
  ],
  ["a part of what the loop around carries", repeat(square, (h) => repeat(h, (g) => matmul(g, h))), true],
  ["a batch of parameters", repeat(batch, (h) => matmul(h, few)), true],
  ["a batch, transposed", repeat(batch, (h) => matmul(h, transpose(few, [0, 2, 1]))), true],
  ["one for all of a batch", repeat(batch, (h) => matmul(h, broadcastTo(w, [3, H, H]))), true],
  [
    "a batch of batches, some of them the same",
    repeat(broadcastTo(batch, [2, 3, B, H]), (h) => matmul(h, broadcastTo(few, [2, 3, H, H]))),
    true,
  ],
  ["a row of a stack", overStack((h, x) => matmul(h, x)), false],
  ["a row of a stack, for a loop inside", overStack((h, x) => repeat(h, (g) => matmul(g, x))), true],
  ["a carry", repeat(square, (h) => matmul(w, h)), false],
  ["a carry, twice", repeat(square, (h) => matmul(h, mul(h, 0.5))), false],
])("%s", (_, y, packed) => {
  const expected = evaluate(y);
  for (const rewrites of [
    {},
    { packFactors: false },
    { hoistProducts: false, mergeProducts: false, simplify: false },
  ]) {
    const run = compile({ outputs: [y], rewrites, runtime });
    const found = [run(), run()];
    for (const values of found) expectRounded(values, [expected], 1e4);
    if (Object.keys(rewrites).length === 0) expect(run.report().rewrites.packFactors.fired > 0).toBe(packed);
    run.dispose();
  }
});
