import {
  besideCurve,
  besidePolyline,
  curveCommands,
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
export const BESIDE = 4;

/** The SVG text of a scene. */
export function writeSvg({ width, height, marks, edges, frames }: Scene): string {
  const light = edges.filter(({ edge }) => edge.from.region === undefined);
  const dark = edges.filter(({ edge }) => edge.from.region !== undefined);
  const back = edges.filter(({ edge }) => edge.gradient);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${px(width)}" height="${px(height)}" viewBox="0 0 ${px(width)} ${px(height)}" font-family="${fontFamily}" text-anchor="middle">`,
    `<defs>${arrow("arrow", palette.line)}${arrow("arrow-light", palette.light)}${arrow("arrow-back", palette.gradient)}</defs>`,
    `<rect width="100%" height="100%" fill="${palette.paper}"/>`,
    ...frames.map(writeFrame),
    `<g fill="none" stroke="${palette.light}" stroke-width="1">`,
    ...light.map((placed) => writeEdge(placed, "edge parameter", "arrow-light")),
    "</g>",
    `<g fill="none" stroke="${palette.line}" stroke-width="1.2">`,
    ...dark.map((placed) => writeEdge(placed, "edge", "arrow")),
    "</g>",
    `<g fill="none" stroke="${palette.gradient}" stroke-width="1">`,
    ...back.map(writeGradient),
    "</g>",
    ...marks.map(writeMark),
    "</svg>\n",
  ].join("\n");
}

const arrow = (id: string, colour: string): string =>
  `<marker id="${id}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6.5" markerHeight="6.5" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,1 L8,4 L0,7 Z" fill="${colour}"/></marker>`;

const writeFrame = ({ title, x, y, width, height, titleY }: Frame): string =>
  `<g class="step"><rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="8" fill="${palette.column}" stroke="${palette.frame}"/>${text(title, { x: x + width / 2, y: titleY }, fontSize.title, palette.faint)}</g>`;

const ends = ({ edge }: PlacedEdge): string => `data-from="${edge.from.id}" data-to="${edge.to.id}"`;

const writeEdge = (placed: PlacedEdge, name: string, marker: string): string =>
  `<path class="${name}" ${ends(placed)} d="${pathOf(placed)}" marker-end="url(#${marker})"/>`;

/** The way back: to the right of the way there, from its end to its start. */
function writeGradient(placed: PlacedEdge): string {
  const { out, rail, into } = placed;
  const reversed = {
    out: besideCurve([...into].reverse(), BESIDE),
    rail: besidePolyline([...rail].reverse(), BESIDE),
    into: besideCurve([...out].reverse(), BESIDE),
  };
  return `<path class="edge gradient" ${ends(placed)} d="${pathOf(reversed)}" marker-end="url(#arrow-back)"/>`;
}

function pathOf({ out, rail, into }: Way): string {
  const [start] = [...out, ...rail, ...into];
  const line = straightened(rail);
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

function writeMark(placed: PlacedMark): string {
  const { mark, x, y, width, height, round } = placed;
  const stroke = mark.derived ? palette.gradient : mark.kind === "literal" ? palette.light : palette.ink;
  const fill = mark.kind === "parameter" ? palette.parameter : palette.variable;
  const dashes = mark.kind === "more" ? ' stroke-dasharray="4 3"' : "";
  const style = `fill="${fill}" stroke="${stroke}"${dashes}`;
  const shape = round
    ? `<ellipse cx="${px(x)}" cy="${px(y)}" rx="${px(width / 2)}" ry="${px(height / 2)}" ${style}/>`
    : `<rect x="${px(x - width / 2)}" y="${px(y - height / 2)}" width="${px(width)}" height="${px(height)}" rx="3" ${style}/>`;
  const whole = shorten(mark.label) === mark.label ? "" : `<title>${escapeText(mark.label)}</title>`;
  return `<g class="${mark.kind}" id="${mark.id}">${whole}${shape}${writeTexts(placed)}</g>`;
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
const escapeText = (content: string): string =>
  content
    .replace(/[&<>"']/g, (sign) => entities[sign]!)
    .replace(/(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, "\ufffd");
