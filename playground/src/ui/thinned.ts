/**
 * A long series as few points, the means of parts of equal length: `xs` are the middles of the parts, counted from 1.
 */
export function thinned(values: readonly number[], most: number): { xs: number[]; ys: number[] } {
  const part = Math.max(1, Math.ceil(values.length / most));
  const [xs, ys]: [number[], number[]] = [[], []];
  for (let from = 0; from < values.length; from += part) {
    const to = Math.min(values.length, from + part);
    let total = 0;
    for (let i = from; i < to; i++) total += values[i]!;
    xs.push((from + 1 + to) / 2);
    ys.push(total / (to - from));
  }
  return { xs, ys };
}

/** Two series over the abscissas of both: `null` where one has no value. */
export function joined(
  a: { readonly xs: readonly number[]; readonly ys: readonly number[] },
  b: { readonly xs: readonly number[]; readonly ys: readonly number[] },
): [xs: number[], a: (number | null)[], b: (number | null)[]] {
  const xs = [...new Set([...a.xs, ...b.xs])].sort((x, y) => x - y);
  const [ofA, ofB] = [a, b].map(({ xs, ys }) => new Map(xs.map((x, i) => [x, ys[i]!]))) as [
    Map<number, number>,
    Map<number, number>,
  ];
  return [xs, xs.map((x) => ofA.get(x) ?? null), xs.map((x) => ofB.get(x) ?? null)];
}
