import { expect, test } from "vitest";
import { centralDerivative, noiseAlong, oneSidedDerivative } from "../../src/testing/differences.ts";

const line = (f: (x: number) => number) => (distance: number) => Float64Array.of(f(distance));
const none = Float64Array.of(0);

test.each([
  ["exp", Math.exp, 1],
  ["sin 40x", (x: number) => Math.sin(40 * x), 40],
  ["1 / (x + 0.1)", (x: number) => 1 / (x + 0.1), -100],
  ["x¹⁰ + x", (x: number) => x ** 10 + x, 1],
  ["ln(x + 1e-3), next to its singularity", (x: number) => (x > -1e-3 ? Math.log(x + 1e-3) : -20), 1000],
  ["a constant", () => 3, 0],
])("central differences of %s, to within their own estimate", (_, f, expected) => {
  const { values, estimates, roundings } = centralDerivative(line(f), none)!;
  expect(Math.abs(values[0]! - expected)).toBeLessThanOrEqual(10 * estimates[0]! + 64 * roundings[0]!);
  expect(estimates[0]!).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected)));
});

test("one-sided differences do not read the point itself", () => {
  const jump = (x: number) => (x === 0 ? 100 : x > 0 ? Math.exp(x) : 5 * Math.exp(3 * x));
  const [above, below] = ([1, -1] as const).map((side) => oneSidedDerivative(line(jump), side, none)!);
  expect(above!.values[0]).toBeCloseTo(1, 9);
  expect(below!.values[0]).toBeCloseTo(15, 7);
});

test("steps shrink to where the line is defined", () => {
  const near = (distance: number) => (Math.abs(distance) < 1e-4 ? Float64Array.of(distance * 7) : undefined);
  expect(centralDerivative(near, none)!.values[0]).toBeCloseTo(7, 12);
  expect(centralDerivative(() => undefined, none)).toBeUndefined();
});

test("the noise of a sum that cancels is that of its terms", () => {
  const [noise] = noiseAlong(
    line((x) => 1000 + x * Math.PI - 1000),
    Float64Array.of(0),
  );
  expect(noise!).toBeGreaterThan(1e-14);
  expect(noise!).toBeLessThan(1e-11);
});
