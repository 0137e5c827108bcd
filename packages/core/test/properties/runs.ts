import { array, grad, hvp, type NDArray, type Tensor } from "@org/core";
import type { RandomGraph } from "@org/core/testing";
import { expect } from "vitest";

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
