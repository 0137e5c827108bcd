/** Values of a vector function at a distance along a line; undefined where they say nothing of the derivative at 0. */
export type Line = (distance: number) => Float64Array | undefined;

/** A derivative along a line, element by element. */
export interface Derivative {
  readonly values: Float64Array;
  /** How far the extrapolations that led to a value were apart. */
  readonly estimates: Float64Array;
  /** What rounding of the function itself can change. */
  readonly roundings: Float64Array;
  /** The smallest step that went into a value. */
  readonly steps: Float64Array;
}

/** Step sizes tried, from the largest; powers of two, so that steps are exact. */
const LARGEST = 2 ** -4;
const SMALLEST = 2 ** -30;
/** Steps that a kink limits are not shorter than this. */
const KINK = 2 ** -18;
/** How much smaller the step is that confirms a value. */
const FAR = 16;
/** Estimates below this, relative to the largest derivative, are as good as they get. */
const SHARP = 1e-7;
const LEVELS = 9;
const RATIO = 2;
/** An extrapolation that is worse than the best one by this factor ends the search. */
const SAFE = 2;

/** Differences of doubles below this lose their bits (gradual underflow). */
export const UNDERFLOW: number = 2 ** -960;

/** Difference quotients, and what rounding changes in them. */
interface Quotients {
  readonly slope: Float64Array;
  readonly rounding: Float64Array;
}

/** The quotients for a step; undefined where it is too long. */
type Quotient = (h: number) => Quotients | undefined;

/**
 * `f′(0)` by central differences `(f(h) - f(-h)) / 2h`, extrapolated to `h = 0`.
 * Undefined where every step, to the smallest, ends beyond a kink.
 * Source: Ridders 1982, "Accurate computation of F′(x) and F′(x) F″(x)"; Press et al. 2007, "Numerical Recipes", dfridr.
 */
export const centralDerivative = (line: Line, noise: Float64Array): Derivative | undefined =>
  extrapolate((h) => {
    const above = line(h);
    const below = above && line(-h);
    return below && quotient(above, below, 2 * h, noise);
  }, RATIO ** 2);

/**
 * `f′(0)` from one side (`+1` or `-1`) by `(f(2h) - f(h)) / h`, extrapolated to `h = 0`: `f(0)` itself, which may lie
 * on a jump, is not read.
 */
export const oneSidedDerivative = (line: Line, side: 1 | -1, noise: Float64Array): Derivative | undefined =>
  extrapolate((h) => {
    const far = line(2 * side * h);
    const near = far && line(side * h);
    return near && quotient(far, near, side * h, noise);
  }, RATIO);

function quotient(a: Float64Array, b: Float64Array, width: number, noise: Float64Array): Quotients {
  return {
    slope: a.map((value, i) => (value - b[i]!) / width),
    rounding: a.map((value, i) => {
      const size = Math.max(Math.abs(value), Math.abs(b[i]!));
      return Math.max(Number.EPSILON * size, noise[i]!) / Math.abs(width);
    }),
  };
}

const NOISE_POINTS = 6;
const NOISE_STEP = 2 ** -38;
/** More than this, relative to values of at least 1, is no rounding but a rough function. */
const NOISE_LIMIT = 2 ** -32;

/**
 * How far rounding moves each element near distance 0: the largest second difference of values so close that a smooth
 * function is straight between them. A sum that cancels (`x - log(exp(x))`) rounds by more than its own size tells.
 * Source: the idea of Moré & Wild 2011, "Estimating computational noise".
 */
export function noiseAlong(line: Line, center: Float64Array): Float64Array {
  const points = Array.from({ length: NOISE_POINTS }, (_, i) => line((i + 1) * NOISE_STEP) ?? center);
  return center.map((value, i) => {
    let most = 0;
    for (let k = 2; k < NOISE_POINTS; k++) {
      const [a, b, c] = [points[k - 2]![i]!, points[k - 1]![i]!, points[k]![i]!];
      most = Math.max(most, Math.abs(a - 2 * b + c));
    }
    return Math.min(most, NOISE_LIMIT * Math.max(1, Math.abs(value)));
  });
}

/**
 * Extrapolates from the largest step that the line allows, then looks with one much smaller step whether it heads for
 * the same value. A function that is rough on the scale of the first steps (`sin 300 x`) does not, and is taken again
 * from there; where even the smallest steps disagree, the estimates are infinite.
 */
function extrapolate(quotient: Quotient, growth: number): Derivative | undefined {
  let h = LARGEST;
  let first = quotient(h);
  while (!first && h > KINK) {
    h /= RATIO ** 2;
    first = quotient(h);
  }
  let rough: Derivative | undefined;
  for (; first; first = quotient(h)) {
    const found = tableau(quotient, growth, h, first);
    h = found.smallest / FAR;
    const control = quotient(h);
    if (control && confirms(control, found)) {
      if (isSharp(control, found)) return found.result;
      rough ??= found.result;
    }
    if (h >= SMALLEST) continue;
    return rough ?? { ...found.result, estimates: found.result.estimates.fill(Infinity) };
  }
  return rough;
}

/** Whether the quotient at a much smaller step lies where the extrapolation says. */
const confirms = ({ slope, rounding }: Quotients, { result, last }: Tableau): boolean =>
  result.values.every((value, i) => {
    const [estimate, noise] = [result.estimates[i]!, 64 * rounding[i]! + UNDERFLOW];
    const clear = estimate <= Math.max(Math.abs(value), Math.abs(slope[i]!)) / 16 + noise;
    const margin = Math.abs(last[i]! - value) / RATIO ** 2 + 10 * estimate + noise;
    return clear && Math.abs(slope[i]! - value) <= margin;
  });

/** Whether smaller steps would gain nothing: next to a singularity the first steps are too long. */
const isSharp = ({ rounding }: Quotients, { result: { values, estimates } }: Tableau): boolean => {
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return estimates.every((estimate, i) => estimate <= SHARP * scale + 64 * rounding[i]! + UNDERFLOW);
};

interface Tableau {
  readonly result: Derivative;
  /** The plain difference quotient at the smallest step. */
  readonly last: Float64Array;
  readonly smallest: number;
}

/**
 * Neville's tableau: column `i` holds step `h / 2ⁱ`, row `j` cancels `j` terms of the error, whose powers grow by
 * `growth` from term to term. Each element keeps the entry that agrees best with its neighbours.
 */
function tableau(quotient: Quotient, growth: number, largest: number, first: Quotients): Tableau {
  let h = largest;
  let latest = first;
  const result: Derivative = {
    values: latest.slope.slice(),
    estimates: latest.slope.map(() => Infinity),
    roundings: latest.rounding.slice(),
    steps: latest.slope.map(() => h),
  };
  const open = new Set(latest.slope.keys());
  let previous = [latest.slope];
  for (let level = 1; level < LEVELS && open.size > 0; level++) {
    const next = quotient(h / RATIO);
    if (!next) break;
    h /= RATIO;
    latest = next;
    const column = [next.slope];
    for (let j = 1, factor = growth; j <= level; j++, factor *= growth) {
      const [fine, coarse] = [column[j - 1]!, previous[j - 1]!];
      column[j] = fine.map((value, i) => value + (value - coarse[i]!) / (factor - 1));
    }
    for (const i of open) improve(i, column, previous, result, next.rounding[i]!, h);
    for (const i of open) {
      const worse = Math.abs(column[level]![i]! - previous[level - 1]![i]!);
      if (!(worse < SAFE * result.estimates[i]!)) open.delete(i);
    }
    previous = column;
  }
  return { result, last: latest.slope, smallest: h };
}

function improve(
  i: number,
  column: readonly Float64Array[],
  previous: readonly Float64Array[],
  { values, estimates, roundings, steps }: Derivative,
  rounding: number,
  h: number,
): void {
  for (let j = 1; j < column.length; j++) {
    const value = column[j]![i]!;
    const apart = Math.max(Math.abs(value - column[j - 1]![i]!), Math.abs(value - previous[j - 1]![i]!));
    if (!(apart <= estimates[i]!)) continue;
    estimates[i] = apart;
    values[i] = value;
    steps[i] = h;
    roundings[i] = rounding;
  }
}
