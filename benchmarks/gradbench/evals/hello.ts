import { gradOf, mul, type Tensor } from "@org/core";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

const squared = (x: Tensor): Tensor => mul(x, x);

/** `x²`. The input is a plain number. */
export const square: Evaluation = evaluation((x: number) => ({
  f: ({ x }: { x: Tensor }) => squared(x),
  on: { x },
}));

/** `2 x`, the gradient of `square`. */
export const double: Evaluation = evaluation((x: number) => ({
  f: ({ x }: { x: Tensor }) => gradOf(squared)(x),
  on: { x },
}));
