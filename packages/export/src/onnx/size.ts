/** Sizes that follow others: `batch`, `4 * time * batch + 1`. Found from what they are where the others are known. */

/** A number, or a sum of products of open sizes. */
export type Size = number | readonly Term[];

/** `factor · name · name …`; without names, a number. No name stands twice in a product. */
export interface Term {
  readonly factor: number;
  readonly names: readonly string[];
}

/** What each open size is, of one drawing of a graph. */
export type Sizes = Readonly<Record<string, number>>;

/**
 * Where a graph is drawn: at every combination of two sizes for each name, and once more at others, which hold what was
 * found. They are larger than what rewrites take for little (`LARGEST_LITERAL` of core), and their distances have no common
 * divisor, so that `⌊n/k⌋ k` is not taken for `n - r`.
 */
export function pointsOf(names: readonly string[]): Sizes[] {
  const at = (choose: (i: number) => number): Sizes =>
    Object.fromEntries(names.map((name, i) => [name, choose(i) + 6 * i]));
  const corners = Array.from({ length: 2 ** names.length }, (_, mask) =>
    at((i) => ((mask >> i) & 1 ? 101 : 67)),
  );
  return [...corners, at(() => 166)];
}

/**
 * The size that has these values at the points of `pointsOf`; nothing where it is no sum of products with whole factors.
 * Of two values `v₀` at `n₀` and `v₁` at `n₁`, the one with `n` has the factor `(v₁ - v₀) / (n₁ - n₀)`.
 */
export function fit(
  names: readonly string[],
  points: readonly Sizes[],
  values: readonly number[],
): Size | undefined {
  const factors = values.slice(0, 2 ** names.length);
  for (const [i, name] of names.entries()) {
    const [low, high] = [points[0]![name]!, points[1 << i]![name]!];
    for (const mask of factors.keys()) {
      if (!((mask >> i) & 1)) continue;
      const without = mask & ~(1 << i);
      factors[mask] = (factors[mask]! - factors[without]!) / (high - low);
      factors[without]! -= factors[mask] * low;
    }
  }
  const terms = factors
    .map((factor, mask) => ({ factor, names: names.filter((_, i) => (mask >> i) & 1) }))
    .filter(({ factor }) => factor !== 0);
  const isWhole = terms.every(({ factor }) => Number.isSafeInteger(factor));
  if (!isWhole || points.some((point, i) => valueOf(terms, point) !== values[i])) return undefined;
  return terms.every(({ names }) => names.length === 0) ? (terms[0]?.factor ?? 0) : terms;
}

const valueOf = (terms: readonly Term[], point: Sizes): number =>
  terms.reduce(
    (sum, { factor, names }) => sum + names.reduce((product, name) => product * point[name]!, factor),
    0,
  );

/** As a formula: the name of an open axis in the file. */
export function spelled(size: readonly Term[]): string {
  return size
    .toReversed()
    .map(({ factor, names }) => (factor === 1 && names.length > 0 ? names : [factor, ...names]).join(" * "))
    .join(" + ");
}
