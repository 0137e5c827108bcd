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
import { fontFamily, palette } from "./palette.ts";

const CORNER = 6;
/** From an edge to the gradient's way back beside it. */
const BESIDE = 4;

/** The SVG text of a scene. All ids in it begin with `prefix`, so that several can stand in one document. */
export function writeSvg({ width, height, marks, edges, frames }: Scene, prefix = ""): string {
  const places = new Map(marks.map((placed) => [placed.mark, placed]));
  const light = edges.filter(({ edge }) => edge.from.kind === "parameter");
  const dark = edges.filter(({ edge }) => edge.from.kind !== "parameter");
  const group = (of: readonly PlacedEdge[], colour: string, write: (placed: PlacedEdge) => string): string =>
    of.length === 0 ? "" : [`<g stroke="${colour}">`, ...of.map(write), "</g>"].join("\n");
  const [forth, back] = [
    (arrow: string) => (placed: PlacedEdge) => writeEdge(placed, prefix, arrow),
    (arrow: string) => (placed: PlacedEdge) => writeGradient(placed, places, prefix, arrow),
  ];
  const [w, h] = [px(width), px(height)];
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="${fontFamily}" text-anchor="middle" role="img" aria-label="Compute graph">`,
    "<defs>",
    arrow(`${prefix}arrow`, palette.line),
    arrow(`${prefix}arrow-light`, palette.light),
    arrow(`${prefix}arrow-back`, palette.gradient),
    arrow(`${prefix}arrow-back-light`, palette.lightGradient),
    "</defs>",
    `<rect width="${w}" height="${h}" fill="${palette.paper}"/>`,
    ...frames.map(writeFrame),
    '<g fill="none" stroke-width="1.1">',
    group(light, palette.light, forth("arrow-light")),
    group(
      light.filter(({ edge }) => edge.gradient),
      palette.lightGradient,
      back("arrow-back-light"),
    ),
    group(dark, palette.line, forth("arrow")),
    group(
      dark.filter(({ edge }) => edge.gradient),
      palette.gradient,
      back("arrow-back"),
    ),
    "</g>",
    ...marks.map((placed) => writeMark(placed, prefix)),
    "</svg>",
  ];
  return `${lines.filter(Boolean).join("\n")}\n`;
}

const arrow = (id: string, colour: string): string =>
  `<marker id="${id}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6.5" markerHeight="6.5" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,1 L8,4 L0,7 Z" fill="${colour}"/></marker>`;

const writeFrame = ({ title, x, y, width, height, titleY }: Frame): string =>
  `<g class="step"><rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="8" fill="${palette.column}" stroke="${palette.frame}"/>${text(title, { x: x + width / 2, y: titleY }, fontSize.title, palette.faint)}</g>`;

const ends = ({ edge: { from, to } }: PlacedEdge, prefix: string): string =>
  `data-from="${prefix}${from.id}" data-to="${prefix}${to.id}"`;

const writeEdge = (placed: PlacedEdge, prefix: string, arrow: string): string =>
  `<path class="edge" ${ends(placed, prefix)} d="${pathOf(placed)}" marker-end="url(#${prefix}${arrow})"/>`;

/** The way back: to the right of the way there, from its end to its start. */
function writeGradient(
  placed: PlacedEdge,
  places: ReadonlyMap<Mark, PlacedMark>,
  prefix: string,
  arrow: string,
): string {
  const { out, rail, into, edge } = placed;
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
  return `<path class="gradient" ${ends(placed, prefix)} d="${pathOf(back)}" marker-end="url(#${prefix}${arrow})"/>`;
}

function pathOf({ out, rail, into }: Way): string {
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

function writeMark(placed: PlacedMark, prefix: string): string {
  const { mark, x, y, width, height, round } = placed;
  const stroke = mark.derived ? palette.gradient : mark.kind === "literal" ? palette.light : palette.ink;
  const fill = mark.kind === "parameter" ? palette.parameter : palette.variable;
  const dashes = mark.kind === "more" ? ' stroke-dasharray="4 3"' : "";
  const style = `fill="${fill}" stroke="${stroke}"${dashes}`;
  const shape = round
    ? `<ellipse cx="${px(x)}" cy="${px(y)}" rx="${px(width / 2)}" ry="${px(height / 2)}" ${style}/>`
    : `<rect x="${px(x - width / 2)}" y="${px(y - height / 2)}" width="${px(width)}" height="${px(height)}" rx="3" ${style}/>`;
  const whole = shorten(mark.label) === mark.label ? "" : `<title>${escapeText(mark.label)}</title>`;
  return `<g class="${mark.kind}" id="${prefix}${mark.id}">${whole}${shape}${writeTexts(placed)}</g>`;
}

function writeTexts({ mark, inRow, x, y, width }: PlacedMark): string {
  const label = shorten(mark.label);
  const { label: large, caption: small } = fontSize;
  if (!mark.caption) return text(label, { x, y: y + large * 0.35 }, large, palette.ink);
  if (inRow) {
    const left = text(label, { x: x - width / 2 + 7, y: y + 4.5 }, large, palette.ink, "start");
    return left + text(mark.caption, { x: x + width / 2 - 7, y: y + 3.5 }, small, palette.faint, "end");
  }
  return (
    text(label, { x, y: y + 2 }, large, palette.ink) +
    text(mark.caption, { x, y: y + 11.5 }, small, palette.faint)
  );
}

function text(
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
