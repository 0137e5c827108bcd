/** The series that echo state networks are measured by. */

/**
 * x′(t) = 0.2 x(t - τ) / (1 + x(t - τ)¹⁰) - 0.1 x(t), by Euler's method in steps of 0.1 from 1.2 all along, one value for
 * each 1, less 1. Chaotic with τ = 17: errors grow by e in about 170; more so with 30.
 * Source: Mackey & Glass 1977; in these steps Jaeger 2001, "The 'echo state' approach".
 */
export function mackeyGlass(length: number, τ = 17): Float64Array {
  const delay = 10 * τ;
  const x = new Float64Array(delay + 10 * length + 1).fill(1.2, 0, delay + 1);
  for (let t = delay; t < x.length - 1; t++) {
    const late = x[t - delay]!;
    x[t + 1] = x[t]! + 0.1 * ((0.2 * late) / (1 + late ** 10) - 0.1 * x[t]!);
  }
  return Float64Array.from({ length }, (_, i) => x[delay + 10 * (i + 1)]! - 1);
}
