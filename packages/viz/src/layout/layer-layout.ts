import type { Curve, Point } from "./geometry.ts";
import { placeInRows, straighten } from "./layers/coordinates.ts";
import { orderRows } from "./layers/order.ts";
import { type Link, rankNodes } from "./layers/ranks.ts";
import type { MarkSize } from "./measure.ts";
import { arcName, LOOP, type PanelLayout, type Template } from "./panel-layout.ts";

/** Beside and around marks, in pixels. */
const CLEAR = 6.5;
/** What a line or a pin takes of a row's width. */
const LANE = 11;
/** Between rows: more where a line between them leads far to the side. */
const GAP = { least: 20, most: 46, slope: 0.09 };
/** Between the ends of lines that come into one mark. */
const APART = 9;

/** A mark, a pin or a place where a line passes a row. */
interface Item {
  readonly width: number;
  readonly height: number;
  readonly round: boolean;
}

const lane: Item = { width: 0, height: 0, round: false };

/**
 * Lays a panel out from below upwards, as `layOutPanel` does, without Graphviz: in a few milliseconds, also in pages. Lines
 * from one mark share a way as far as it leads to all of their ends, so that a tensor of many readers is one rail; in
 * rows they go upright between marks, so that they touch none.
 * Source: Sugiyama, Tagawa & Toda 1981, Methods for visual understanding of hierarchical system structures.
 */
export function layOutLayers(template: Template): PanelLayout {
  const { sizes, arcs, entries, exits, cells, loops } = template;
  const names = [...sizes.keys(), ...entries, ...exits];
  const index = new Map(names.map((name, i) => [name, i]));
  const find = (keys: readonly string[]): number[] => keys.map((key) => index.get(key)!);
  const drawn = arcs.map(([from, to]): Link => [index.get(from)!, index.get(to)!]);
  const { rank, links, turned } = rankNodes({
    count: names.length,
    links: drawn,
    lowest: new Set(find(entries)),
    highest: new Set(find(exits)),
    alone: find(cells),
  });
  const items: Item[] = names.map((name) => sizes.get(name) ?? lane);
  const trunks = growTrunks(rank, links, items);
  const rows = rowsOf(trunks.rank, trunks.ties.above);
  orderRows(rows, trunks.ties);

  const real = names.length;
  const widths = Float64Array.from(items, ({ width }, i) => {
    if (width === 0) return LANE;
    return width + 2 * (loops.has(names[i]!) ? LOOP : CLEAR);
  });
  const pull = (a: number, b: number): number =>
    a >= real && b >= real ? 8 : a >= real || b >= real ? 2 : 1.5;
  const x = placeInRows(rows, trunks.ties, { widths, pull });
  straighten(trunks.chains, rows, widths, x);
  const left = x.reduce((least, at, i) => Math.min(least, at - widths[i]! / 2), Infinity);
  for (let i = 0; i < x.length; i++) x[i]! -= left;
  const width = x.reduce((most, at, i) => Math.max(most, at + widths[i]! / 2), 0);

  const bands = bandsOf(rows, items, trunks.ties.above, x);
  const y = (item: number): number => bands.middle[trunks.rank[item]!]!;
  const centers = new Map(names.map((name, i): [string, Point] => [name, { x: x[i]!, y: y(i) }]));
  const ends = portsOf(links, trunks, items, x);
  const curves = new Map(
    arcs.map(([from, to], i): [string, Curve] => {
      const curve = curveOf(links[i]!, ends[i]!, trunks, { items, x, bands });
      return [arcName(from, to), turned[i] ? curve.toReversed() : curve];
    }),
  );
  return { width, height: bands.height, centers, sizes: sizes as ReadonlyMap<string, MarkSize>, curves };
}

/** Lines that pass rows: for each node one chain of places, from which its lines branch off. */
interface Trunks {
  readonly rank: readonly number[];
  readonly ties: { readonly below: number[][]; readonly above: number[][] };
  readonly chains: readonly (readonly number[])[];
  /** The place of a node's trunk in a row above it; the node itself in its own. */
  at(node: number, row: number): number;
}

function growTrunks(rank: Int32Array, links: readonly Link[], items: Item[]): Trunks {
  const rows = [...rank];
  const ties: Trunks["ties"] = { below: rows.map(() => []), above: rows.map(() => []) };
  const chains = new Map<number, number[]>();
  const at = (node: number, row: number): number =>
    row === rank[node] ? node : chains.get(node)![row - rank[node]! - 1]!;
  const tie = (a: number, b: number): void => {
    ties.above[a]!.push(b);
    ties.below[b]!.push(a);
  };
  for (const [from, to] of links) {
    const chain = chains.get(from) ?? [];
    chains.set(from, chain);
    for (let row = rank[from]! + chain.length + 1; row < rank[to]!; row++) {
      const place = items.push(lane) - 1;
      rows.push(row);
      ties.below.push([]);
      ties.above.push([]);
      tie(at(from, row - 1), place);
      chain.push(place);
    }
  }
  for (const [from, to] of links) tie(at(from, rank[to]! - 1), to);
  return { rank: rows, ties, chains: [...chains.values()], at };
}

/** Items by row, in the order in which walking up from the lowest meets them. */
function rowsOf(rank: readonly number[], above: readonly (readonly number[])[]): number[][] {
  const rows: number[][] = Array.from({ length: rank.reduce((a, b) => Math.max(a, b), -1) + 1 }, () => []);
  const seen = new Uint8Array(rank.length);
  const starts = [...rank.keys()].sort((a, b) => rank[a]! - rank[b]! || a - b);
  for (const start of starts) {
    const way = [start];
    for (let at = way.pop(); at !== undefined; at = way.pop()) {
      if (seen[at]) continue;
      seen[at] = 1;
      rows[rank[at]!]!.push(at);
      way.push(...above[at]!.toReversed());
    }
  }
  return rows;
}

/** Where rows lie, `y` growing downwards and the last row on top. */
interface Bands {
  readonly middle: readonly number[];
  readonly top: readonly number[];
  readonly bottom: readonly number[];
  readonly height: number;
}

function bandsOf(
  rows: readonly (readonly number[])[],
  items: readonly Item[],
  above: readonly (readonly number[])[],
  x: Float64Array,
): Bands {
  const [middle, top, bottom]: [number[], number[], number[]] = [[], [], []];
  let y = 0;
  for (let row = rows.length - 1; row >= 0; row--) {
    const height = rows[row]!.reduce((most, item) => Math.max(most, items[item]!.height), 2);
    if (row < rows.length - 1) {
      let far = 0;
      for (const item of rows[row]!)
        for (const other of above[item]!) far = Math.max(far, Math.abs(x[other]! - x[item]!));
      y += Math.min(GAP.most, GAP.least + GAP.slope * far);
    }
    [top[row], middle[row], bottom[row]] = [y, y + height / 2, y + height];
    y += height;
  }
  return { middle, top, bottom, height: y };
}

/** Where lines come into marks: beside each other, in the order of where they come from. By link. */
function portsOf(links: readonly Link[], trunks: Trunks, items: readonly Item[], x: Float64Array): number[] {
  const into = new Map<number, number[]>();
  links.forEach(([, to], i) => {
    const known = into.get(to);
    if (known) known.push(i);
    else into.set(to, [i]);
  });
  const ports = links.map(([, to]) => x[to]!);
  for (const [to, of] of into) {
    if (of.length < 2 || items[to]!.width === 0) continue;
    const before = (i: number): number => x[trunks.at(links[i]![0], trunks.rank[to]! - 1)]!;
    of.sort((a, b) => before(a) - before(b));
    const room = items[to]!.width * (items[to]!.round ? 0.55 : 0.8);
    const apart = Math.min(APART, room / (of.length - 1));
    for (const [k, i] of of.entries()) ports[i] = x[to]! + (k - (of.length - 1) / 2) * apart;
  }
  return ports;
}

/** How far above or below its middle the rim of an item lies, at a distance to the side. */
function rimAt({ width, height, round }: Item, aside: number): number {
  if (!round || width === 0) return height / 2;
  return (height / 2) * Math.sqrt(Math.max(0, 1 - (aside / (width / 2)) ** 2));
}

function curveOf(
  [from, to]: Link,
  port: number,
  trunks: Trunks,
  { items, x, bands }: { items: readonly Item[]; x: Float64Array; bands: Bands },
): Curve {
  const [first, last] = [trunks.rank[from]!, trunks.rank[to]!];
  const start = { x: x[from]!, y: bands.middle[first]! - rimAt(items[from]!, 0) };
  const curve: Point[] = [start];
  const upright = (y: number): void => {
    const { x, y: before } = curve.at(-1)!;
    if (before - y < 0.01) return;
    const part = (y - before) / 3;
    curve.push({ x, y: before + part }, { x, y: before + 2 * part }, { x, y });
  };
  const over = (end: Point): void => {
    const { x, y } = curve.at(-1)!;
    if (Math.abs(x - end.x) < 0.01) {
      upright(end.y);
      return;
    }
    const half = (y + end.y) / 2;
    curve.push({ x, y: half }, { x: end.x, y: half }, end);
  };
  for (let row = first; row < last; row++) {
    upright(bands.top[row]!);
    const next = row + 1 === last ? port : x[trunks.at(from, row + 1)]!;
    over({ x: next, y: bands.bottom[row + 1]! });
  }
  upright(bands.middle[last]! + rimAt(items[to]!, port - x[to]!));
  return curve;
}
