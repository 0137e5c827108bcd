import { expect } from "vitest";
import type { NDArray } from "../../src/ndarray.ts";

const UNIT = { f32: 2 ** -24, f64: 2 ** -53, i32: 0, bool: 0 };

/**
 * Arrays equal up to what another order of so many operations changes: rounding errors of either sign add up as the
 * root of their number, here of each array's largest element. Integers, infinities and NaN are equal exactly.
 */
export function expectRounded(
  actual: readonly NDArray[],
  expected: readonly NDArray[],
  operations: number,
  label = "",
): void {
  expect(actual.map(({ dtype, shape }) => [dtype, shape])).toEqual(
    expected.map(({ dtype, shape }) => [dtype, shape]),
  );
  actual.forEach(({ dtype, data }, i) => {
    const other = expected[i]!.data;
    const largest = [...other].reduce(
      (size, x) => (Number.isFinite(x) ? Math.max(size, Math.abs(x)) : size),
      1,
    );
    const most = 4 * UNIT[dtype] * Math.sqrt(operations) * largest;
    data.forEach((value: number, j: number) => {
      if (Math.abs(value - other[j]!) <= most || Object.is(value, other[j])) return;
      expect.fail(`${label} array ${i}, element ${j}: ${value} instead of ${other[j]} ± ${most}`);
    });
  });
}

/** The same bits. */
export function expectIdentical(actual: readonly NDArray[], expected: readonly NDArray[], label = ""): void {
  actual.forEach(({ data }, i) => {
    const other = expected[i]!.data;
    const at = data.findIndex((value, j) => !Object.is(value, other[j]));
    if (at >= 0 || data.length !== other.length)
      expect.fail(`${label} array ${i}, element ${at}: ${data[at]} instead of ${other[at]}`);
  });
}
