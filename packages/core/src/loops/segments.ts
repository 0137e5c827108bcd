import type { Tensors } from "../autodiff/gradient.ts";
import { isTensor } from "../autodiff/gradient.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import { sum } from "../ops/broadcast.ts";
import { cast } from "../ops/cast.ts";
import { greater, maximum, minimum } from "../ops/comparison.ts";
import { arange } from "../ops/indexing.ts";
import type { Operand } from "../ops/operand.ts";
import { concat, sliceAxis } from "../ops/rearrange.ts";
import { reshape } from "../ops/reshape.ts";
import { flatten, mapStructure, withLeaves } from "../structure.ts";
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
  const segments = Math.floor(length / segment);
  const rest = length - segments * segment;
  const [main, tail] = reverse ? [rest, 0] : [0, segments * segment];
  const block = (size: number) => {
    const run = checkpoint(((carry: Tensors, { xs, count }: Part) =>
      steps(carry, xs, size, count)) as never) as unknown;
    return run as Parameters<typeof loop>[0];
  };
  const chunks = mapAll(xs, (x) =>
    reshape(sliceAxis(x, 0, main, main + segments * segment), [segments, segment, ...x.shape.slice(1)]),
  );
  const counts = count && stepsIn(count, add(mul(arange(segments), segment), main), segment);
  // Segments without a step of their own are left out: they come after all others.
  const begun = counts && sum(cast(greater(counts, 0), "i32"));
  const first = loop(block(segment))(init, part(chunks, counts), segments, begun);
  const firstYs = mapAll(first.ys, (y) => reshape(y, [segments * segment, ...y.shape.slice(2)]));
  if (rest === 0) return { carry: first.carry, ...(firstYs && { ys: firstYs }) };
  const others = mapAll(xs, (x) => sliceAxis(x, 0, tail, tail + rest));
  const last = block(rest)(first.carry, part(others, count && stepsIn(count, tail, rest)));
  if (!firstYs) return { carry: last.carry };
  const lastYs = flatten<Tensor>(last.ys!, isTensor).leaves;
  const joined = flatten<Tensor>(firstYs, isTensor).leaves.map((y, i) =>
    concat(reverse ? [lastYs[i]!, y] : [y, lastYs[i]!]),
  );
  return { carry: last.carry, ys: withLeaves<Tensor, Tensor>(firstYs, isTensor, joined) };
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

const mapAll = (structure: Tensors | undefined, replace: (tensor: Tensor) => Tensor): Tensors | undefined =>
  structure === undefined ? undefined : mapStructure<Tensor, Tensor>(structure, isTensor, replace);
