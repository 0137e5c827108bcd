import { array, grad, hvp, type NDArray, type Tensor } from "@org/core";
import type { RandomGraph } from "@org/core/testing";
import type fc from "fast-check";
import { expect } from "vitest";

/**
 * How often a property runs, and from which seed: random unless FAST_CHECK_SEED says it, so that a failure's seed,
 * which fast-check prints, can be run again. FAST_CHECK_RUNS multiplies the runs.
 */
export function runs(count: number): fc.Parameters<unknown> {
  const { FAST_CHECK_SEED, FAST_CHECK_RUNS } = process.env;
  const numRuns = Math.ceil(count * Number(FAST_CHECK_RUNS ?? 1));
  return { numRuns, ...(FAST_CHECK_SEED !== undefined && { seed: Number(FAST_CHECK_SEED) }) };
}

/** All arrays equal, up to what another order of summation changes. */
export function expectClose(actual: readonly NDArray[], expected: readonly NDArray[], relative = 1e-9): void {
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  actual.forEach(({ data }, i) => {
    const other = expected[i]!.data;
    const scale = Math.max(1, ...Float64Array.from(other, Math.abs));
    data.forEach((value, j) => {
      const apart = Math.abs(value - other[j]!);
      if (!(apart <= relative * scale) && !Object.is(value, other[j]))
        expect.fail(`array ${i}, element ${j}: ${value} instead of ${other[j]}`);
    });
  });
}

/** Outputs, gradients, and the second derivative along the all-one direction. */
export function derivatives({ loss, outputs, parameters }: RandomGraph): Tensor[] {
  const ones = parameters.map(({ shape, dtype }) =>
    array(new Float64Array(shape.reduce((size, length) => size * length, 1)).fill(1), { shape, dtype }),
  );
  return [...outputs, ...grad(loss, parameters), ...hvp(loss, parameters, ones)];
}
