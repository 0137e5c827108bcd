/** Values of a vector function at a distance along a line; undefined where they say nothing of the derivative at 0. */
export type Line = (distance: number) => Float64Array | undefined;

/** A derivative along a line, element by element. */
export interface Derivative {
  readonly values: Float64Array;
  /** How far the extrapolations that led to a value were apart. */
  readonly estimates: Float64Array;
  /** What rounding of the function itself can change: ε |f| / h. */
  readonly roundings: Float64Array;
  /** The smallest step that went into a value. */
  readonly steps: Float64Array;
}

/** Step sizes tried, from the largest; powers of two, so that steps are exact. */
const LARGEST = 2 ** -4;
const SMALLEST = 2 ** -20;
const LEVELS = 9;
const RATIO = 2;
/** An extrapolation that is worse than the best one by this factor ends the search. */
const SAFE = 2;

/** One difference quotient, with the size of what was subtracted; undefined where the step is too long. */
type Quotient = (h: number) => { readonly slope: Float64Array; readonly size: Float64Array } | undefined;

/**
 * `f′(0)` by central differences `(f(h) - f(-h)) / 2h`, extrapolated to `h = 0`.
 * Undefined where every step, to the smallest, ends beyond a kink.
 * Source: Ridders 1982, "Accurate computation of F′(x) and F′(x) F″(x)"; Press et al. 2007, "Numerical Recipes", dfridr.
 */
export const centralDerivative = (line: Line): Derivative | undefined =>
  extrapolate((h) => {
    const above = line(h);
    const below = above && line(-h);
    return below && quotient(above, below, 2 * h);
  }, RATIO ** 2);

/**
 * `f′(0)` from one side (`+1` or `-1`) by `(f(2h) - f(h)) / h`, extrapolated to `h = 0`: `f(0)` itself, which may lie
 * on a jump, is not read.
 */
export const oneSidedDerivative = (line: Line, side: 1 | -1): Derivative | undefined =>
  extrapolate((h) => {
    const far = line(2 * side * h);
    const near = far && line(side * h);
    return near && quotient(far, near, side * h);
  }, RATIO);

function quotient(a: Float64Array, b: Float64Array, width: number): ReturnType<Quotient> {
  return {
    slope: a.map((value, i) => (value - b[i]!) / width),
    size: a.map((value, i) => Math.max(Math.abs(value), Math.abs(b[i]!))),
  };
}

/**
 * Neville's tableau: column `i` holds step `h / 2ⁱ`, row `j` cancels `j` terms of the error, whose powers grow by
 * `growth` from term to term. Each element keeps the entry that agrees best with its neighbours.
 */
function extrapolate(quotient: Quotient, growth: number): Derivative | undefined {
  let h = LARGEST;
  let first = quotient(h);
  while (!first && h > SMALLEST) {
    h /= RATIO ** 2;
    first = quotient(h);
  }
  if (!first) return undefined;
  const result: Derivative = {
    values: first.slope.slice(),
    estimates: first.slope.map(() => Infinity),
    roundings: first.size.map((size) => (Number.EPSILON * size) / h),
    steps: first.slope.map(() => h),
  };
  const open = new Set(first.slope.keys());
  let previous = [first.slope];
  for (let level = 1; level < LEVELS && open.size > 0; level++) {
    h /= RATIO;
    const next = quotient(h);
    if (!next) break;
    const column = [next.slope];
    for (let j = 1, factor = growth; j <= level; j++, factor *= growth) {
      const [fine, coarse] = [column[j - 1]!, previous[j - 1]!];
      column[j] = fine.map((value, i) => value + (value - coarse[i]!) / (factor - 1));
    }
    for (const i of open) improve(i, column, previous, result, next.size[i]!, h);
    for (const i of open) {
      const worse = Math.abs(column[level]![i]! - previous[level - 1]![i]!);
      if (!(worse < SAFE * result.estimates[i]!)) open.delete(i);
    }
    previous = column;
  }
  return result;
}

function improve(
  i: number,
  column: readonly Float64Array[],
  previous: readonly Float64Array[],
  { values, estimates, roundings, steps }: Derivative,
  size: number,
  h: number,
): void {
  for (let j = 1; j < column.length; j++) {
    const value = column[j]![i]!;
    const apart = Math.max(Math.abs(value - column[j - 1]![i]!), Math.abs(value - previous[j - 1]![i]!));
    if (!(apart <= estimates[i]!)) continue;
    estimates[i] = apart;
    values[i] = value;
    steps[i] = h;
    roundings[i] = (Number.EPSILON * size) / h;
  }
}
