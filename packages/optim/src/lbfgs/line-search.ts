/** A function along a line, at one place: its value and its slope there. */
export interface Sample {
  readonly alpha: number;
  readonly value: number;
  readonly slope: number;
}

/** Roundings of a value that was computed in a few operations. */
const ROUNDINGS = 4;

/** When a step is accepted, and how long one is looked for. */
export interface WolfeConditions {
  /** c₁ of `φ(α) ≤ φ(0) + c₁ α φ′(0)` */
  readonly sufficientDecrease: number;
  /** c₂ of `|φ′(α)| ≤ c₂ |φ′(0)|` */
  readonly curvature: number;
  readonly evaluations: number;
}

/**
 * A step length with the strong Wolfe conditions. Bracketing steps further until a minimum lies in between; zooming
 * takes the minimum of the cubic through both ends, or the middle where that has not made the interval shorter by a
 * third. Values that are not finite count as too far. Values that differ by their rounding alone say nothing: there the
 * slopes decide, as in the approximate conditions of Hager & Zhang 2005, section 4. Where no step holds both conditions in the number of evaluations,
 * the best one that goes down far enough, undefined where there is none.
 * Source: Nocedal & Wright 2006, Algorithms 3.5 and 3.6, equation 3.59.
 */
export function lineSearch<At extends Sample>(
  phi: (alpha: number) => At,
  start: At,
  firstAlpha: number,
  { sufficientDecrease, curvature, evaluations }: WolfeConditions,
): At | undefined {
  const tooHigh = ({ alpha, value }: Sample): boolean =>
    !(value <= start.value + sufficientDecrease * alpha * start.slope);
  const flat = ({ slope }: Sample): boolean => Math.abs(slope) <= -curvature * start.slope;

  let left = evaluations;
  let [before, at] = [start, phi(firstAlpha)];
  for (let i = 0; ; i++) {
    left--;
    if (tooHigh(at) || (i > 0 && isHigher(at, before))) break;
    if (flat(at)) return at;
    if (at.slope >= 0) break;
    if (left <= 0) return at;
    const [least, most] = [at.alpha + 0.01 * (at.alpha - before.alpha), 10 * at.alpha];
    const guess = cubicMinimum(before, at);
    const alpha = Number.isFinite(guess) ? Math.min(Math.max(guess, least), most) : most;
    [before, at] = [at, phi(alpha)];
  }

  // The minimum lies between `low`, the best so far, and `high`.
  const beyond = tooHigh(at) || isHigher(at, before);
  let [low, high] = beyond ? [before, at] : [at, before];
  let width = Number.POSITIVE_INFINITY;
  while (left-- > 0) {
    const now = Math.abs(high.alpha - low.alpha);
    const guess = now > 0.66 * width ? Number.NaN : cubicMinimum(low, high);
    const alpha = isBetween(guess, low.alpha, high.alpha) ? guess : (low.alpha + high.alpha) / 2;
    if (alpha === low.alpha || alpha === high.alpha) break;
    width = now;
    const next = phi(alpha);
    if (tooHigh(next) || isHigher(next, low)) {
      high = next;
      continue;
    }
    if (flat(next)) return next;
    if (next.slope * (high.alpha - low.alpha) >= 0) high = low;
    low = next;
  }
  return low === start ? undefined : low;
}

/** Whether a value is larger by more than the rounding of both. */
const isHigher = ({ value }: Sample, than: Sample): boolean =>
  !(value <= than.value + ROUNDINGS * Number.EPSILON * Math.abs(than.value));

/** Where the cubic with the values and slopes of two samples has its minimum; NaN where it has none. */
function cubicMinimum(a: Sample, b: Sample): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.alpha - b.alpha);
  const d2 = Math.sign(b.alpha - a.alpha) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.alpha - ((b.alpha - a.alpha) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
}

const isBetween = (x: number, a: number, b: number): boolean => x > Math.min(a, b) && x < Math.max(a, b);
