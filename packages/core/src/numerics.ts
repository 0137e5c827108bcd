import { isFloat } from "./dtype.ts";
import { NumericError } from "./errors.ts";
import { constantOp } from "./graph/leaves.ts";
import { sourceLine } from "./graph/provenance.ts";
import type { Tensor } from "./graph/tensor.ts";
import type { PlanOptions } from "./interpreter.ts";
import type { NDArray } from "./ndarray.ts";

/**
 * Watches a run for NaN and infinity and stops it at the first node that makes one, or brings one in as a parameter.
 * Literals may be infinite: a mask of -∞ is no accident.
 * @throws NumericError, while the run goes on
 */
export const watchNumbers: NonNullable<PlanOptions["observe"]> = (node, operands, results, steps) => {
  if (node.op === constantOp || operands.some((operand) => firstBad(operand) !== undefined)) return;
  for (const result of results) {
    const bad = result && firstBad(result);
    if (bad !== undefined)
      throw new NumericError(String(bad), node.op.name, node.name, sourceLine(node), [...steps]);
  }
};

/**
 * Watches what is fed, before anything runs.
 * @throws NumericError naming the first input with a NaN or an infinity
 */
export function watchFeeds(inputs: readonly Tensor[], values: readonly NDArray[]): void {
  inputs.forEach(({ node }, i) => {
    watchNumbers(node, [], [values[i]!], []);
  });
}

function firstBad({ dtype, data }: NDArray): number | undefined {
  if (!isFloat(dtype)) return undefined;
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return data[i];
  return undefined;
}
