/** ln x for x > 0 from sums and products alone: `Math.log` may end in other bits on another engine. */
export function naturalLogarithm(x: number): number {
  let [mantissa, doublings] = [x, 0];
  for (; mantissa < Math.SQRT1_2; doublings--) mantissa *= 2;
  for (; mantissa > Math.SQRT2; doublings++) mantissa /= 2;
  // ln m = 2 artanh s, s = (m - 1) / (m + 1); |s| < 0.172, so that 12 terms are enough.
  const s = (mantissa - 1) / (mantissa + 1);
  let series = 0;
  for (let n = 23; n > 0; n -= 2) series = series * s * s + 1 / n;
  return 2 * s * series + doublings * Math.LN2;
}
