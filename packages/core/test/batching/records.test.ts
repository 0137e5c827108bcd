/** Every op record computes all examples at once as it computes each alone. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { vmap } from "../../src/batching/vmap.ts";
import { evaluate } from "../../src/evaluate.ts";
import { stack } from "../../src/functions/arrangement.ts";
import { constant } from "../../src/graph/leaves.ts";
import { apply, type Op } from "../../src/graph/op.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { array, type NDArray } from "../../src/ndarray.ts";
import type { Sample } from "../samples/arrays.ts";
import { samplesOf } from "../samples/samples.ts";
import { assertClose } from "../sweep/compare.ts";
import { opRecords } from "../sweep/op-records.ts";
import { drawnSamples } from "./drawn-samples.ts";

const records = await opRecords();

/** The value of an example: other elements in other places, all of them valid where the sample's are. */
function example(x: NDArray, which: number): NDArray {
  const size = x.data.length;
  const scale = x.dtype === "f64" ? [1, 0.75, 1.25][which % 3]! : 1;
  const values = Float64Array.from({ length: size }, (_, i) => x.data[(i + which) % size]! * scale);
  return array(values, { dtype: x.dtype, shape: x.shape });
}

/** Each choice of operands that differ from example to example. */
const choices = (count: number): boolean[][] =>
  Array.from({ length: 2 ** count - 1 }, (_, bits) =>
    Array.from({ length: count }, (__, i) => ((bits + 1) & (1 << i)) !== 0),
  );

/** Numbers of examples that no axis is as long as, so that an axis taken for another is noticed. */
function sizesFor(op: Op, { operands, attributes }: Sample): number[] {
  const result = apply(
    op,
    operands.map((x) => constant(x)),
    attributes,
  );
  const taken = new Set([result, ...operands].flatMap(({ shape }) => shape));
  return Array.from({ length: 12 }, (_, i) => i + 2).filter((size) => !taken.has(size));
}

/** One `vmap`: how many examples, which operands differ from one to the next, and along which axis. */
interface Level {
  readonly size: number;
  readonly batched: readonly boolean[];
  readonly axes: readonly number[];
}

/** A `vmap` within a `vmap` …, the outermost first, and the same as loops within loops. */
function bothWays(op: Op, { operands, attributes }: Sample, levels: readonly Level[]) {
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
  return [mapped(...given), expected] as const;
}

const close = { relative: 1e-13, absolute: 1e-15 };

describe.each(records.map(({ op }) => [op.name, op] as const))("%s", (_, op) => {
  const samples = samplesOf(op);

  test("vmap is a loop over examples", () => {
    const cases = samples.flatMap((given, k) => {
      const size = sizesFor(op, given)[0]!;
      return choices(given.operands.length).map((batched) => {
        const axes = batched.map((__, i) => k + i);
        return { batched, pair: bothWays(op, given, [{ size, batched, axes }]) };
      });
    });
    const results = evaluate(cases.map(({ pair }) => pair));
    cases.forEach(({ batched }, i) => {
      const [actual, expected] = results[i]!;
      assertClose(`${op.name}, batched ${batched}`, actual!, expected!, close);
    });
    expect(cases.length > 0).toBe(samples.some(({ operands }) => operands.length > 0));
  });

  if (samples.every(({ operands }) => operands.length === 0)) return;
  test("of any shape, and vmap within vmap", () => {
    const given = fc.oneof(fc.constantFrom(...samples), drawnSamples.get(op) ?? fc.constantFrom(...samples));
    const draw = given.chain((each) => {
      const count = each.operands.length;
      const level = fc.record({
        batched: fc.constantFrom(...choices(count)),
        axes: fc.array(fc.nat({ max: 11 }), { minLength: count, maxLength: count }),
      });
      return fc.tuple(fc.constant(each), fc.array(level, { minLength: 1, maxLength: 2 }));
    });
    fc.assert(
      fc.property(draw, ([each, drawn]) => {
        const sizes = sizesFor(op, each);
        const levels = drawn.map((level, depth) => ({ ...level, size: sizes[depth]! }));
        const [actual, expected] = evaluate(bothWays(op, each, levels));
        assertClose(op.name, actual!, expected!, close);
      }),
      runs(drawnSamples.has(op) ? 40 : 10),
    );
  });
});
