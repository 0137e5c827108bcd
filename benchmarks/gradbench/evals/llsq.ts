import {
  add,
  arange,
  div,
  gradOf,
  mul,
  scan,
  sign,
  square,
  sub,
  sum,
  type Tensor,
  zerosLike,
} from "@org/core";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

interface Input {
  readonly x: readonly number[];
  readonly n: number;
}

/** `Σⱼ xⱼ tʲ` at each `t`, by Horner's rule. */
const polynomial = (x: Tensor, t: Tensor): Tensor =>
  scan((y, coefficient: Tensor) => ({ carry: add(mul(y, t), coefficient) }), {
    init: zerosLike(t),
    xs: x,
    reverse: true,
  }).carry;

/** `½ Σᵢ (sign tᵢ - Σⱼ xⱼ tᵢʲ)²` at `n` places `t` from -1 to 1. */
function halfSquares(x: Tensor, n: number): Tensor {
  const t = add(-1, div(mul(2, arange(n)), n - 1));
  return div(sum(square(sub(sign(t), polynomial(x, t)))), 2);
}

export const primal: Evaluation = evaluation(({ x, n }: Input) => ({
  f: ({ x }: { x: Tensor }) => halfSquares(x, n),
  on: { x },
}));

export const gradient: Evaluation = evaluation(({ x, n }: Input) => ({
  f: ({ x }: { x: Tensor }) => gradOf((x) => halfSquares(x, n))(x),
  on: { x },
}));
