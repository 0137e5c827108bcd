/** The nearest integer; a tie goes to the even one. The sign of zero stays. */
export function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (!Number.isFinite(x) || x === low) return x;
  const rest = x - low;
  const nearest = rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
  return nearest === 0 && x < 0 ? -0 : nearest;
}
