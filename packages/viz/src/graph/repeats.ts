/** What repeats are looked for in: vertices of a graph, or marks of a picture. */
export interface Linked {
  readonly kind: string;
  readonly label: string;
  readonly caption: string;
  readonly inputs: readonly { readonly from: Linked }[];
}

/** The longest pattern that is looked for, in pieces. */
const LONGEST = 12;
/** How often a pattern repeats before it is one box. */
const LEAST = 3;

/** Some vertices in a row, behind which nothing but the last of them is read. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly sign: string;
}

/** A pattern that comes several times in a row: from one index up to another, and what it is: `⊙ → tanh ×2,500`. */
interface Repeat {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** What repeats, piece by piece, in a graph in topological order without its leaves; `ends` are read from outside. */
export function findRepeats(inner: readonly Linked[], ends: ReadonlySet<Linked>): Repeat[] {
  const pieces = piecesOf(inner, ends);
  const found: Repeat[] = [];
  for (let i = 0; i < pieces.length; ) {
    const { period, count } = repetition(pieces, i);
    if (count < LEAST) {
      i++;
      continue;
    }
    const [from, to] = [pieces[i]!.from, pieces[i + period * count - 1]!.to + 1];
    const unit = inner.slice(from, pieces[i + period - 1]!.to + 1);
    found.push({ from, to, label: `${unitLabel(unit)} ×${count.toLocaleString("en")}` });
    i += period * count;
  }
  return found;
}

const unitLabel = (unit: readonly Linked[]): string => {
  const labels = unit.map(({ label }) => label);
  return labels.length > 3 ? `${labels.slice(0, 2).join(" → ")} → …` : labels.join(" → ");
};

/** Cuts the vertices where only the last one is read by what comes behind. */
function piecesOf(inner: readonly Linked[], ends: ReadonlySet<Linked>): Piece[] {
  const places = new Map(inner.map((vertex, i) => [vertex, i]));
  const lastReader = inner.map((vertex) => (ends.has(vertex) ? inner.length : -1));
  inner.forEach((vertex, i) => {
    for (const { from } of vertex.inputs) {
      const at = places.get(from);
      if (at !== undefined) lastReader[at] = Math.max(lastReader[at]!, i);
    }
  });
  const pieces: Piece[] = [];
  let reach = -1;
  let from = 0;
  inner.forEach((_, i) => {
    if (reach <= i) {
      pieces.push({ from, to: i, sign: signOf(inner, from, i, places) });
      from = i + 1;
    }
    reach = Math.max(reach, lastReader[i]!);
  });
  return pieces;
}

const signOf = (
  inner: readonly Linked[],
  from: number,
  to: number,
  places: ReadonlyMap<Linked, number>,
): string =>
  inner
    .slice(from, to + 1)
    .map(({ kind, label, caption, inputs }, i) => {
      const reads = inputs.map((arc) => {
        const at = places.get(arc.from);
        return at === undefined ? arc.from.kind : from + i - at;
      });
      return `${kind} ${label} ${caption} ${reads.join(",")}`;
    })
    .join("\n");

/** The pattern at a place that covers most, and how often it comes. */
function repetition(pieces: readonly Piece[], at: number): { period: number; count: number } {
  let best = { period: 1, count: 1 };
  for (let period = 1; period <= LONGEST; period++) {
    let end = at + period;
    while (end < pieces.length && pieces[end]!.sign === pieces[end - period]!.sign) end++;
    const count = Math.floor((end - at) / period);
    if (count >= LEAST && count * period > best.count * best.period) best = { period, count };
  }
  return best;
}
