import type { Tensors } from "../autodiff/gradient.ts";
import { isTensor } from "../autodiff/gradient.ts";
import type { Tensor } from "../graph/tensor.ts";
import { concat, sliceAxis } from "../ops/rearrange.ts";
import { reshape } from "../ops/reshape.ts";
import { flatten, mapStructure, withLeaves } from "../structure.ts";
import type { checkpoint } from "./checkpoint.ts";

/** A scan over tensors alone, as `scan.ts` hands it over. */
type PlainScan = (init: Tensors, xs: Tensors | undefined, length: number) => { carry: Tensors; ys?: Tensors };

export interface Segmented {
  readonly init: Tensors;
  readonly xs: Tensors | undefined;
  readonly length: number;
  /** Steps per segment, fewer than `length`. */
  readonly segment: number;
  readonly reverse: boolean;
  /** The loop over the steps of one segment. */
  readonly steps: PlainScan;
  /** A loop over segments with another step. */
  readonly loop: (
    step: (carry: Tensors, x: Tensors | undefined) => { carry: Tensors; ys?: Tensors },
  ) => PlainScan;
  readonly checkpoint: typeof checkpoint;
}

/**
 * A loop over segments, each a loop of its own whose inside is not kept: what is kept are the carries between
 * segments, and for one segment at a time what its gradient needs. Steps that fill no segment run last.
 */
export function scanSegments({ init, xs, length, segment, reverse, steps, loop, checkpoint }: Segmented): {
  carry: Tensors;
  ys?: Tensors;
} {
  const count = Math.floor(length / segment);
  const rest = length - count * segment;
  const [main, tail] = reverse ? [rest, 0] : [0, count * segment];
  const block = (size: number) => {
    const run = checkpoint(((carry: Tensors, x: Tensors | undefined) =>
      steps(carry, x, size)) as never) as unknown;
    return run as (carry: Tensors, x: Tensors | undefined) => { carry: Tensors; ys?: Tensors };
  };
  const whole = block(segment);
  const chunks = mapAll(xs, (x) =>
    reshape(sliceAxis(x, 0, main, main + count * segment), [count, segment, ...x.shape.slice(1)]),
  );
  const first = loop(whole)(init, chunks, count);
  const firstYs = mapAll(first.ys, (y) => reshape(y, [count * segment, ...y.shape.slice(2)]));
  if (rest === 0) return { carry: first.carry, ...(firstYs && { ys: firstYs }) };
  const last = block(rest)(
    first.carry,
    mapAll(xs, (x) => sliceAxis(x, 0, tail, tail + rest)),
  );
  if (!firstYs) return { carry: last.carry };
  const lastYs = flatten<Tensor>(last.ys!, isTensor).leaves;
  const joined = flatten<Tensor>(firstYs, isTensor).leaves.map((y, i) =>
    concat(reverse ? [lastYs[i]!, y] : [y, lastYs[i]!]),
  );
  return { carry: last.carry, ys: withLeaves<Tensor, Tensor>(firstYs, isTensor, joined) };
}

const mapAll = (structure: Tensors | undefined, replace: (tensor: Tensor) => Tensor): Tensors | undefined =>
  structure === undefined ? undefined : mapStructure<Tensor, Tensor>(structure, isTensor, replace);
