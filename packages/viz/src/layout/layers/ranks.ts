/** From node to node, by index, upwards. */
export type Link = readonly [from: number, to: number];

/** Which rows nodes stand in, and the links, some of them turned round so that all lead upwards. */
export interface Ranks {
  readonly rank: Int32Array;
  /** As many as were given, in their order. */
  readonly links: readonly Link[];
  /** Whether a link was turned round: it closed a circle. */
  readonly turned: readonly boolean[];
}

interface Rules {
  readonly count: number;
  readonly links: readonly Link[];
  /** Nodes that stand below all others, and above. */
  readonly lowest: ReadonlySet<number>;
  readonly highest: ReadonlySet<number>;
  /** Nodes that stand in a row of their own. */
  readonly alone: readonly number[];
}

/** Rows by longest ways from below; then whatever has more readers than operands moves up to them. */
export function rankNodes({ count, links: given, lowest, highest, alone }: Rules): Ranks {
  const { links, turned } = withoutCircles(count, given);
  const [below, above] = neighbours(count, links);
  const sorted = inOrder(count, links, below, above);
  const rank = new Int32Array(count);
  const floor = lowest.size > 0 ? 1 : 0;
  for (const node of sorted) {
    let least = lowest.has(node) ? 0 : floor;
    for (const other of below[node]!) least = Math.max(least, rank[other]! + 1);
    rank[node] = least;
  }
  for (const node of sorted.toReversed()) {
    if (lowest.has(node) || highest.has(node)) continue;
    const readers = above[node]!.filter((other) => !highest.has(other));
    if (readers.length === 0 || readers.length < below[node]!.length) continue;
    let most = Infinity;
    for (const other of readers) most = Math.min(most, rank[other]!);
    rank[node] = Math.max(rank[node]!, most - 1);
  }
  standAlone(rank, new Set(alone));
  let top = 0;
  for (let node = 0; node < count; node++) if (!highest.has(node)) top = Math.max(top, rank[node]!);
  for (const node of highest) rank[node] = top + 1;
  return { rank, links, turned };
}

/** The nodes that each node reads, and those that read it. */
function neighbours(count: number, links: readonly Link[]): [below: number[][], above: number[][]] {
  const below: number[][] = Array.from({ length: count }, () => []);
  const above: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of links) {
    above[from]!.push(to);
    below[to]!.push(from);
  }
  return [below, above];
}

/** Turns every link that leads back to a node on the way to it. */
function withoutCircles(count: number, given: readonly Link[]): Pick<Ranks, "links" | "turned"> {
  const out: number[][] = Array.from({ length: count }, () => []);
  for (const [i, [from]] of given.entries()) out[from]!.push(i);
  const turned = given.map(() => false);
  const [open, done] = [new Uint8Array(count), new Uint8Array(count)];
  const next = new Int32Array(count);
  for (let start = 0; start < count; start++) {
    if (done[start]) continue;
    const way = [start];
    open[start] = 1;
    while (way.length > 0) {
      const at = way.at(-1)!;
      const link = out[at]![next[at]!++];
      if (link === undefined) {
        open[at] = 0;
        done[at] = 1;
        way.pop();
        continue;
      }
      const to = given[link]![1];
      if (open[to]) turned[link] = true;
      else if (!done[to]) {
        open[to] = 1;
        way.push(to);
      }
    }
  }
  const links = given.map(([from, to], i): Link => (turned[i] ? [to, from] : [from, to]));
  return { links, turned };
}

function inOrder(
  count: number,
  links: readonly Link[],
  below: readonly number[][],
  above: readonly number[][],
): number[] {
  const missing = Int32Array.from(below, ({ length }) => length);
  const sorted: number[] = [];
  for (let node = 0; node < count; node++) if (missing[node] === 0) sorted.push(node);
  for (const node of sorted)
    for (const reader of above[node]!) if (--missing[reader]! === 0) sorted.push(reader);
  if (sorted.length < count) throw new Error(`a circle is left among ${links.length} links`);
  return sorted;
}

/** Opens rows: above those that one shares with others it gets one for itself. */
function standAlone(rank: Int32Array, alone: ReadonlySet<number>): void {
  if (alone.size === 0) return;
  const rows: number[][] = [];
  rank.forEach((row, node) => {
    rows[row] ??= [];
    rows[row].push(node);
  });
  let next = 0;
  for (const row of rows) {
    const others = (row ?? []).filter((node) => !alone.has(node));
    if (others.length > 0 || !row) {
      for (const node of others) rank[node] = next;
      next++;
    }
    for (const node of row ?? []) if (alone.has(node)) rank[node] = next++;
  }
}
