import { isTensor, type Tensors } from "../autodiff/gradient.ts";
import { constant } from "../graph/leaves.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { ScanOptions, StepResult } from "../loops/scan.ts";
import { unroll } from "../loops/unroll.ts";
import { array } from "../ndarray.ts";
import { logicalOr, where } from "../ops/comparison.ts";
import { fill } from "../ops/promotion.ts";
import { flatten, withLeaves } from "../structure.ts";

interface Options extends Pick<ScanOptions<Tensor, Tensor>, "length" | "reverse"> {
  readonly init: Tensors;
  readonly xs?: Tensor;
  readonly until: (carry: never) => Tensor;
}

/** `scan` with `until`, every step written out: those behind the end are computed, and not chosen. */
export function unrollUntil(
  step: (carry: never, x: never) => StepResult<Tensor>,
  { until, init, ...options }: Options,
): { carry: Tensors; ys: Tensor } {
  const leavesOf = (carry: unknown): readonly Tensor[] => flatten<Tensor>(carry as Tensors, isTensor).leaves;
  const structured = (leaves: readonly Tensor[]): Tensors =>
    withLeaves<Tensor, Tensor>(init, isTensor, leaves) as Tensors;
  const running = constant(array(Uint8Array.of(0), { shape: [], dtype: "bool" }));
  const { carry, ys } = unroll(
    ({ leaves, ended: before }: { leaves: readonly Tensor[]; ended: Tensor }, x: Tensor) => {
      const state = structured(leaves) as never;
      const ended = logicalOr(before, until(state));
      const { carry, y } = step(state, x as never);
      const next = leavesOf(carry).map((after, i) => where(ended, leaves[i]!, after));
      return { carry: { leaves: next, ended }, ...(y && { y: where(ended, fill(0, y), y) }) };
    },
    { ...options, init: { leaves: leavesOf(init), ended: running } },
  );
  return { carry: structured(carry.leaves), ys: ys as Tensor };
}
