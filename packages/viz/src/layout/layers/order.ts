/** Neighbours of items in the row below and in the row above, with how much they pull. */
export interface Ties {
  readonly below: readonly (readonly number[])[];
  readonly above: readonly (readonly number[])[];
}

/** Sweeps over all rows; fewer where there is much to sort. */
const SWEEPS = 12;
const WORK = 60_000;

/**
 * Orders rows so that few lines cross: each row by the mean place of its neighbours below, then above, again and again;
 * the best of all is kept. Rows are changed in place.
 * Source: Sugiyama, Tagawa & Toda 1981; crossings counted as in Barth, Mutzel & Jünger 2004.
 */
export function orderRows(rows: number[][], ties: Ties): void {
  const count = ties.below.length;
  const place = new Float64Array(count);
  const note = (row: readonly number[]): void => {
    row.forEach((item, i) => {
      place[item] = i;
    });
  };
  rows.forEach(note);
  let [best, fewest] = [rows.map((row) => [...row]), crossings(rows, ties, place)];
  const sweeps = Math.max(2, Math.min(SWEEPS, Math.floor(WORK / Math.max(1, count))));
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const upwards = sweep % 2 === 0;
    const neighbours = upwards ? ties.below : ties.above;
    for (let i = 1; i < rows.length; i++) {
      const row = rows[upwards ? i : rows.length - 1 - i]!;
      sortRow(row, neighbours, place);
      note(row);
    }
    const now = crossings(rows, ties, place);
    if (now >= fewest) continue;
    [best, fewest] = [rows.map((row) => [...row]), now];
  }
  for (const [i, row] of best.entries()) rows[i]!.splice(0, row.length, ...row);
}

/** By the mean place of neighbours; what has none stays where it is. */
function sortRow(row: number[], neighbours: Ties["below"], place: Float64Array): void {
  const tied = row.filter((item) => neighbours[item]!.length > 0);
  const mean = new Map(
    tied.map((item) => {
      let sum = 0;
      for (const other of neighbours[item]!) sum += place[other]!;
      return [item, sum / neighbours[item]!.length];
    }),
  );
  tied.sort((a, b) => mean.get(a)! - mean.get(b)! || place[a]! - place[b]!);
  let next = 0;
  for (let i = 0; i < row.length; i++) if (mean.has(row[i]!)) row[i] = tied[next++]!;
}

/** How many pairs of lines cross, all rows together. */
export function crossings(
  rows: readonly (readonly number[])[],
  { above }: Ties,
  place: Float64Array,
): number {
  let sum = 0;
  for (const [i, row] of rows.entries()) {
    const width = rows[i + 1]?.length ?? 0;
    if (width < 2) continue;
    const tree = new Int32Array(width + 1);
    let drawn = 0;
    for (const item of row) {
      const ends = above[item]!.map((other) => place[other]!).sort((a, b) => a - b);
      // Lines drawn before that end further right cross this one.
      for (const end of ends) {
        let upTo = 0;
        for (let at = end + 1; at > 0; at -= at & -at) upTo += tree[at]!;
        sum += drawn - upTo;
      }
      for (const end of ends) {
        for (let at = end + 1; at <= width; at += at & -at) tree[at]!++;
        drawn++;
      }
    }
  }
  return sum;
}
