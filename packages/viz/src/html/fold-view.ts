import { areBeside, type Edge, type Mark, type Panel, type Picture } from "../graph/picture.ts";
import { edgeFlags, type MarkData, type View } from "./page-data.ts";
import { type Counted, countOf } from "./words.ts";

/** What a view shows of what it has. */
export interface Shown {
  /** Indices of the groups that are one box each. */
  readonly folded: ReadonlySet<number>;
  /** Kinds of marks that are left out. Default: none. */
  readonly hidden?: (mark: MarkData) => boolean;
  /** Whether the ways of gradients are drawn. Default true. */
  readonly gradients?: boolean;
  /** How marks in boxes are counted. Default: in English. */
  readonly counted?: Counted;
}

/** A view with groups folded, as pictures side by side. */
export interface FoldedView {
  readonly pictures: readonly Picture[];
  /** Panels of each picture, as indices into the view's. */
  readonly panels: readonly (readonly number[])[];
  /** The group as whose box a mark is drawn, by mark; undefined for what is drawn itself. */
  readonly boxes: readonly (number | undefined)[];
  /** Whether a mark is drawn, or lies in a box that is. */
  readonly present: readonly boolean[];
}

const inEnglish: Counted = ["{n} mark", "{n} marks"];

export const boxId = ({ name }: Pick<View, "name">, group: number): string => `${name}-g${group}`;

/** The outermost folded group of every group. */
export function outermostFolded({ groups }: View, folded: ReadonlySet<number>): (number | undefined)[] {
  const found: (number | undefined)[] = [];
  groups.forEach(({ parent }, i) => {
    const above = parent === undefined ? undefined : found[parent];
    found.push(above ?? (folded.has(i) ? i : undefined));
  });
  return found;
}

/**
 * A view's pictures with groups drawn as one box each. Parameters that only corresponding boxes read are in these boxes.
 * Columns that are folded alike are laid out alike.
 */
export function foldView(
  view: View,
  { folded, hidden = () => false, gradients = true, counted = inEnglish }: Shown,
): FoldedView {
  const { marks, groups, edges, panels } = view;
  const outermost = outermostFolded(view, folded);
  const present = marks.map((mark) => !hidden(mark));
  const boxes = marks.map(({ group }) => (group === undefined ? undefined : outermost[group]));
  const inBoxes = ownParameters(view, boxes, present);
  const sizes = new Map<number, number>();
  boxes.forEach((box, i) => {
    if (box !== undefined && present[i]) sizes.set(box, (sizes.get(box) ?? 0) + 1);
  });

  const variants = panels.map((): string[] => []);
  for (const box of sizes.keys()) variants[groups[box]!.panel]!.push(groups[box]!.layer);
  const variant = variants.map((layers) => layers.sort().join("\n"));
  const kept = panels.map(() => false);
  marks.forEach(({ panel }, i) => {
    if (panel !== undefined && present[i]) kept[panel] = true;
  });
  const parts = Math.max(1, view.parts.length);
  const of = Array.from({ length: parts }, (_, part) =>
    panels.flatMap((panel, i) => ((panel.part ?? 0) === part && kept[i] ? [i] : [])),
  );
  const region = new Map(of.flatMap((indices) => indices.map((panel, i) => [panel, i] as const)));

  const drawn = new Map<number, Mark>();
  const made = marks.map((mark, i): Mark | undefined => {
    if (!present[i] || inBoxes[i]) return undefined;
    const box = boxes[i];
    if (box === undefined)
      return drawMark(mark, mark.panel === undefined ? undefined : region.get(mark.panel)!);
    const { name, layer, panel } = groups[box]!;
    const known = drawn.get(box);
    const one = known ?? {
      ...blank,
      id: boxId(view, box),
      kind: "cell" as const,
      label: name,
      caption: countOf(sizes.get(box)!, counted),
      key: `${layer} folded, ${variant[panel]}`,
      region: region.get(panel)!,
    };
    drawn.set(box, one);
    return one;
  });

  const columns = of.map((indices) => indices.map((i) => panels[i]!));
  const lines = new Map<string, Edge & { part: number }>();
  for (const [from, to, flags = 0] of edges) {
    const [a, b] = [made[from], made[to]];
    // A box that leads to itself is one, unless it was a loop before.
    if (!a || !b || (a === b && (from !== to || boxes[from] !== undefined))) continue;
    const name = `${a.id} ${b.id}`;
    const known = lines.get(name);
    lines.set(name, {
      from: a,
      to: b,
      gradient: (gradients && (flags & edgeFlags.gradient) !== 0) || (known?.gradient ?? false),
      carry: (flags & edgeFlags.carry) !== 0 && (known?.carry ?? true),
      cut: (flags & edgeFlags.cut) !== 0 || (known?.cut ?? false),
      beside: areBeside(columns[marks[from]!.part ?? 0]!, a, b),
      part: marks[from]!.part ?? 0,
    });
  }
  const own = of.map((indices) => indices.map((): Mark[] => []));
  const shared = of.map((): Mark[] => []);
  const placed = new Set<Mark>();
  made.forEach((mark, i) => {
    if (!mark || placed.has(mark)) return;
    placed.add(mark);
    const part = marks[i]!.part ?? 0;
    if (mark.region === undefined) shared[part]!.push(mark);
    else own[part]![mark.region]!.push(mark);
  });
  return {
    pictures: of.map((indices, part) => ({
      panels: indices.map((panel, i): Panel => {
        const { kind, title, stage, step } = panels[panel]!;
        const told = { kind, title, stage, marks: own[part]![i]!, variant: variant[panel]! };
        return step === undefined ? told : { ...told, step };
      }),
      shared: shared[part]!,
      edges: [...lines.values()].filter((line) => line.part === part),
    })),
    panels: of,
    boxes,
    present,
  };
}

const blank = {
  caption: "",
  derived: false,
  node: undefined,
  tensor: undefined,
  step: undefined,
  groups: [],
  op: undefined,
};

const drawMark = (
  { id, kind, label, caption = "", key, derived = false, op, pointwise }: MarkData,
  region: number | undefined,
): Mark => ({
  ...blank,
  id,
  kind,
  label,
  caption,
  key,
  region,
  derived,
  op: kind === "operator" ? op : undefined,
  ...(pointwise && { pointwise }),
});

/** Which parameters are drawn in boxes: those that nothing reads but boxes of one layer. */
function ownParameters(
  { marks, edges, groups }: View,
  boxes: readonly (number | undefined)[],
  present: readonly boolean[],
): boolean[] {
  const readers = marks.map((): string | undefined => undefined);
  const open = marks.map(() => false);
  for (const [from, to] of edges) {
    // Steps that are not shown read what their boxes hold.
    if (!present[to] || marks[to]!.kind === "more") continue;
    const box = boxes[to];
    const layer = box === undefined ? undefined : groups[box]!.layer;
    if (layer === undefined || (readers[from] ?? layer) !== layer) open[from] = true;
    else readers[from] = layer;
  }
  return marks.map(
    ({ kind }, i) => kind === "parameter" && boxes[i] === undefined && !open[i] && readers[i] !== undefined,
  );
}
