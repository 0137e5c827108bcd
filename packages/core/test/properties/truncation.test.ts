/** Truncated backpropagation: windows of k steps, no gradient between them. */
import {
  add,
  evaluate,
  grad,
  matmul,
  parameter,
  scan,
  slice,
  square,
  stopGradient,
  sum,
  type Tensor,
  tanh,
} from "@org/core";
import { arbitraryArray, checkGradients } from "@org/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { expectClose } from "./runs.ts";

const SIZE = 2;

/** The loss of a recurrent network over windows of `k` steps. */
function loss(w: Tensor, xs: Tensor, k: number): Tensor {
  const steps = xs.shape[0]!;
  let state: Tensor = slice(w, [0, 0], [1, SIZE]);
  let total = sum(square(state));
  for (let start = 0; start === 0 || start < steps; start += k) {
    const { carry, ys } = scan(
      (h: Tensor, x: Tensor) => {
        const next = tanh(add(matmul(h, w), x));
        return { carry: next, y: square(next) };
      },
      { init: state, xs: slice(xs, [start, 0], [Math.min(steps, start + k), SIZE]) },
    );
    total = add(total, sum(ys));
    state = stopGradient(carry);
  }
  return total;
}

const values = (shape: readonly number[]) => arbitraryArray({ shape, dtype: "f64", min: -1, max: 1 });
const cases = fc
  .nat({ max: 5 })
  .chain((steps) =>
    fc.record({ steps: fc.constant(steps), w: values([SIZE, SIZE]), xs: values([steps, SIZE]) }),
  );

test("truncated to k ≥ T steps = full", () => {
  fc.assert(
    fc.property(cases, fc.nat({ max: 3 }), ({ steps, w, xs }, more) => {
      const [weights, rows] = [parameter("w", w), parameter("xs", xs)];
      const full = scanOnce(weights, rows);
      const truncated = loss(weights, rows, Math.max(1, steps + more));
      expectClose(evaluate([truncated, grad(truncated, weights)]), evaluate([full, grad(full, weights)]));
    }),
    runs(30),
  );
});

test("truncated to k < T steps: the same loss, and the gradient that differences with held states give", () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 3 }), ({ w, xs }, k) => {
      const [weights, rows] = [parameter("w", w), parameter("xs", xs)];
      const truncated = loss(weights, rows, k);
      expectClose([evaluate(truncated)], [evaluate(scanOnce(weights, rows))]);
      checkGradients(truncated, weights, { order: 2 }).assert();
    }),
    runs(20),
  );
});

test("truncation changes the gradient", () => {
  const weights = parameter("w", [
    [0.5, -0.3],
    [0.2, 0.7],
  ]);
  const rows = parameter("xs", [
    [0.1, 0.2],
    [0.3, -0.4],
    [0.5, 0.6],
  ]);
  const gradients = [1, 3].map((k) => evaluate(grad(loss(weights, rows, k), weights)).toNested());
  expect(gradients[0]).not.toEqual(gradients[1]);
});

/** The same loss without windows. */
function scanOnce(w: Tensor, xs: Tensor): Tensor {
  const init = slice(w, [0, 0], [1, SIZE]);
  const { ys } = scan(
    (h: Tensor, x: Tensor) => {
      const next = tanh(add(matmul(h, w), x));
      return { carry: next, y: square(next) };
    },
    { init, xs },
  );
  return add(sum(square(init)), sum(ys));
}
