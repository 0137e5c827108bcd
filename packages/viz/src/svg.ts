import type { Mark } from "./graph/picture.ts";
import {
  besideCurve,
  besidePolyline,
  curveCommands,
  onRim,
  type Point,
  polylineCommands,
  px,
  show,
  straightened,
} from "./layout/geometry.ts";
import { fontSize, shorten } from "./layout/measure.ts";
import type { Way } from "./layout/routes.ts";
import type { Frame, PlacedEdge, PlacedMark, Scene } from "./layout/scene.ts";
import { BELOW, hasBelow, runsOf } from "./layout/typeset.ts";
import { fontFamily } from "./palette.ts";
import { type Colours, lookOf, type Theme, themeOf } from "./theme.ts";

const CORNER = 6;
/** From an edge to the gradient's way back beside it. */
const BESIDE = 4;

/** How a scene is drawn. */
export interface SvgOptions {
  /** All ids begin with it, so that several pictures can stand in one document. Default "". */
  readonly prefix?: string;
  /** Default: d2l, light. */
  readonly theme?: Theme;
  /** Colours of marks: of their insides, and of the text on them. Default: by what they are. */
  readonly fillOf?: (mark: Mark) => { readonly fill: string; readonly ink: string } | undefined;
  /** Marks that stand out; the others step back. Default: all are alike. */
  readonly emphasized?: ReadonlySet<Mark>;
  /** More to draw above the scene. */
  readonly above?: readonly string[];
}

/** What writing a mark or an edge has to know. */
interface Style extends SvgOptions {
  readonly prefix: string;
  readonly theme: Theme;
  readonly colours: Colours;
}

/** The SVG text of a scene. */
export function writeSvg(scene: Scene, options: SvgOptions = {}): string {
  const { width, height, marks, edges, frames, note } = scene;
  const { prefix = "", theme = themeOf({}), above = [] } = options;
  const { colours } = theme;
  const style: Style = { ...options, prefix, theme, colours };
  const places = new Map(marks.map((placed) => [placed.mark, placed]));
  const light = edges.filter(({ edge }) => edge.from.kind === "parameter");
  const dark = edges.filter(({ edge }) => edge.from.kind !== "parameter");
  const group = (of: readonly PlacedEdge[], colour: string, write: (placed: PlacedEdge) => string): string =>
    of.length === 0 ? "" : [`<g stroke="${colour}">`, ...of.map(write), "</g>"].join("\n");
  const [forth, back] = [
    (arrow: string) => (placed: PlacedEdge) => writeEdge(placed, style, arrow),
    (arrow: string) => (placed: PlacedEdge) => writeGradient(placed, places, style, arrow),
  ];
  const [w, h] = [px(width), px(height)];
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="${fontFamily}" text-anchor="middle" role="img" aria-label="Compute graph">`,
    "<defs>",
    arrow(`${prefix}arrow`, colours.line),
    arrow(`${prefix}arrow-light`, colours.light),
    arrow(`${prefix}arrow-back`, colours.gradient),
    arrow(`${prefix}arrow-back-light`, colours.lightGradient),
    "</defs>",
    `<rect width="${w}" height="${h}" fill="${colours.paper}"/>`,
    ...frames.map((frame) => writeFrame(frame, theme)),
    `<g fill="none" stroke-width="${theme.preset === "colah" ? 1.7 : 1.1}">`,
    group(light, colours.light, forth("arrow-light")),
    group(
      light.filter(({ edge }) => edge.gradient),
      colours.lightGradient,
      back("arrow-back-light"),
    ),
    group(dark, colours.line, forth("arrow")),
    group(
      dark.filter(({ edge }) => edge.gradient),
      colours.gradient,
      back("arrow-back"),
    ),
    "</g>",
    ...marks.map((placed) => writeMark(placed, style)),
    ...above,
    note === undefined ? "" : text(note, { x: width / 2, y: height - 7 }, fontSize.title, colours.faint),
    "</svg>",
  ];
  return `${lines.filter(Boolean).join("\n")}\n`;
}

export const arrow = (id: string, colour: string): string =>
  `<marker id="${id}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6.5" markerHeight="6.5" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,1 L8,4 L0,7 Z" fill="${colour}"/></marker>`;

function writeFrame(
  { title, x, y, width, height, titleX, titleY, corner }: Frame,
  { colours, preset }: Theme,
): string {
  const dashes = preset === "plain" ? ' stroke-dasharray="5 4"' : "";
  const box = `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="8" fill="${colours.column}" stroke="${colours.frame}" stroke-width="0.6"${dashes}/>`;
  const heading = text(
    title,
    { x: titleX, y: titleY },
    fontSize.title,
    colours.faint,
    corner === "left" ? "start" : "end",
  );
  return `<g class="step">${box}${heading}</g>`;
}

const ends = ({ edge: { from, to } }: PlacedEdge, prefix: string): string =>
  `data-from="${prefix}${from.id}" data-to="${prefix}${to.id}"`;

const writeEdge = (placed: PlacedEdge, style: Style, arrow: string): string =>
  `${placed.edge.cut ? writeCutOn(placed, style) : ""}<path class="edge" ${ends(placed, style.prefix)} d="${pathOf(placed)}" marker-end="url(#${style.prefix}${arrow})"${placed.edge.cut ? ' stroke-dasharray="4 3"' : ""}${steppedBack(style, placed)}/>`;

/** Two strokes across the middle of the longest straight part of a line. */
function writeCutOn({ out, rail }: PlacedEdge, { colours }: Style): string {
  const points = rail.length > 1 ? rail : [out[0]!, out.at(-1)!];
  const length = (i: number): number =>
    Math.hypot(points[i + 1]!.x - points[i]!.x, points[i + 1]!.y - points[i]!.y);
  const longest = points.slice(1).reduce((best, _, i) => (length(i) > length(best) ? i : best), 0);
  const [from, to] = [points[longest]!, points[longest + 1]!];
  const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
  const upright = Math.abs(to.y - from.y) > Math.abs(to.x - from.x);
  const stroke = (by: number): string =>
    upright
      ? `M${px(x - 10)},${px(y + by + 4)} L${px(x + 10)},${px(y + by - 4)}`
      : `M${px(x + by - 4)},${px(y + 10)} L${px(x + by + 4)},${px(y - 10)}`;
  return `<path d="${stroke(-3)} ${stroke(3)}" stroke="${colours.gradient}" stroke-width="2"/>`;
}

/** What does not stand out is pale. */
function steppedBack({ emphasized }: Style, { edge }: PlacedEdge): string {
  const stands = !emphasized || (emphasized.has(edge.from) && emphasized.has(edge.to));
  return stands ? "" : ' opacity="0.15"';
}

/** The way back: to the right of the way there, from its end to its start. */
function writeGradient(
  placed: PlacedEdge,
  places: ReadonlyMap<Mark, PlacedMark>,
  style: Style,
  arrow: string,
): string {
  const { prefix } = style;
  const back = wayBack(placed, places);
  return `<path class="gradient" ${ends(placed, prefix)} d="${pathOf(back)}" marker-end="url(#${prefix}${arrow})"${steppedBack(style, placed)}/>`;
}

/** The way of a gradient: beside that of its edge, from its end to its start. */
export function wayBack({ out, rail, into, edge }: PlacedEdge, places: ReadonlyMap<Mark, PlacedMark>): Way {
  const back = {
    out: besideCurve([...into].reverse(), BESIDE),
    rail: besidePolyline(straightened([...rail].reverse()), BESIDE),
    into: besideCurve([...out].reverse(), BESIDE),
  };
  // Beside the end of an edge the rim of a mark is a little nearer or farther.
  const parts = [back.out, back.rail, back.into].filter(({ length }) => length > 0);
  const [first, last] = [parts[0]!, parts.at(-1)!];
  first[0] = onRim(places.get(edge.to)!, first[0]!);
  last[last.length - 1] = onRim(places.get(edge.from)!, last.at(-1)!);
  return back;
}

/** A way as path commands. */
export function pathOf({ out, rail, into }: Way): string {
  const [start] = [...out, ...rail, ...into];
  const line = rail;
  const along =
    line.length > 0 ? `${out.length > 0 ? `L${show(line[0]!)} ` : ""}${polylineCommands(line, CORNER)}` : "";
  const parts = [
    out.length > 0 ? curveCommands(out) : "",
    along,
    into.length > 0 && line.length > 0 ? `L${show(into[0]!)}` : "",
    into.length > 0 ? curveCommands(into) : "",
  ];
  return `M${show(start!)} ${parts.filter(Boolean).join(" ")}`;
}

function writeMark(placed: PlacedMark, style: Style): string {
  const { mark, x, y, width, height, round } = placed;
  const { prefix, theme, colours, fillOf, emphasized } = style;
  const colour = fillOf?.(mark);
  const stroke = mark.derived ? colours.gradient : mark.kind === "literal" ? colours.light : colours.ink;
  const fill = colour?.fill ?? colours[lookOf(theme.preset, mark.kind, mark.op, mark.pointwise).fill];
  const dashes = mark.kind === "more" ? ' stroke-dasharray="4 3"' : "";
  const paint = `fill="${fill}" stroke="${stroke}"${dashes}`;
  const corner = mark.kind === "cell" || mark.kind === "loop" ? 8 : 3;
  const shape = round
    ? `<ellipse cx="${px(x)}" cy="${px(y)}" rx="${px(width / 2)}" ry="${px(height / 2)}" ${paint}/>`
    : `<rect x="${px(x - width / 2)}" y="${px(y - height / 2)}" width="${px(width)}" height="${px(height)}" rx="${corner}" ${paint}/>`;
  const pale = emphasized && !emphasized.has(mark) ? ' opacity="0.25"' : "";
  const name = mark.path ?? mark.label;
  const whole = shorten(mark.label) === name ? "" : `<title>${escapeText(name)}</title>`;
  const inside =
    mark.kind === "cut"
      ? writeCut(placed, colours)
      : whole + shape + writeTexts(placed, colours, colour?.ink);
  return `<g class="${mark.kind}" id="${prefix}${mark.id}"${pale}>${inside}</g>`;
}

/** Two strokes across the line, on which the gradient ends. */
function writeCut({ x, y, width, height }: PlacedMark, { paper, gradient }: Colours): string {
  const [left, top] = [x - width / 2, y - height / 2];
  const stroke = (dy: number): string => `M${px(x - 11)},${px(y + dy + 4)} L${px(x + 11)},${px(y + dy - 4)}`;
  return `<title>The gradient is cut here</title><rect x="${px(left)}" y="${px(top)}" width="${px(width)}" height="${px(height)}" rx="3" fill="${paper}" stroke="none" fill-opacity="0"/><path d="${stroke(-3)} ${stroke(3)}" fill="none" stroke="${gradient}" stroke-width="2"/>`;
}

function writeTexts({ mark, inRow, x, y, width }: PlacedMark, colours: Colours, ink?: string): string {
  const label = shorten(mark.label);
  const { label: large, caption: small } = fontSize;
  const [dark, faint] = [ink ?? colours.ink, ink ?? colours.faint];
  if (!mark.caption) return set(label, { x, y: y + large * 0.35 }, large, dark);
  if (inRow) {
    const left = set(label, { x: x - width / 2 + 7, y: y + 4.5 }, large, dark, "start");
    return left + text(mark.caption, { x: x + width / 2 - 7, y: y + 3.5 }, small, faint, "end");
  }
  const apart = hasBelow(label) ? 2 : 0;
  return (
    set(label, { x, y: y + 2 - apart }, large, dark) +
    text(mark.caption, { x, y: y + 11.5 + apart }, small, faint)
  );
}

/** A label with what stands below its line. */
function set(label: string, { x, y }: Point, size: number, fill: string, anchor?: "start" | "end"): string {
  const runs = runsOf(label);
  if (!hasBelow(label)) return text(label, { x, y }, size, fill, anchor);
  const side = anchor ? ` text-anchor="${anchor}"` : "";
  const small = px(size * BELOW);
  const parts = runs.map(({ text, below }, i) => {
    const content = escapeText(text);
    if (below) return `<tspan dy="3" font-size="${small}">${content}</tspan>`;
    return i === 0 ? content : `<tspan dy="-3">${content}</tspan>`;
  });
  return `<text x="${px(x)}" y="${px(y)}" font-size="${size}" fill="${fill}"${side}>${parts.join("")}</text>`;
}

export function text(
  content: string,
  { x, y }: Point,
  size: number,
  fill: string,
  anchor?: "start" | "end",
): string {
  const side = anchor ? ` text-anchor="${anchor}"` : "";
  return `<text x="${px(x)}" y="${px(y)}" font-size="${size}" fill="${fill}"${side}>${escapeText(content)}</text>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as XML holds it; what it can't hold, control characters and half pairs, becomes replacement characters. */
export const escapeText = (content: string): string =>
  content
    .replace(/[&<>"']/g, (sign) => entities[sign]!)
    .replace(/(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, "\ufffd");
