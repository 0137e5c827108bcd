import { type Scope, sourceLine } from "@org/core";
import { namedGroup } from "../graph/fold.ts";
import type { Mark, Picture } from "../graph/picture.ts";
import { equationsOf } from "./equations.ts";
import type { Measurement } from "./measure-marks.ts";
import type { GroupData, MarkData, View } from "./page-data.ts";

/** What the page tells of a picture. */
export function describePicture(
  name: View["name"],
  picture: Picture,
  measure: (mark: Mark) => Measurement,
  place: (location: string) => string,
  folded: readonly string[],
): View {
  const { panels, shared, edges } = picture;
  const marks = [...panels.flatMap((panel) => panel.marks), ...shared];
  const indices = new Map(marks.map((mark, i) => [mark, i]));
  const equationOf = equationsOf(edges);
  const { groups, groupOf } = groupsIn(picture, marks, folded);
  return {
    name,
    groups,
    marks: marks.map((mark) => {
      const panel = mark.region === undefined ? undefined : panels[mark.region];
      const equation = equationOf(mark);
      const time = panel && panel.kind !== "outside" ? panel.title : "";
      return {
        id: `${name}-${mark.id}`,
        label: mark.label,
        kind: mark.kind,
        ...groupOf(mark),
        role: roleOf(mark),
        ...typeOf(mark),
        ...originOf(mark, place),
        ...(equation !== undefined && { equation }),
        ...(time && { time }),
        ...measure(mark),
      };
    }),
    edges: edges.map(({ from, to }) => [indices.get(from)!, indices.get(to)!]),
  };
}

/**
 * Groups of two marks and more: a step of a loop, or the outermost region outside of loops; in them, or around them, the
 * functions that the page opens with folded.
 */
function groupsIn(
  { panels }: Picture,
  marks: readonly Mark[],
  folded: readonly string[],
): { groups: GroupData[]; groupOf(mark: Mark): { group?: number } } {
  const found = new Map<string, { data: GroupData; marks: Set<Mark>; parent?: string }>();
  const innermost = new Map<Mark, string>();
  for (const mark of marks) {
    if (mark.region === undefined || mark.kind === "cell" || mark.kind === "loop") continue;
    const { kind, title } = panels[mark.region]!;
    if (kind === "more") continue;
    const step = mark.groups.find(({ cell }) => cell) ?? mark.groups[0];
    const named = mark.kind === "parameter" ? undefined : namedGroup(mark.groups, folded);
    const chain = mark.groups.filter((group) => group === step || group === named);
    let parent: string | undefined;
    for (const group of chain) {
      const name = `${mark.region} ${group.id}`;
      const data = {
        name: group.name,
        title,
        layer: group.key,
        ...(group === named && { folded: true }),
      };
      const known = found.get(name) ?? { data, marks: new Set(), ...(parent !== undefined && { parent }) };
      found.set(name, known);
      known.marks.add(mark);
      innermost.set(mark, name);
      parent = name;
    }
  }
  const kept = [...found].filter(([, { marks }]) => marks.size > 1);
  const indices = new Map(kept.map(([name], i) => [name, i]));
  /** A group of one mark is none: what it lies in stands for it. */
  const indexOf = (name: string | undefined): number | undefined =>
    name === undefined ? undefined : (indices.get(name) ?? indexOf(found.get(name)?.parent));
  return {
    groups: kept.map(([, { data, parent }]) => {
      const outer = indexOf(parent);
      return outer === undefined ? data : { ...data, parent: outer };
    }),
    groupOf: (mark) => {
      const group = indexOf(innermost.get(mark));
      return group === undefined ? {} : { group };
    },
  };
}

function roleOf({ kind, node, key, derived, label }: Mark): string {
  const role = {
    operator: node ? "operation" : `${label} of all steps`,
    parameter: "parameter",
    literal: "number",
    cell: "cell, layer or function",
    loop: "loop",
    cut: "cut: values go on, gradients end here",
    more: "steps that are not shown",
    variable: variableRole(node?.op.name, key),
  }[kind];
  return derived ? `${role}, made by differentiation` : role;
}

function variableRole(op: string | undefined, key: string): string {
  if (op === "input" || op === "constant") return op;
  if (op !== undefined) return "named result";
  return /^l\d+ x/.test(key) ? "slice of a sequence" : "carried state";
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
