import { type Scope, sourceLine } from "@org/core";
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
): View {
  const { panels, shared, edges } = picture;
  const marks = [...panels.flatMap((panel) => panel.marks), ...shared];
  const indices = new Map(marks.map((mark, i) => [mark, i]));
  const equationOf = equationsOf(edges);
  const { groups, groupOf } = groupsIn(picture, marks);
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

/** Groups of two marks and more, each mark in one: its step of a loop, or the outermost region outside of loops. */
function groupsIn(
  { panels }: Picture,
  marks: readonly Mark[],
): { groups: GroupData[]; groupOf(mark: Mark): { group?: number } } {
  const found = new Map<string, { data: GroupData; marks: Set<Mark> }>();
  for (const mark of marks) {
    if (mark.region === undefined || mark.kind === "cell" || mark.kind === "loop") continue;
    const { kind, title } = panels[mark.region]!;
    const group = mark.groups.find(({ cell }) => cell) ?? mark.groups[0];
    if (!group || kind === "more") continue;
    const name = `${mark.region} ${group.id}`;
    const data = { name: group.name, title, layer: group.key };
    const known = found.get(name) ?? { data, marks: new Set() };
    found.set(name, known);
    known.marks.add(mark);
  }
  const folded = [...found.values()].filter(({ marks }) => marks.size > 1);
  const indices = new Map(folded.flatMap(({ marks }, i) => [...marks].map((mark) => [mark, i] as const)));
  return {
    groups: folded.map(({ data }) => data),
    groupOf: (mark) => {
      const group = indices.get(mark);
      return group === undefined ? {} : { group };
    },
  };
}

function roleOf({ kind, node, key, derived, label }: Mark): string {
  const role = {
    operator: node ? "operation" : `${label} of all steps`,
    parameter: "parameter",
    literal: "number",
    cell: "cell or layer",
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
