import type { Tensor } from "@org/core";
import { checkOptionNames } from "@org/core";
import { drawPicture, type Mark, type Picture, type PictureOptions } from "./graph/picture.ts";
import { shorten } from "./layout/measure.ts";
import { fontFamily } from "./palette.ts";
import { light as colours } from "./theme.ts";

/**
 * The graph below a tensor, or several, in Graphviz's language: what `renderSvg` draws, for programs that read DOT.
 * Time steps are clusters, side by side; that they stand in the order of time is what `dot` is asked for and what
 * `renderSvg` keeps. The same graph gives the same bytes.
 * @throws RangeError for an `unroll` that is not whole, or below 0
 * @example
 * const w = parameter("w", 2);
 * toDot(square(w)).split("\n").filter((line) => line.includes("->")).length; // → 2
 */
export function toDot(tensors: Tensor | readonly Tensor[], options: PictureOptions = {}): string {
  checkOptionNames("toDot", options, "unroll gradients detail folded parameters");
  const picture = drawPicture([tensors].flat() as Tensor[], options);
  return [
    "digraph {",
    `  graph [rankdir=BT, newrank=true, nodesep=0.2, ranksep=0.35, fontname=${quote(fontFamily)}, fontcolor="${colours.faint}"];`,
    `  node [fontname=${quote(fontFamily)}, fontsize=13, fontcolor="${colours.ink}", color="${colours.ink}", style=filled, fillcolor="${colours.paper}", width=0.4, height=0.4, margin="0.06,0.03"];`,
    `  edge [color="${colours.line}", arrowsize=0.6];`,
    ...picture.panels.flatMap(writePanel),
    ...picture.shared.map((mark) => `  ${writeMark(mark)}`),
    ...columnOrder(picture),
    ...picture.edges.flatMap(writeEdge),
    "}\n",
  ].join("\n");
}

function writePanel({ kind, title, marks }: Picture["panels"][number], i: number): string[] {
  if (kind !== "step") return marks.map((mark) => `  ${writeMark(mark)}`);
  return [
    `  subgraph cluster_${i} {`,
    `    graph [label=${quote(title)}, style="rounded,filled", color="${colours.frame}", fillcolor="${colours.column}"];`,
    ...marks.map((mark) => `    ${writeMark(mark)}`),
    "  }",
  ];
}

const shapes: Readonly<Record<Mark["kind"], string>> = {
  operator: "ellipse",
  variable: "box",
  parameter: "box",
  literal: "plain",
  cell: "box",
  loop: "box",
  cut: "plain",
  more: "box",
};

function writeMark({ id, kind, label, caption, derived }: Mark): string {
  const text = quote([shorten(label), caption].filter(Boolean).join("\n"));
  const parts = [`label=${text}`, `shape=${shapes[kind]}`];
  if (kind === "parameter") parts.push(`fillcolor="${colours.parameter}"`);
  if (kind === "more") parts.push('style="dashed"');
  if (derived) parts.push(`color="${colours.gradient}"`);
  return `${id} [${parts.join(", ")}];`;
}

/** Edges that nobody sees, between the first marks of neighbouring columns, keep the columns in order. */
function columnOrder({ panels }: Picture): string[] {
  const heads = panels.flatMap(({ kind, marks }) => (kind === "step" && marks[0] ? [marks[0].id] : []));
  if (heads.length < 2) return [];
  return [`  { rank=same; ${heads.join(" -> ")} [style=invis, weight=0]; }`];
}

function writeEdge({ from, to, gradient }: Picture["edges"][number]): string[] {
  const line = (ends: string, attributes: readonly string[]): string =>
    `  ${ends}${attributes.length > 0 ? ` [${attributes.join(", ")}]` : ""};`;
  const colour = from.kind === "parameter" ? [`color="${colours.light}"`] : [];
  const across = from.region !== to.region ? ["constraint=false", "weight=0"] : [];
  const forward = line(`${from.id} -> ${to.id}`, [...colour, ...across]);
  const back = [`color="${colours.gradient}"`, "constraint=false"];
  return gradient ? [forward, line(`${to.id} -> ${from.id}`, back)] : [forward];
}

/** A string in DOT, whose labels know escapes and entities. */
const quote = (text: string): string =>
  `"${text
    .replace(/&/g, "&amp;")
    .replace(/[\\"]/g, "\\$&")
    .replace(/\n/g, "\\n")
    .replace(/\p{Cc}|\p{Cs}/gu, "\ufffd")}"`;
