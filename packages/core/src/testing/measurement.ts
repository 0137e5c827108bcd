import type { Measured } from "./comparison.ts";
import type { Derivative } from "./differences.ts";
import { dot } from "./vectors.ts";

/** The measured value itself, or of two the point of their interval next to `analytic`. */
export function nearest(analytic: number, measured: readonly Measured[]): Measured {
  const [a, b] = measured;
  if (!a) return { ...NOTHING };
  if (!b) return a;
  const [low, high] = a.numeric <= b.numeric ? [a, b] : [b, a];
  if (analytic <= low.numeric) return low;
  if (analytic >= high.numeric) return high;
  const inside = analytic > low.numeric && analytic < high.numeric;
  return inside ? { ...low, numeric: analytic, estimate: Math.max(a.estimate, b.estimate) } : unknownOf(a);
}

const NOTHING: Measured = {
  numeric: Number.NaN,
  estimate: Number.NaN,
  rounding: 0,
  step: 0,
  scale: 0,
  natural: 0,
};

const unknownOf = (measured: Measured): Measured => ({ ...measured, numeric: Number.NaN });

export const unknown = (size: number): Derivative => {
  const nan = new Float64Array(size).fill(Number.NaN);
  return { values: nan, estimates: nan, roundings: nan, steps: nan };
};

export function measure(
  { values, estimates, roundings, steps }: Derivative,
  i: number,
  { unit, scale, natural }: { unit: number; scale: number; natural: number },
): Measured {
  return {
    numeric: values[i]! / unit,
    estimate: estimates[i]! / unit,
    rounding: roundings[i]! / unit,
    step: steps[i]! * unit,
    scale,
    natural: Math.max(natural, sizeAt({ roundings, steps }, i) / unit),
  };
}

/** The derivative of a combination of the outputs. `moved`: what rounding of the point itself changes. */
export function combine(
  { values, estimates, roundings, steps }: Derivative,
  weights: Float64Array,
  scale: number,
  natural: number,
  moved: number,
): Measured {
  const sizes = weights.map(Math.abs);
  const step = Math.min(...steps);
  return {
    numeric: dot(values, weights),
    estimate: dot(estimates, sizes),
    rounding: dot(roundings, sizes) + (Number.EPSILON * moved) / step,
    step,
    scale,
    natural: sizes.reduce((most, size, i) => Math.max(most, size * sizeAt({ roundings, steps }, i)), natural),
  };
}

/** The largest value that was subtracted. */
const sizeAt = ({ roundings, steps }: Pick<Derivative, "roundings" | "steps">, i: number): number =>
  (roundings[i]! * steps[i]!) / Number.EPSILON;

export const perUnit = (measured: Measured, unit: number): Measured => ({
  numeric: measured.numeric / unit,
  estimate: measured.estimate / unit,
  rounding: measured.rounding / unit,
  step: measured.step * unit,
  scale: measured.scale / unit,
  natural: measured.natural / unit,
});
