import { add, concat, grad, mul, scan, slice, type Tensor, take, zerosLike } from "@org/core";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

interface Input {
  readonly x: readonly number[];
  readonly s: number;
}

/** `yᵢ'(t) = xᵢ yᵢ₋₁(t)`, with 1 in the place of `y₋₁`. */
const slope = (x: Tensor, y: Tensor): Tensor => mul(x, concat([[1], slice(y, [0], [-1])]));

/** `y(2)` from `y(0) = 0`, in `s` steps of the classical method of Runge and Kutta. */
function solution(x: Tensor, s: number): Tensor {
  const h = 2 / s;
  const step = (y: Tensor): Tensor => {
    const k1 = slope(x, y);
    const k2 = slope(x, add(y, mul(h / 2, k1)));
    const k3 = slope(x, add(y, mul(h / 2, k2)));
    const k4 = slope(x, add(y, mul(h, k3)));
    return add(y, mul(h / 6, add(k1, mul(2, k2), mul(2, k3), k4)));
  };
  return scan((y) => ({ carry: step(y) }), { init: zerosLike(x), length: s }).carry;
}

export const primal: Evaluation = evaluation(({ x, s }: Input) => ({
  f: ({ x }: { x: Tensor }) => solution(x, s),
  on: { x },
}));

/** The gradient of the last element. */
export const gradient: Evaluation = evaluation(({ x, s }: Input) => ({
  f({ x }: { x: Tensor }) {
    const last = take(solution(x, s), x.shape[0]! - 1);
    return grad(last, x);
  },
  on: { x },
}));
