/** A derivative by differences, with how far off it may be. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
}

const SHRINK = 1.6;
const LEVELS = 8;

/**
 * The derivative at 0 of `f` by central differences, extrapolated to a step of 0.
 * Source: Ridders 1982, "Accurate computation of F'(x) and F'(x)F''(x)"; Numerical Recipes, 5.7.
 */
export function derivative(f: (h: number) => number, firstStep: number): Estimate {
  let best: Estimate = { value: Number.NaN, error: Infinity };
  let previous: number[] = [];
  for (let level = 0, h = firstStep; level < LEVELS; level++, h /= SHRINK) {
    const row = [(f(h) - f(-h)) / (2 * h)];
    for (let order = 1, factor = SHRINK ** 2; order <= level; order++, factor *= SHRINK ** 2) {
      const [coarse, fine] = [previous[order - 1]!, row[order - 1]!];
      const value = (fine * factor - coarse) / (factor - 1);
      const error = Math.max(Math.abs(value - fine), Math.abs(value - coarse));
      row.push(value);
      if (error <= best.error) best = { value, error };
    }
    if (level > 1 && Math.abs(row.at(-1)! - previous.at(-1)!) >= 2 * best.error) break;
    previous = row;
  }
  return best;
}
