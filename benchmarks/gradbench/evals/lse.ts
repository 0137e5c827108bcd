import { add, exp, gradOf, log, max, sub, sum, type Tensor } from "@org/core";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

interface Input {
  readonly x: readonly number[];
}

/** `log Σ exp xᵢ`, written out: `a + log Σ exp(xᵢ - a)` with `a = max x`, so that nothing overflows. */
function logSumExp(x: Tensor): Tensor {
  const a = max(x);
  return add(a, log(sum(exp(sub(x, a)))));
}

export const primal: Evaluation = evaluation(({ x }: Input) => ({
  f: ({ x }: { x: Tensor }) => logSumExp(x),
  on: { x },
}));

export const gradient: Evaluation = evaluation(({ x }: Input) => ({
  f: ({ x }: { x: Tensor }) => gradOf(logSumExp)(x),
  on: { x },
}));
