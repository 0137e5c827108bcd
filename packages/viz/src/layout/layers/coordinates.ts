import type { Ties } from "./order.ts";

interface Widths {
  /** By item. */
  readonly widths: Float64Array;
  /** How strongly the tie between two items wants to be upright. */
  readonly pull: (a: number, b: number) => number;
}

const SWEEPS = 10;

/**
 * The middle of every item, in rows of a given order: as near as the order allows to the mean of its neighbours, swept
 * upwards, downwards and both ways. Each row is a least-squares fit under `x_{i+1} − x_i ≥ distance_i`, which pooling
 * neighbours solves exactly.
 * Source: pool adjacent violators, Ayer et al. 1955.
 */
export function placeInRows(
  rows: readonly (readonly number[])[],
  { below, above }: Ties,
  { widths, pull }: Widths,
): Float64Array {
  const x = new Float64Array(widths.length);
  for (const row of rows) {
    let at = -row.reduce((sum, item) => sum + widths[item]!, 0) / 2;
    for (const item of row) {
      x[item] = at + widths[item]! / 2;
      at += widths[item]!;
    }
  }
  const fit = (row: readonly number[], sides: readonly Ties["below"][]): void => {
    const wanted = row.map((item) => {
      let [sum, weight] = [0, 0];
      for (const side of sides) {
        for (const other of side[item]!) {
          const by = pull(item, other);
          sum += by * x[other]!;
          weight += by;
        }
      }
      return weight > 0 ? { at: sum / weight, weight } : { at: x[item]!, weight: 0.1 };
    });
    fitRow(row, wanted, widths, x);
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const upwards = sweep % 2 === 0;
    const sides = sweep >= SWEEPS - 4 ? [below, above] : upwards ? [below] : [above];
    for (let i = 0; i < rows.length; i++) fit(rows[upwards ? i : rows.length - 1 - i]!, sides);
  }
  return x;
}

interface Wish {
  readonly at: number;
  readonly weight: number;
}

/** Items in a row as near to what they want as their widths allow. */
function fitRow(
  row: readonly number[],
  wanted: readonly Wish[],
  widths: Float64Array,
  x: Float64Array,
): void {
  /** Items that touch each other move together: where the first would stand, and their weight. */
  const pools: { at: number; weight: number; size: number }[] = [];
  const offsets: number[] = [];
  let offset = 0;
  row.forEach((item, i) => {
    if (i > 0) offset += (widths[row[i - 1]!]! + widths[item]!) / 2;
    offsets.push(offset);
    let pool = { at: wanted[i]!.at - offset, weight: wanted[i]!.weight, size: 1 };
    for (let last = pools.at(-1); last && last.at > pool.at; last = pools.at(-1)) {
      pools.pop();
      const weight = last.weight + pool.weight;
      const at = (last.at * last.weight + pool.at * pool.weight) / weight;
      pool = { at, weight, size: last.size + pool.size };
    }
    pools.push(pool);
  });
  let i = 0;
  for (const { at, size } of pools) for (const end = i + size; i < end; i++) x[row[i]!] = at + offsets[i]!;
}

/**
 * Chains of items that could stand upright do: each is moved to a place that is free in all of its rows.
 */
export function straighten(
  chains: readonly (readonly number[])[],
  rows: readonly (readonly number[])[],
  widths: Float64Array,
  x: Float64Array,
): void {
  const [left, right] = [new Int32Array(x.length).fill(-1), new Int32Array(x.length).fill(-1)];
  for (const row of rows) {
    row.forEach((item, i) => {
      left[item] = row[i - 1] ?? -1;
      right[item] = row[i + 1] ?? -1;
    });
  }
  const room = (item: number): [number, number] => {
    const [a, b] = [left[item]!, right[item]!];
    const own = widths[item]! / 2;
    return [
      a < 0 ? -Infinity : x[a]! + widths[a]! / 2 + own,
      b < 0 ? Infinity : x[b]! - widths[b]! / 2 - own,
    ];
  };
  for (const chain of chains) {
    // As long as possible, piece by piece.
    for (let start = 0; start < chain.length; ) {
      let [low, high] = room(chain[start]!);
      let end = start + 1;
      for (; end < chain.length; end++) {
        const [a, b] = room(chain[end]!);
        if (Math.max(a, low) > Math.min(b, high)) break;
        [low, high] = [Math.max(a, low), Math.min(b, high)];
      }
      const piece = chain.slice(start, end);
      const mean = piece.reduce((sum, item) => sum + x[item]!, 0) / piece.length;
      const at = Math.min(Math.max(mean, low), high);
      if (low <= high) for (const item of piece) x[item] = at;
      start = end;
    }
  }
}
