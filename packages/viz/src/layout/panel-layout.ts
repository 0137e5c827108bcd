import type { Edge, Mark } from "../graph/picture.ts";
import { type Curve, onRim, type Point } from "./geometry.ts";
import type { Graphviz } from "./graphviz.ts";
import type { MarkSize, Size } from "./measure.ts";

/** What corresponding panels have in common, to be laid out once. Names are keys of marks, and of pins. */
export interface Template {
  readonly sizes: ReadonlyMap<string, MarkSize>;
  /** From key to key; entries and exits are pins at the lower and the upper rim. */
  readonly arcs: readonly (readonly [from: string, to: string])[];
  readonly entries: readonly string[];
  readonly exits: readonly string[];
  /** Keys of cells: each has a height of its own, so that straight lines to other columns meet none. */
  readonly cells: readonly string[];
  /** Keys of loops that lead to themselves. */
  readonly loops: ReadonlySet<string>;
}

/** Where everything in a panel lies, its upper left corner being 0, 0. */
export interface PanelLayout extends Size {
  readonly centers: ReadonlyMap<string, Point>;
  readonly sizes: ReadonlyMap<string, MarkSize>;
  readonly curves: ReadonlyMap<string, Curve>;
}

/** Gives what is in a panel its places. */
export type LayPanel = (template: Template) => PanelLayout;

/** Whether an edge stays within its panel; where a state goes back to the beginning of a step it leads around. */
export const isLocal = ({ from, to, carry }: Edge): boolean => from.region === to.region && !carry;

/** Whether an edge needs no pins: it leads to a neighbouring column, or from a loop to itself. */
export const isDirect = ({ from, to, beside }: Edge): boolean => from === to || beside;

export const arcName = (from: string, to: string): string => `${from}\n${to}`;

/** The pin of a panel's lower rim through which an edge comes in. */
export function entryOf({ from, to }: Edge): string {
  const shared = from.region === undefined;
  if (shared && to.kind === "cell") return `in shared ${to.key}`;
  const gathers = to.kind === "variable" || to.label === "stack" || to.label === "concat";
  return `in ${gathers && !shared ? to.key : from.key}`;
}

/** The pin of a panel's upper rim through which a mark's edges go out. */
export const exitOf = (from: Mark): string => `out ${from.key}`;

/** The union of panels: their marks and edges by key. */
export function templateOf(
  panels: readonly (readonly Mark[])[],
  edges: readonly Edge[],
  size: (mark: Mark) => MarkSize,
): Template {
  const sizes = new Map<string, MarkSize>();
  const regions = new Set<number>();
  for (const mark of panels.flat()) {
    const { width, height, round } = size(mark);
    const known = sizes.get(mark.key) ?? { width: 0, height: 0 };
    sizes.set(mark.key, {
      width: Math.max(width, known.width),
      height: Math.max(height, known.height),
      round,
    });
    regions.add(mark.region!);
  }
  const arcs = new Map<string, readonly [string, string]>();
  const [entries, exits] = [new Set<string>(), new Set<string>()];
  const join = (from: string, to: string): unknown => arcs.set(arcName(from, to), [from, to]);
  for (const edge of edges) {
    const { from, to } = edge;
    if (isDirect(edge)) continue;
    if (isLocal(edge)) {
      if (regions.has(to.region!)) join(from.key, to.key);
      continue;
    }
    if (regions.has(to.region!)) {
      entries.add(entryOf(edge));
      join(entryOf(edge), to.key);
    }
    if (from.region !== undefined && regions.has(from.region)) {
      exits.add(exitOf(from));
      join(from.key, exitOf(from));
    }
  }
  const kinds = new Map<string, Mark["kind"]>();
  for (const { key, kind } of panels.flat()) if (!kinds.has(key)) kinds.set(key, kind);
  const cells = [...kinds].flatMap(([key, kind]) => (kind === "cell" ? [key] : []));
  const loops = new Set([...kinds].flatMap(([key, kind]) => (kind === "loop" ? [key] : [])));
  return { sizes, arcs: [...arcs.values()], entries: [...entries], exits: [...exits], cells, loops };
}

const POINTS = 72;

/** Around marks, in pixels: other edges, and the gradients beside them, stay out. */
const CLEAR = 5;
/** Beside a loop, for the line that leads back to it. */
export const LOOP = 30;

/** Lays panels out from below upwards by Graphviz. */
export const byGraphviz =
  (graphviz: Graphviz): LayPanel =>
  (template) =>
    layOutPanel(template, graphviz);

function layOutPanel(template: Template, graphviz: Graphviz): PanelLayout {
  const { sizes, arcs, entries, exits, cells, loops } = template;
  const names = [...sizes.keys(), ...entries, ...exits];
  const ids = new Map(names.map((name, i) => [name, `n${i}`]));
  const pin = `[width=0.1, height=0.02, shape=box]`;
  const lines = [
    "digraph {",
    'graph [rankdir=BT, nodesep=0.04, ranksep=0.13, splines=true, pad=0, margin=0]; node [fixedsize=true, label=""]; edge [arrowhead=none];',
    ...[...sizes].map(([key, { width, height, round }]) => {
      const shape = round ? "ellipse" : "box";
      const [w, h] = [width + 2 * (loops.has(key) ? LOOP : CLEAR), height + 2 * CLEAR];
      return `${ids.get(key)} [width=${inches(w)}, height=${inches(h)}, shape=${shape}];`;
    }),
    `{ rank=source; ${entries.map((name) => `${ids.get(name)} ${pin};`).join(" ")} }`,
    `{ rank=sink; ${exits.map((name) => `${ids.get(name)} ${pin};`).join(" ")} }`,
    ...arcs.map(([from, to]) => `${ids.get(from)} -> ${ids.get(to)} [weight=${weight(from, to)}];`),
    ...cells.slice(1).map((key, i) => `${ids.get(cells[i]!)} -> ${ids.get(key)} [style=invis, weight=8];`),
    "}",
  ];
  const { bb, objects = [], edges = [] } = graphviz(lines.join("\n"), sizes.size);
  const [left, bottom, right, top] = numbers(bb) as [number, number, number, number];
  const place = ([x, y]: number[]): Point => ({ x: x! - left, y: top - y! });
  const nameOf = (index: number): string => names[Number(objects[index]!.name.slice(1))]!;
  const placed = objects.flatMap(({ name, pos }, i) =>
    name.startsWith("n") && pos ? [[nameOf(i), place(numbers(pos))] as const] : [],
  );
  const centers = new Map(placed);
  return {
    width: right - left,
    height: top - bottom,
    centers,
    sizes,
    curves: new Map(
      edges.map(({ tail, head, pos }) => {
        const curve = (pos ?? "0,0").split(" ").map((point) => place(numbers(point)));
        const [from, to] = [nameOf(tail), nameOf(head)];
        const ends = [from, to].map((name) => ({ ...sizes.get(name)!, ...centers.get(name)! }));
        if (sizes.has(from)) curve[0] = onRim(ends[0]!, curve[0]!);
        if (sizes.has(to)) curve[curve.length - 1] = onRim(ends[1]!, curve.at(-1)!);
        return [arcName(from, to), curve];
      }),
    ),
  };
}

const weight = (from: string, to: string): number =>
  from.startsWith("in ") || to.startsWith("out ") ? 1 : 3;

const inches = (pixels: number): string => (pixels / POINTS).toFixed(4);

const numbers = (text: string): number[] => text.split(",").map(Number);
