import type { Tensor } from "@org/core";
import { checkOptionNames } from "@org/core";
import { drawFitting, type SizeOptions } from "../fitting.ts";
import type { Edge, Mark, Panel, PictureOptions } from "../graph/picture.ts";
import { shorten } from "../layout/measure.ts";
import { type Colours, lookOf, type ThemeOptions, themeOf } from "../theme.ts";

/** What `toMermaid` takes. */
export interface MermaidOptions extends PictureOptions, ThemeOptions, Pick<SizeOptions, "maxMarks"> {}

/**
 * The graph below a tensor, or several, in Mermaid's language, which GitHub, GitLab and many editors draw where it
 * stands in a block of code named `mermaid`: cells and layers as boxes, time steps as subgraphs, and, with `gradients`,
 * red lines with two ends where a gradient flows back. Mermaid places what it draws by itself and refuses more than 500
 * lines: for columns in the order of time there is `renderSvg`. The same graph gives the same bytes. Default detail
 * "cell", default `maxMarks` 150.
 * @throws RangeError as `renderSvg`
 * @example
 * const w = parameter("w", 2);
 * toMermaid(square(w)).split("\n")[0]; // → "flowchart BT"
 */
export function toMermaid(tensors: Tensor | readonly Tensor[], options: MermaidOptions = {}): string {
  checkOptionNames("toMermaid", options, "unroll gradients detail folded parameters preset dark maxMarks");
  const all = { detail: "cell", maxMarks: 150, ...options } as const;
  const { panels, shared, edges, note } = drawFitting([tensors].flat() as Tensor[], all);
  const { colours, preset } = themeOf(options);
  const marks = [...panels.flatMap((panel) => panel.marks), ...shared];
  const fills = new Map(marks.map((mark) => [mark, lookOf(preset, mark.kind, mark.op, mark.pointwise).fill]));
  const back = edges.flatMap(({ gradient }, i) => (gradient ? [i] : []));
  const lines = [
    "flowchart BT",
    ...panels.flatMap(writePanel),
    ...shared.map(writeMark),
    ...(note === undefined
      ? []
      : [`note["${quote(note)}"]`, `style note fill:none,stroke:none,color:${colours.faint}`]),
    ...edges.map(writeEdge),
    ...classes(marks, fills, colours),
    ...columns(panels, colours),
    ...(back.length > 0 ? [`linkStyle ${back.join(",")} stroke:${colours.gradient}`] : []),
  ];
  return `${lines.map((line, i) => (i === 0 ? line : `  ${line}`)).join("\n")}\n`;
}

function writePanel({ kind, title, marks }: Panel, i: number): string[] {
  if (kind !== "step") return marks.map(writeMark);
  return [`subgraph step${i}["${quote(title)}"]`, ...marks.map((mark) => `  ${writeMark(mark)}`), "end"];
}

function columns(panels: readonly Panel[], { column, frame, faint }: Colours): string[] {
  const steps = panels.flatMap(({ kind }, i) => (kind === "step" ? `step${i}` : []));
  if (steps.length === 0) return [];
  return [`classDef step fill:${column},stroke:${frame},color:${faint}`, `class ${steps.join(",")} step`];
}

/** What stands on both sides of a text, by kind: rounded for boxes, a circle for operators, square for variables. */
function sidesOf({ kind, label }: Mark): readonly [left: string, right: string] {
  if (kind === "cell" || kind === "loop") return ["(", ")"];
  if (kind === "operator") return [...label].length > 1 ? ["([", "])"] : ["((", "))"];
  return ["[", "]"];
}

function writeMark(mark: Mark): string {
  const [left, right] = sidesOf(mark);
  const texts = [shorten(mark.label), mark.caption].filter(Boolean).map(quote);
  return `${mark.id}${left}"${texts.join("<br>")}"${right}`;
}

const writeEdge = ({ from, to, gradient, cut }: Edge): string => {
  const line = cut ? '-. "cut" .->' : gradient ? "<-->" : "-->";
  return `${from.id} ${line} ${to.id}`;
};

function classes(
  marks: readonly Mark[],
  fills: ReadonlyMap<Mark, keyof Colours>,
  colours: Colours,
): string[] {
  const of = new Map<string, string[]>();
  for (const mark of marks) {
    const name = mark.kind === "more" ? "more" : `${fills.get(mark)!}${mark.derived ? "Gradient" : ""}`;
    const known = of.get(name);
    if (known) known.push(mark.id);
    else of.set(name, [mark.id]);
  }
  return [...of].flatMap(([name, ids]) => {
    const fill = name === "more" ? colours.paper : colours[name.replace("Gradient", "") as keyof Colours];
    const stroke = name.endsWith("Gradient") ? colours.gradient : colours.ink;
    const dashes = name === "more" ? ",stroke-dasharray:4 3" : "";
    return [
      `classDef ${name} fill:${fill},stroke:${stroke},color:${colours.ink}${dashes}`,
      `class ${ids.join(",")} ${name}`,
    ];
  });
}

/**
 * A text between quotes: signs that Mermaid, or Markdown in it, would read as its own are numbers, and so is what would
 * begin a list. Two dollars would be mathematics even so: a joiner without width stands between them.
 */
const quote = (text: string): string =>
  text
    .replace(/\p{Cc}|\p{Cs}/gu, "\ufffd")
    .replace(/\$(?=\$)/g, () => "$\u2060")
    .replace(/^(\d+)?[.)+-](?= )|["#&<>`\\*~^$@{}[\]|;!?%']|(?<![^\s])_|_(?!\S)/g, (found) =>
      [...found].map((sign) => (/[\d]/.test(sign) ? sign : `#${sign.codePointAt(0)};`)).join(""),
    );
