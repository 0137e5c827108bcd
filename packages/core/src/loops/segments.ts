import type { Tensors } from "../autodiff/gradient.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import { sum } from "../ops/broadcast.ts";
import { cast } from "../ops/cast.ts";
import { greater, maximum, minimum } from "../ops/comparison.ts";
import { arange } from "../ops/indexing.ts";
import type { Operand } from "../ops/operand.ts";
import { blocksOf, inBlocks, inSteps, restOf } from "./blocks.ts";
import type { checkpoint } from "./checkpoint.ts";

/** A scan over tensors alone, as `scan.ts` hands it over. */
type PlainScan = (
  init: Tensors,
  xs: Tensors | undefined,
  length: number,
  count?: Tensor,
) => { carry: Tensors; ys?: Tensors };

export interface Segmented {
  readonly init: Tensors;
  readonly xs: Tensors | undefined;
  readonly length: number;
  /** Steps per segment, fewer than `length`. */
  readonly segment: number;
  readonly reverse: boolean;
  /** How many of the steps run, `i32 []`; undefined for all. */
  readonly count: Tensor | undefined;
  /** The loop over the steps of one segment. */
  readonly steps: PlainScan;
  /** A loop over segments with another step. */
  readonly loop: (
    step: (carry: Tensors, part: Part) => { carry: Tensors; ys?: Tensors },
  ) => (init: Tensors, parts: Part, length: number, count?: Tensor) => { carry: Tensors; ys?: Tensors };
  readonly checkpoint: typeof checkpoint;
}

/**
 * A loop over segments, each a loop of its own whose inside is not kept: what is kept are the carries between
 * segments, and for one segment at a time what its gradient needs. Steps that fill no segment run last.
 */
export function scanSegments({ init, xs, length, segment, reverse, count, ...given }: Segmented): {
  carry: Tensors;
  ys?: Tensors;
} {
  const { steps, loop, checkpoint } = given;
  const blocks = blocksOf(length, segment, reverse);
  const block = (size: number) => {
    const run = checkpoint(((carry: Tensors, { xs, count }: Part) =>
      steps(carry, xs, size, count)) as never) as unknown;
    return run as Parameters<typeof loop>[0];
  };
  const counts = count && stepsIn(count, add(mul(arange(blocks.count), segment), blocks.main), segment);
  // Segments without a step of their own are left out: they come after all others.
  const begun = counts && sum(cast(greater(counts, 0), "i32"));
  const parts = part(inBlocks(xs, blocks), counts);
  const first = loop(block(segment))(init, parts, blocks.count, begun);
  const { rest, tail } = blocks;
  const last =
    rest > 0
      ? block(rest)(first.carry, part(restOf(xs, blocks), count && stepsIn(count, tail, rest)))
      : { carry: first.carry, ys: undefined };
  const ys = inSteps(first.ys, last.ys, blocks);
  return { carry: last.carry, ...(ys !== undefined && { ys }) };
}

/** What a segment gets, with an axis in front for all of them. */
interface Part {
  readonly xs?: Tensors;
  readonly count?: Tensor;
}

const part = (xs: Tensors | undefined, count: Tensor | undefined): Part => ({
  ...(xs !== undefined && { xs }),
  ...(count && { count }),
});

/** How many of the `size` steps from `start` on are among the first `count`. */
const stepsIn = (count: Tensor, start: Operand, size: number): Tensor =>
  minimum(maximum(sub(count, start), 0), size);
