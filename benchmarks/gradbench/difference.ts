/**
 * How far two answers are apart, as GradBench measures it: the largest `|a - b| / max(1, |a| + |b|)` of their numbers;
 * ∞ where they are different in anything else.
 */
export function difference(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number")
    return Math.abs(a - b) / Math.max(1, Math.abs(a) + Math.abs(b));
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return a === b ? 0 : Infinity;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return Infinity;
  let worst = 0;
  for (const key of keys) {
    const apart = difference(a[key as never], b[key as never]);
    if (!(apart <= worst)) worst = apart; // NaN stays
  }
  return worst;
}
