/** `vmap` is a loop over examples: random graphs with nested scans, choices and loops that end early, their gradients, and `vmap` within `vmap`. */
import {
  add,
  constant,
  evaluate,
  grad,
  hvp,
  mul,
  NDArray,
  stack,
  substitute,
  sum,
  type Tensor,
  vmap,
} from "@org/core";
import { arbitraryGraph, type RandomGraph } from "@org/core/testing";
import fc from "fast-check";
import { test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { derivatives, expectClose } from "./runs.ts";

type Examples = readonly (readonly Tensor[])[];

/** Which leaves have examples, along which axis, and how many there are. */
const places = fc.record({
  size: fc.integer({ min: 1, max: 3 }),
  batched: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).filter((which) => which.includes(true)),
  axes: fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 3 })),
});
type Places = typeof places extends fc.Arbitrary<infer P> ? P : never;

/** The leaves of a graph, its parameters first, and their values. */
function leavesOf({ parameters, inputs, feeds }: RandomGraph): { leaves: Tensor[]; values: NDArray[] } {
  const values = [...parameters.map(({ value }) => value), ...Object.values(feeds)] as NDArray[];
  return { leaves: [...parameters, ...Object.values(inputs)], values };
}

/** Values of each example: those of a graph, each time a little different. */
const examplesOf = (values: readonly NDArray[], size: number, batched: readonly boolean[]): Examples =>
  Array.from({ length: size }, (_, b) =>
    values.map(({ dtype, shape, data }, i) =>
      constant(new NDArray(dtype, shape, batched[i] ? data.map((x, j) => x * 0.9 ** ((b + j) % 3)) : data)),
    ),
  );

const axisOf = ({ shape }: Tensor, axis: number): number => axis % (shape.length + 1);

/** The examples of each leaf together, or the one that is the same for all. */
const together = (examples: Examples, { batched, axes }: Places): Tensor[] =>
  examples[0]!.map((first, i) =>
    batched[i]
      ? stack(
          examples.map((leaves) => leaves[i]!),
          { axis: axisOf(first, axes[i]!) },
        )
      : first,
  );

const inAxesOf = (leaves: readonly Tensor[], { batched, axes }: Places): (number | null)[] =>
  leaves.map((leaf, i) => (batched[i] ? axisOf(leaf, axes[i]!) : null));

/** Tensors as a function of the leaves that they are made of. */
const functionOf =
  (tensors: readonly Tensor[], leaves: readonly Tensor[]) =>
  (...given: readonly Tensor[]): Tensor[] =>
    substitute(tensors, new Map(leaves.map((leaf, i) => [leaf, given[i]!])));

const stacked = (results: readonly Tensor[][]): Tensor[] =>
  results[0]!.map((_, i) => stack(results.map((each) => each[i]!)));

test("vmap of outputs, gradients and second derivatives is a loop over examples", () => {
  fc.assert(
    fc.property(arbitraryGraph({ choices: true, instructions: 4 }), places, (graph, given) => {
      const { leaves, values } = leavesOf(graph);
      const examples = examplesOf(values, given.size, given.batched);
      const f = functionOf(derivatives(graph), leaves);
      const all = vmap(f, { inAxes: inAxesOf(leaves, given) })(...together(examples, given)) as Tensor[];
      const [actual, expected] = evaluate([all, stacked(examples.map((each) => f(...each)))]);
      expectClose(actual!, expected!);
    }),
    runs(40),
  );
});

/** A loss of results in which every example counts differently. */
const lossOf = (results: readonly Tensor[], size: number): Tensor =>
  results
    .map((y) => {
      const weights = Float64Array.from({ length: size }, (_, b) => 1 + 0.3 * b);
      const shape = [size, ...y.shape.slice(1).map(() => 1)];
      return sum(mul(y, mul(y, constant(new NDArray("f64", shape, weights)))));
    })
    .reduce((a, b) => add(a, b));

test("gradients of a vmap, first and second, are those of a loop over examples", () => {
  fc.assert(
    fc.property(
      arbitraryGraph({ smooth: true, choices: true, instructions: 4, depth: 1 }),
      places,
      (graph, given) => {
        const { leaves, values } = leavesOf(graph);
        const examples = examplesOf(values, given.size, given.batched);
        const f = functionOf(graph.outputs, leaves);
        const operands = together(examples, given);
        const all = vmap(f, { inAxes: inAxesOf(leaves, given) })(...operands) as Tensor[];
        // The same leaves, taken apart again: `sum` over a mask of one example.
        const apart = stacked(
          examples.map((_, b) =>
            f(
              ...operands.map((x, i) =>
                given.batched[i] ? exampleOf(x, axisOf(examples[0]![i]!, given.axes[i]!), b, given.size) : x,
              ),
            ),
          ),
        );
        const both = [all, apart].map((results) => {
          const loss = lossOf(results, given.size);
          const directions = operands.map((x) => mul(x, 0.5));
          return [loss, ...grad(loss, operands), ...hvp(loss, operands, directions)] as Tensor[];
        });
        const [actual, expected] = evaluate(both);
        expectClose(actual!, expected!);
      },
    ),
    runs(25),
  );
});

/** One example along an axis, by a sum in which the others count nothing. */
function exampleOf(x: Tensor, axis: number, which: number, size: number): Tensor {
  const shape = x.shape.map((_, i) => (i === axis ? size : 1));
  const mask = Float64Array.from({ length: size }, (_, b) => Number(b === which));
  return sum(mul(x, constant(new NDArray("f64", shape, mask))), { axis });
}

test("vmap of vmap is a loop within a loop", () => {
  fc.assert(
    fc.property(
      arbitraryGraph({ choices: true, instructions: 3, depth: 1 }),
      places,
      places,
      (graph, outer, inner) => {
        const { leaves, values } = leavesOf(graph);
        const f = functionOf([...graph.outputs, ...grad(graph.loss, [...graph.parameters])], leaves);
        const grid = Array.from({ length: outer.size }, (_, b) => {
          const own = values.map(
            ({ dtype, shape, data }, i) =>
              new NDArray(dtype, shape, outer.batched[i] ? data.map((x) => x * 0.8 ** b) : data),
          );
          return examplesOf(own, inner.size, inner.batched);
        });
        const rows = grid.map((examples) => together(examples, inner));
        const inside = vmap(f, { inAxes: inAxesOf(leaves, inner) });
        const all = vmap((...xs: readonly Tensor[]) => inside(...xs), { inAxes: inAxesOf(rows[0]!, outer) })(
          ...together(rows, outer),
        ) as Tensor[];
        const expected = stacked(grid.map((examples) => stacked(examples.map((each) => f(...each)))));
        const [a, b] = evaluate([all, expected]);
        expectClose(a!, b!);
      },
    ),
    runs(25),
  );
});
