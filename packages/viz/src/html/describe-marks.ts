import { type Scope, sourceLine, type Tensor } from "@org/core";
import { namedGroup } from "../graph/functions.ts";
import { type Mark, marksOf, type Picture } from "../graph/picture.ts";
import { findRepeats, type Linked } from "../graph/repeats.ts";
import { equationsOf } from "./equations.ts";
import type { Measurement } from "./measure-marks.ts";
import {
  edgeFlags,
  type GroupData,
  type MarkData,
  type PageData,
  type PanelData,
  type View,
} from "./page-data.ts";
import { toJsonNumber } from "./statistics.ts";
import type { Steps } from "./step-strip.ts";
import { countOf, say } from "./words.ts";

/** One of the graphs of a view. */
export interface Part {
  readonly title: string;
  readonly picture: Picture;
  readonly measure: (mark: Mark) => Measurement;
  /** `‖∂L/∂·‖` and the loss of each time column. */
  readonly steps: Steps;
  /** What gradients are of. */
  readonly loss: Tensor | undefined;
}

/** What the page tells of pictures, side by side. */
export function describeView(
  name: View["name"],
  parts: readonly Part[],
  place: (location: string) => string,
  folded: readonly string[],
  words: PageData["words"],
): View {
  const several = parts.length > 1;
  const view = {
    marks: [] as MarkData[],
    panels: [] as PanelData[],
    groups: [] as GroupData[],
    edges: [] as View["edges"][number][],
  };
  parts.forEach(({ picture, measure, steps, loss }, i) => {
    const { panels, edges } = picture;
    const marks = marksOf(picture);
    const part = i > 0 ? { part: i } : {};
    const indices = new Map(marks.map((mark, k) => [mark, view.marks.length + k]));
    const [firstPanel, firstGroup] = [view.panels.length, view.groups.length];
    const equationOf = equationsOf(edges);
    const titles = panels.map((panel) => titleOf(panel, words));
    const regions = groupsIn(panels, titles, marks, folded);
    const { groups, groupOf } = withRepeats(regions, picture);
    view.groups.push(
      ...groups.map(({ panel, parent, ...group }) => ({
        ...group,
        panel: panel + firstPanel,
        ...(parent !== undefined && { parent: parent + firstGroup }),
      })),
    );
    const ofOptimizer = optimizerMarks(picture);
    view.marks.push(
      ...marks.map((mark): MarkData => {
        const panel = mark.region === undefined ? undefined : panels[mark.region];
        const equation = equationOf(mark);
        const time = panel && panel.kind !== "outside" ? titles[mark.region!]! : "";
        const group = groupOf(mark);
        return {
          id: `${name}-${several ? `${i}-` : ""}${mark.id}`,
          label: mark.label,
          ...(fullName(mark) !== mark.label && { name: fullName(mark) }),
          ...(mark.caption && { caption: captionOf(mark.caption, words) }),
          kind: mark.kind,
          key: mark.key,
          ...(mark.region !== undefined && { panel: mark.region + firstPanel }),
          ...part,
          ...(mark.derived && { derived: true }),
          ...(mark.tensor !== undefined && mark.tensor === loss && { loss: true }),
          ...(mark.pointwise && { pointwise: true }),
          ...(ofOptimizer.has(mark) && { optimizer: true }),
          ...(group !== undefined && { group: group + firstGroup }),
          role: roleOf(mark, words.roles),
          ...typeOf(mark),
          ...originOf(mark, place),
          ...(equation !== undefined && { equation }),
          ...(time && { time }),
          ...measure(mark),
        };
      }),
    );
    let column = 0;
    for (const [i, { kind, stage, step }] of panels.entries()) {
      const at = kind === "step" ? column++ : -1;
      const [norm, loss] = [steps.norms[at], steps.losses[at]];
      view.panels.push({
        kind,
        title: titles[i]!,
        stage,
        ...(step !== undefined && { step }),
        ...part,
        ...(norm !== undefined && { norm: toJsonNumber(norm) }),
        ...(loss !== undefined && { loss: toJsonNumber(loss) }),
      });
    }
    for (const { from, to, gradient, carry, cut } of edges) {
      const flags =
        (gradient ? edgeFlags.gradient : 0) + (carry ? edgeFlags.carry : 0) + (cut ? edgeFlags.cut : 0);
      const ends = [indices.get(from)!, indices.get(to)!] as const;
      view.edges.push(flags ? [...ends, flags] : ends);
    }
  });
  return { name, parts: several ? parts.map(({ title }) => title) : [], ...view };
}

interface Regions {
  readonly groups: readonly GroupData[];
  groupOf(mark: Mark): number | undefined;
}

/** Shorter repetitions are drawn as they are. */
const LEAST_REPEATED = 8;

/** With groups of what repeats outside of the columns of time: `tanh ×1,900`. */
function withRepeats({ groups, groupOf }: Regions, { panels, edges }: Picture): Regions {
  const all = [...groups];
  const own = new Map<Mark, number>();
  panels.forEach(({ kind, marks }, panel) => {
    if (kind !== "outside") return;
    const linked = new Map(marks.map((mark) => [mark, { ...mark, inputs: [] as { from: Linked }[] }]));
    const read = new Set<Linked>();
    for (const { from, to } of edges) {
      const [a, b] = [linked.get(from), linked.get(to)];
      if (a && b) b.inputs.push({ from: a });
      if (a && groupOf(from) !== groupOf(to)) read.add(a);
    }
    // Region by region: what repeats lies in one.
    const inRegion = new Map<number | undefined, Mark[]>();
    for (const mark of marks) {
      if (mark.kind !== "operator" && linked.get(mark)!.inputs.length === 0) continue;
      const known = inRegion.get(groupOf(mark));
      if (known) known.push(mark);
      else inRegion.set(groupOf(mark), [mark]);
    }
    for (const [parent, inner] of inRegion) {
      const places = inner.map((mark) => linked.get(mark)!);
      for (const { from, to, label } of findRepeats(places, read)) {
        if (to - from < LEAST_REPEATED) continue;
        for (const mark of inner.slice(from, to)) own.set(mark, all.length);
        const outer = parent === undefined ? {} : { parent };
        all.push({ name: label, title: "", panel, layer: `repeat ${all.length}`, ...outer });
      }
    }
  });
  return { groups: all, groupOf: (mark) => own.get(mark) ?? groupOf(mark) };
}

interface Found {
  readonly data: Omit<GroupData, "parent">;
  readonly marks: Set<Mark>;
  readonly parent: string | undefined;
}

/** Groups of two marks and more that hold less than what they lie in: steps of loops, layers, regions. */
function groupsIn(
  panels: Picture["panels"],
  titles: readonly string[],
  marks: readonly Mark[],
  folded: readonly string[],
): Regions {
  const found = new Map<string, Found>();
  const innermost = new Map<Mark, string>();
  for (const mark of marks) {
    if (mark.region === undefined || mark.kind === "cell" || mark.kind === "loop") continue;
    const { kind } = panels[mark.region]!;
    const title = titles[mark.region]!;
    if (kind === "more") continue;
    const named = mark.kind === "parameter" ? undefined : namedGroup(mark.groups, folded);
    let parent: string | undefined;
    for (const group of mark.groups) {
      const name = `${mark.region} ${group.id}`;
      const data = {
        name: group.name,
        title,
        panel: mark.region,
        layer: group.key,
        ...((group === named || group.name === "optimizer") && { folded: true }),
      };
      const known = found.get(name) ?? { data, marks: new Set(), parent };
      found.set(name, known);
      known.marks.add(mark);
      innermost.set(mark, name);
      parent = name;
    }
  }
  const isGroup = ({ marks, parent, data }: Found): boolean =>
    marks.size > 1 && (data.folded || parent === undefined || marks.size < found.get(parent)!.marks.size);
  const kept = [...found].filter(([, group]) => isGroup(group));
  const indices = new Map(kept.map(([name], i) => [name, i]));
  /** What is no group stands for what it lies in. */
  const indexOf = (name: string | undefined): number | undefined =>
    name === undefined ? undefined : (indices.get(name) ?? indexOf(found.get(name)!.parent));
  return {
    groups: kept.map(([, { data, parent }]) => {
      const outer = indexOf(parent);
      return outer === undefined ? data : { ...data, parent: outer };
    }),
    groupOf: (mark) => indexOf(innermost.get(mark)),
  };
}

const fullName = ({ node, label }: Mark): string => node?.name ?? label;

/** Marks in the region that optim makes its updates in, and leaves that nothing but these read: its own state. */
function optimizerMarks(picture: Picture): Set<Mark> {
  const inside = ({ groups }: Mark): boolean => groups.some(({ name }) => name === "optimizer");
  const found = new Set(marksOf(picture).filter(inside));
  const readOnlyThere = new Map<Mark, boolean>();
  const reads = new Set(picture.edges.map(({ to }) => to));
  for (const { from, to } of picture.edges) {
    if (!reads.has(from)) readOnlyThere.set(from, (readOnlyThere.get(from) ?? true) && found.has(to));
  }
  for (const [leaf, only] of readOnlyThere) if (only) found.add(leaf);
  return found;
}

/** Columns by their step; one that stands for several in words. */
function titleOf({ title, times }: Picture["panels"][number], { columns }: PageData["words"]): string {
  if (!times) return title;
  const all =
    times.length === 1 && times[0] === 1 ? columns.once : say(columns.each, { n: times.join(", ") });
  return title.startsWith("∂") ? say(columns.derived, { title: all }) : all;
}

/** A caption whose steps and weights are counted in the page's words. */
const captionOf = (caption: string, words: PageData["words"]): string =>
  caption.replace(/^([\d,]+) steps?\b|([\d,]+) weights?$/g, (_, steps?: string, weights?: string) =>
    countOf(Number((steps ?? weights)!.replaceAll(",", "")), steps ? words.step : words.weight),
  );

function roleOf({ kind, node, key, derived, label }: Mark, roles: PageData["words"]["roles"]): string {
  const role =
    kind === "operator"
      ? node
        ? roles.operation
        : say(roles.ofAllSteps, { label })
      : kind === "variable"
        ? variableRole(node?.op.name, key, roles)
        : roles[kind];
  return derived ? say(roles.derived, { role }) : role;
}

function variableRole(op: string | undefined, key: string, roles: PageData["words"]["roles"]): string {
  if (op === "input" || op === "constant") return roles[op];
  if (op !== undefined) return roles.named;
  if (/^out\d/.test(key)) return roles.output;
  return / x\d+$/.test(key) ? roles.slice : roles.carried;
}

function typeOf({ node, tensor, kind }: Mark): Pick<MarkData, "op" | "rule" | "shape" | "dtype"> {
  const type = tensor && { shape: `[${tensor.shape.join(", ")}]`, dtype: tensor.dtype };
  const op = node && node.op.name !== "identity" && { op: node.op.name, rule: node.op.rule };
  return { ...op, ...(kind === "loop" ? undefined : type) };
}

function originOf({ node }: Mark, place: (location: string) => string): Pick<MarkData, "source" | "scope"> {
  if (!node) return {};
  const line = sourceLine(node);
  const scope = scopeOf(node.origin.scope);
  return { ...(line !== undefined && { source: place(line) }), ...(scope && { scope }) };
}

function scopeOf(scope: Scope | undefined): string {
  const labels: string[] = [];
  for (let at = scope; at; at = at.parent) labels.unshift(at.label);
  return labels.join(" › ");
}

/** Cuts the folder off that all source lines of marks have in common. */
export function withoutCommonFolder(marks: readonly Mark[]): (location: string) => string {
  const lines = new Set(marks.flatMap(({ node }) => (node && sourceLine(node)) ?? []));
  const folders = [...lines].map((line) => line.split(/(?<=[/\\])/).slice(0, -1));
  let common = folders[0]?.length ?? 0;
  for (const folder of folders) {
    const differs = folder.findIndex((part, i) => part !== folders[0]![i]);
    common = Math.min(common, differs < 0 ? folder.length : differs);
  }
  const cut = folders[0]?.slice(0, common).join("").length ?? 0;
  return (location) => location.slice(cut);
}
