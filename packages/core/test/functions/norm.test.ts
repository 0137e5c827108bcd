/** Norms of what is very large or very small: right wherever the dtype holds the norm itself, gradients too. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate } from "../../src/evaluate.ts";
import { array, constant, grad, hvp, mul, type NDArray, norm, std } from "../../src/index.ts";

const few = { numRuns: Math.ceil((fc.readConfigureGlobal()?.numRuns ?? 100) / 4) };
const EXTENT = {
  f32: { low: -37, high: 37, relative: 4e-6 },
  f64: { low: -300, high: 300, relative: 1e-13 },
};

const close = (
  actual: NDArray,
  expected: readonly number[],
  relative: number,
  scale: number = Math.max(...expected.map(Math.abs)),
): void => {
  expected.forEach((value, i) => {
    expect(Math.abs(actual.data[i]! - value)).toBeLessThanOrEqual(relative * scale);
  });
};

for (const dtype of ["f32", "f64"] as const) {
  const { low, high, relative } = EXTENT[dtype];
  const drawn = fc.record({
    order: fc.constantFrom(0.5, 1.5, 2, 3, 4, 10),
    power: fc.integer({ min: low, max: high }),
    units: fc.array(
      fc.integer({ min: -9, max: 9 }).filter((each) => each !== 0),
      {
        minLength: 1,
        maxLength: 5,
      },
    ),
  });

  // y(s x) = s y(x), ∂y/∂xᵢ = sign(xᵢ) (|xᵢ| / y)^(p - 1): the latter whatever s is.
  test(`norm and its gradient in ${dtype}, from ${low} to ${high} decades`, () => {
    fc.assert(
      fc.property(drawn, ({ order, power, units }) => {
        const y = units.reduce((sum, unit) => sum + Math.abs(unit) ** order, 0) ** (1 / order);
        fc.pre(dtype === "f64" || Math.fround(y * 10 ** power) < Infinity);
        const x = constant(array(Float64Array.from(units, (unit) => unit * 10 ** power)), dtype);
        const length = norm(x, { order });
        close(evaluate(length), [y * 10 ** power], relative);
        const slopes = units.map((unit) => Math.sign(unit) * (Math.abs(unit) / y) ** (order - 1));
        close(evaluate(grad(length, x)), slopes, relative);
      }),
      few,
    );
  });

  // ∂²y/∂x² v = (v - u (u · v)) / y with u = x / y, in units of 1 / y.
  test(`the Hessian of the length in ${dtype}`, () => {
    fc.assert(
      fc.property(drawn, ({ power, units }) => {
        const y = Math.hypot(...units);
        const u = units.map((unit) => unit / y);
        const x = constant(array(Float64Array.from(units, (unit) => unit * 10 ** (power / 2))), dtype);
        const v = units.map((_, i) => i + 1);
        const along = u.reduce((sum, each, i) => sum + each * v[i]!, 0);
        const expected = v.map((each, i) => (each - u[i]! * along) / y / 10 ** (power / 2));
        // Differences of what is v / y: that is what their digits are of.
        const unit = 10 ** (power / 2);
        const found = evaluate(mul(hvp(norm(x), x, constant(v, dtype)), unit));
        const scale = Math.max(...v) / y;
        close(
          found,
          expected.map((each) => each * unit),
          10 * relative,
          scale,
        );
      }),
      few,
    );
  });
}

test("gradients on their way are not too large where the norm is just held", () => {
  for (const units of [
    [1, -5, 6],
    [-1, 7, -2],
  ]) {
    const x = constant(units.map((unit) => unit * 1e37));
    const y = units.reduce((sum, unit) => sum + Math.sqrt(Math.abs(unit)), 0) ** 2;
    const slopes = units.map((unit) => Math.sign(unit) * Math.sqrt(y / Math.abs(unit)));
    close(evaluate(grad(norm(x, { order: 0.5 }), x)), slopes, 4e-6);
  }
});

test("the standard deviation of large and of small numbers", () => {
  const spread = (values: number[]): number => evaluate(std(values)).item();
  expect(spread([1e30, 3e30]) / 1e30).toBeCloseTo(1, 6);
  expect(spread([1e-30, 3e-30]) * 1e30).toBeCloseTo(1, 6);
});
