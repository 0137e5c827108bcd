/** Where a point of a line lies. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

/**
 * What pixels show of a line: of consecutive points in one column of pixels the first, the lowest, the highest and the
 * last, in their order. `column` is a point's column. The line through them looks the same as through all.
 * Source: Jugel, Jerzak, Hackenbroich & Markl 2014, "M4: a visualization-oriented time series data aggregation"
 */
export function thinned<Point extends Spot>(
  points: readonly Point[],
  column: (x: number) => number,
): Point[] {
  const kept: Point[] = [];
  for (let start = 0; start < points.length; ) {
    const at = column(points[start]!.x);
    let [low, high, end] = [start, start, start + 1];
    for (; end < points.length && column(points[end]!.x) === at; end++) {
      if (points[end]!.y < points[low]!.y) low = end;
      if (points[end]!.y > points[high]!.y) high = end;
    }
    const ends = [...new Set([start, low, high, end - 1])].sort((a, b) => a - b);
    for (const i of ends) kept.push(points[i]!);
    start = end;
  }
  return kept;
}

/** A mean that follows a series, and how far it strays from it. */
export interface Smoothed extends Spot {
  readonly low: number;
  readonly high: number;
}

/**
 * The exponential moving mean `m_t = (1 − w) Σ wᵏ y_{t−k} / (1 − wᵗ)`, and around it one standard deviation of the same
 * weights.
 */
export function smoothed(points: readonly Spot[], weight: number): Smoothed[] {
  let [sum, squares, total] = [0, 0, 0];
  // Around the first value, so that squares of large numbers do not cancel.
  const origin = points[0]?.y ?? 0;
  return points.map(({ x, y }) => {
    const away = y - origin;
    sum = weight * sum + away;
    squares = weight * squares + away * away;
    total = weight * total + 1;
    const mean = sum / total;
    const deviation = Math.sqrt(Math.max(0, squares / total - mean * mean));
    return { x, y: origin + mean, low: origin + mean - deviation, high: origin + mean + deviation };
  });
}
