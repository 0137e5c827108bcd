import type { Tensor } from "@org/core";
import { checkOptionNames } from "@org/core";
import { drawFitting, type SizeOptions } from "../fitting.ts";
import { marksOf, type PictureOptions } from "../graph/picture.ts";
import type { GraphvizEngine } from "../layout/graphviz.ts";
import { withLayout } from "../layout/laid-out.ts";
import { layOut } from "../layout/lay-out.ts";
import { fontSize, shorten } from "../layout/measure.ts";
import type { Frame, PlacedEdge, PlacedMark, Scene } from "../layout/scene.ts";
import { BELOW, runsOf } from "../layout/typeset.ts";
import { pathOf, wayBack } from "../svg.ts";
import { type Colours, lookOf, type Theme, type ThemeOptions, themeOf } from "../theme.ts";
import { texOf } from "./tex-text.ts";

/** What `toTikz` takes. */
export interface TikzOptions extends PictureOptions, ThemeOptions, SizeOptions {
  /** A whole document that a TeX compiles as it is, or the picture alone. Default false, the picture alone. */
  readonly standalone?: boolean;
  /** As for `renderSvg`. */
  readonly engine?: GraphvizEngine;
}

/**
 * The graph below a tensor, or several, as a `tikzpicture` for LaTeX: what `renderSvg` draws, line by line, in the
 * document's own sans-serif letters, its names as mathematics. The document needs `\usepackage{tikz}` and nothing more; in
 * what is not Latin, XeLaTeX or LuaLaTeX. `\scalebox` or `\resizebox` make it fit. Default detail "cell".
 * @throws RangeError as `renderSvg`
 * @example
 * const w = parameter("w", 2);
 * (await toTikz(square(w))).split("\n")[0]; // → "\\begin{tikzpicture}[x=0.75bp,y=-0.75bp,line width=0.8bp]"
 */
export async function toTikz(
  tensors: Tensor | readonly Tensor[],
  options: TikzOptions = {},
): Promise<string> {
  checkOptionNames(
    "toTikz",
    options,
    "standalone engine unroll gradients detail folded parameters preset dark maxMarks timeLimit",
  );
  const all = { detail: "cell", ...options } as const;
  const theme = themeOf(options);
  const { preset } = theme;
  const picture = drawFitting([tensors].flat() as Tensor[], all);
  const pitch = options.gradients ? 11 : 8;
  const scene = await withLayout(picture, options, (fitting, layPanel) =>
    layOut(fitting, layPanel, { pitch, preset, wrap: 0 }),
  );
  const drawing = marksOf(picture).length === 0 ? "" : `${write(scene, theme)}\n`;
  const text = `\\begin{tikzpicture}[x=${UNIT}bp,y=-${UNIT}bp,line width=0.8bp]\n${drawing}\\end{tikzpicture}\n`;
  if (!options.standalone) return text;
  return `\\documentclass[border=4bp]{standalone}\n\\usepackage{tikz}\n\\begin{document}\n${text}\\end{document}\n`;
}

/** Big points of TeX for a pixel. */
const UNIT = 0.75;

function write(scene: Scene, theme: Theme): string {
  const { colours, preset } = theme;
  const places = new Map(scene.marks.map((placed) => [placed.mark, placed]));
  const inFront = (edge: PlacedEdge): boolean => edge.edge.from.kind !== "parameter";
  const edges = [...scene.edges.filter((edge) => !inFront(edge)), ...scene.edges.filter(inFront)];
  const note = scene.note === undefined ? [] : [writeNote(scene.note, scene)];
  const lines = [
    ...colourNames(colours),
    `\\fill[unroll paper] (0,0) rectangle ${at(scene.width, scene.height)};`,
    ...scene.frames.map(writeFrame),
    ...edges.map((edge) => writeEdge(edge)),
    ...edges.filter(({ edge }) => edge.gradient).map((edge) => writeGradient(edge, places)),
    ...scene.marks.flatMap((placed) => writeMark(placed, preset)),
    ...note,
  ];
  return lines.map((line) => `  ${line}`).join("\n");
}

const colourNames = (colours: Colours): string[] =>
  Object.entries(colours).map(
    ([name, colour]) => `\\definecolor{unroll ${name}}{HTML}{${String(colour).slice(1).toUpperCase()}}`,
  );

const number = (value: number): string => String(Math.round(value * 100) / 100 || 0);
const at = (x: number, y: number): string => `(${number(x)},${number(y)})`;

/** A node that is nothing but text, its base line at a point. */
function words(text: string, x: number, y: number, size: number, colour: string, anchor = "base"): string {
  const points = number(size * UNIT);
  const font = `\\fontsize{${points}}{${points}}\\selectfont\\sffamily`;
  return `\\node[anchor=${anchor},inner sep=0,text=unroll ${colour},font=${font}] at ${at(x, y)} {${text}};`;
}

function writeFrame({ title, x, y, width, height, titleX, titleY, corner }: Frame): string {
  const box = `\\filldraw[fill=unroll column,draw=unroll frame,line width=0.5bp,rounded corners=6bp] ${at(x, y)} rectangle ${at(x + width, y + height)};`;
  const anchor = corner === "left" ? "base west" : "base east";
  return `${box} ${words(texOf(title), titleX, titleY, fontSize.title, "faint", anchor)}`;
}

const writeNote = (note: string, { width, height }: Scene): string =>
  words(texOf(note), width / 2, height - 7, fontSize.title, "faint");

function writeEdge(placed: PlacedEdge): string {
  const { from, cut } = placed.edge;
  const colour = from.kind === "parameter" ? "light" : "line";
  return `\\draw[-latex,unroll ${colour}${cut ? ",dashed" : ""}] ${way(pathOf(placed))};`;
}

function writeGradient(placed: PlacedEdge, places: ReadonlyMap<PlacedMark["mark"], PlacedMark>): string {
  const colour = placed.edge.from.kind === "parameter" ? "lightGradient" : "gradient";
  return `\\draw[-latex,unroll ${colour}] ${way(pathOf(wayBack(placed, places)))};`;
}

/** SVG's commands of a path, M, L, Q and C with absolute places, in TikZ's words. */
function way(path: string): string {
  let [x, y] = [0, 0];
  const parts: string[] = [];
  for (const [, command, rest] of path.matchAll(/([MLQC])([^MLQC]*)/g)) {
    const numbers = rest!.match(/-?[\d.]+/g)!.map(Number);
    const step = { M: 2, L: 2, Q: 4, C: 6 }[command!]!;
    for (let i = 0; i < numbers.length; i += step) {
      const [a, b, c, d] = numbers.slice(i, i + 4) as [number, number, number, number];
      const [toX, toY] = numbers.slice(i + step - 2, i + step) as [number, number];
      const end = at(toX, toY);
      if (command === "M") parts.push(end);
      else if (command === "L") parts.push(`-- ${end}`);
      else if (command === "C") parts.push(`.. controls ${at(a, b)} and ${at(c, d)} .. ${end}`);
      else {
        // A quadratic curve is a cubic one: two thirds of the way to its one control point from either end.
        const near = (from: number, to: number): number => from + (2 / 3) * (to - from);
        parts.push(
          `.. controls ${at(near(x, a), near(y, b))} and ${at(near(toX, a), near(toY, b))} .. ${end}`,
        );
      }
      [x, y] = [toX, toY];
    }
  }
  return parts.join(" ");
}

function writeMark(placed: PlacedMark, preset: Theme["preset"]): string[] {
  const { mark, x, y, width, height, round } = placed;
  if (mark.kind === "cut") {
    const stroke = (dy: number): string => `${at(x - 11, y + dy + 4)} -- ${at(x + 11, y + dy - 4)}`;
    return [`\\draw[unroll gradient,line width=1.5bp] ${stroke(-3)} ${stroke(3)};`];
  }
  const stroke = mark.derived ? "gradient" : mark.kind === "literal" ? "light" : "ink";
  const { fill } = lookOf(preset, mark.kind, mark.op, mark.pointwise);
  const corner = mark.kind === "cell" || mark.kind === "loop" ? 6 : 2;
  const style = `fill=unroll ${fill},draw=unroll ${stroke}${mark.kind === "more" ? ",dashed" : ""}`;
  const shape = round
    ? `\\filldraw[${style}] ${at(x, y)} ellipse [x radius=${number(width / 2)},y radius=${number(height / 2)}];`
    : `\\filldraw[${style},rounded corners=${corner}bp] ${at(x - width / 2, y - height / 2)} rectangle ${at(x + width / 2, y + height / 2)};`;
  return [shape, ...writeTexts(placed)];
}

function writeTexts({ mark, inRow, x, y, width }: PlacedMark): string[] {
  const { label: large, caption: small } = fontSize;
  const label = labelOf(mark.label);
  if (!mark.caption) return [words(label, x, y + large * 0.35, large, "ink")];
  const caption = texOf(mark.caption);
  if (inRow)
    return [
      words(label, x - width / 2 + 7, y + 4.5, large, "ink", "base west"),
      words(caption, x + width / 2 - 7, y + 3.5, small, "faint", "base east"),
    ];
  const apart = runsOf(mark.label).some(({ below }) => below) ? 2 : 0;
  return [words(label, x, y + 2 - apart, large, "ink"), words(caption, x, y + 11.5 + apart, small, "faint")];
}

/** A label with what stands below its line. */
const labelOf = (label: string): string =>
  runsOf(shorten(label))
    .map(({ text, below }) => {
      if (!below) return texOf(text);
      const size = number(fontSize.label * BELOW * UNIT);
      return `\\raisebox{-2.2bp}{\\fontsize{${size}}{${size}}\\selectfont ${texOf(text)}}`;
    })
    .join("");
