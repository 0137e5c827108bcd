import { vmap } from "../../src/batching/vmap.ts";
import { stack } from "../../src/functions/arrangement.ts";
import { constant } from "../../src/graph/leaves.ts";
import { apply, type Op } from "../../src/graph/op.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { array, type NDArray } from "../../src/ndarray.ts";
import type { Sample } from "../samples/arrays.ts";

/** How near all examples at once come to one after another. */
export const close = { relative: 1e-13, absolute: 1e-15 };

/** The value of an example: other elements in other places, all of them valid where the sample's are. */
function example(x: NDArray, which: number): NDArray {
  const size = x.data.length;
  const scale = x.dtype === "f64" ? [1, 0.75, 1.25][which % 3]! : 1;
  const values = Float64Array.from({ length: size }, (_, i) => x.data[(i + which) % size]! * scale);
  return array(values, { dtype: x.dtype, shape: x.shape });
}

/** Each choice of operands that differ from example to example. */
export const choices = (count: number): boolean[][] =>
  Array.from({ length: 2 ** count - 1 }, (_, bits) =>
    Array.from({ length: count }, (__, i) => ((bits + 1) & (1 << i)) !== 0),
  );

/** Numbers of examples that no axis is as long as, so that an axis taken for another is noticed. */
export function sizesFor(op: Op, { operands, attributes }: Sample): number[] {
  const result = apply(
    op,
    operands.map((x) => constant(x)),
    attributes,
  );
  const taken = new Set([result, ...operands].flatMap(({ shape }) => shape));
  return Array.from({ length: 12 }, (_, i) => i + 2).filter((size) => !taken.has(size));
}

/** One `vmap`: how many examples, which operands differ from one to the next, and along which axis. */
export interface Level {
  readonly size: number;
  readonly batched: readonly boolean[];
  readonly axes: readonly number[];
}

/** A `vmap` within a `vmap` …, the outermost first, and the same as loops within loops. */
export function bothWays(
  op: Op,
  { operands, attributes }: Sample,
  levels: readonly Level[],
): readonly [together: Tensor, each: Tensor] {
  const f = (...xs: readonly Tensor[]): Tensor => apply(op, xs, attributes);
  type Run = readonly [all: readonly Tensor[], each: Tensor];
  /** From the number that an operand's values have by the levels outside. */
  const run = (numbers: readonly number[], depth: number): Run => {
    const level = levels[depth];
    if (!level) {
      const xs = operands.map((x, i) => constant(example(x, numbers[i]!)));
      return [xs, f(...xs)];
    }
    const { size, batched, axes } = level;
    const parts = Array.from({ length: size }, (_, b) =>
      run(
        numbers.map((number, i) => (batched[i] ? number * size + b : number)),
        depth + 1,
      ),
    );
    const all = parts[0]![0].map((x, i) =>
      batched[i]
        ? stack(
            parts.map(([xs]) => xs[i]!),
            { axis: axes[i]! % (x.shape.length + 1) },
          )
        : x,
    );
    return [all, stack(parts.map(([, each]) => each))];
  };
  const [given, expected] = run(
    operands.map(() => 0),
    0,
  );
  const mapped = levels.reduceRight<typeof f>((inner, { batched, axes }, depth) => {
    const ranks = operands.map(
      ({ shape }, i) => shape.length + levels.slice(depth).filter((level) => level.batched[i]).length,
    );
    const inAxes = axes.map((axis, i) => (batched[i] ? axis % ranks[i]! : null));
    return (...xs) => vmap((...each: readonly Tensor[]) => inner(...each), { inAxes })(...xs);
  }, f);
  return [mapped(...given), expected];
}
