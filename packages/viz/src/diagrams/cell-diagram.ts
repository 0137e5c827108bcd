import { checkOptionNames } from "@org/core";
import { onRim, type Point, polylineCommands, px, show } from "../layout/geometry.ts";
import { fontFamily } from "../palette.ts";
import { arrow, text } from "../svg.ts";
import { type Colours, type ThemeOptions, themeOf } from "../theme.ts";
import type { CellParts, Focus, Part, Wire } from "./cell-parts.ts";
import { gru } from "./gru-parts.ts";
import { lstm } from "./lstm-parts.ts";
import { rnn } from "./rnn-parts.ts";

/** A cell that can be drawn as a diagram. */
export type CellName = "rnn" | "lstm" | "gru";

const cells: Readonly<Record<CellName, CellParts>> = { rnn, lstm, gru };

/** What `cellDiagram` takes. */
export interface CellDiagramOptions extends ThemeOptions {
  /** Default "colah". */
  readonly preset?: "d2l" | "colah" | "plain";
  /**
   * Parts of the cell to point out, each in a frame with its equations; `"all"` for one frame after the other, `"grow"`
   * for frames in which the cell is built up. rnn: h, y. lstm: f, i, C, o. gru: gates, candidate, output. Default: the
   * whole cell, in one frame.
   */
  readonly focus?: string | readonly string[];
  /** What the signs mean, below the cell. Default: where the whole cell is drawn. */
  readonly legend?: boolean;
}

/** A picture of one frame: the cell with what stands out in it, and the lines of text below. */
interface Frame {
  readonly title: string;
  readonly equations: readonly string[];
  readonly shown: ReadonlySet<string> | undefined;
}

const LINE = 20;

/**
 * A cell's inside as in textbooks: layers of units in boxes, pointwise operations in circles, lines that part and meet.
 * Source: Olah 2015, "Understanding LSTM networks", for the arrangement.
 * @throws RangeError for an unknown cell or focus
 * @example
 * cellDiagram("lstm", { focus: ["f", "i", "C", "o"] }).split('class="cell-frame"').length; // → 5
 * cellDiagram("gru", { focus: "f" }); // throws RangeError
 */
export function cellDiagram(cell: CellName, options: CellDiagramOptions = {}): string {
  checkOptionNames("cellDiagram", options, "preset focus legend dark");
  if (!Object.hasOwn(cells, cell))
    throw new RangeError(`cellDiagram: expected rnn, lstm or gru, received ${JSON.stringify(cell)}`);
  const parts = cells[cell];
  const { colours } = themeOf({ preset: "colah", ...options });
  const frames = framesOf(parts, options.focus);
  const { legend = frames.length === 1 && !frames[0]!.shown } = options;
  const lines = frames.reduce((most, { equations }) => Math.max(most, equations.length), 0);
  const below = legend ? 74 : 12;
  const heightOf = parts.height + 34 + lines * LINE;
  const columns = frames.length > 1 ? 2 : 1;
  const rows = Math.ceil(frames.length / columns);
  const [width, height] = [columns * parts.width, rows * heightOf + below];
  const drawn = frames.map((frame, i) => {
    const [left, top] = [(i % columns) * parts.width, Math.floor(i / columns) * heightOf];
    return drawFrame(parts, frame, { x: left, y: top + 34 }, `f${i}-`, colours);
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" text-anchor="middle" role="img" aria-label="${parts.title}">`,
    "<defs>",
    arrow("arrow", colours.line),
    "</defs>",
    `<rect width="${width}" height="${height}" fill="${colours.paper}"/>`,
    ...drawn,
    ...(legend ? drawLegend(parts, height - 56, colours) : []),
    "</svg>",
  ].join("\n")}\n`;
}

function framesOf(parts: CellParts, focus: CellDiagramOptions["focus"]): Frame[] {
  if (focus === undefined) return [{ title: parts.title, equations: [], shown: undefined }];
  const grows = focus === "grow";
  const known = grows ? (parts.stages ?? parts.focus) : parts.focus;
  const all = known.map(({ name }) => name);
  const names = focus === "all" || grows ? all : [focus].flat();
  const seen = new Set<string>();
  return names.map((name) => {
    const found: Focus | undefined = known.find((each) => each.name === name);
    if (!found)
      throw new RangeError(`cellDiagram: no focus ${JSON.stringify(name)}; known: ${all.join(", ")}`);
    for (const part of found.parts) seen.add(part);
    const { title, equations } = found;
    return { title, equations, shown: grows ? new Set(seen) : new Set(found.parts) };
  });
}

interface Box extends Point {
  readonly width: number;
  readonly height: number;
  readonly round: boolean;
}

/** Where a part lies, and how large it is. */
function boxOf({ kind, label, x, y }: Part): Box {
  if (kind === "dot") return { x, y, width: 7, height: 7, round: true };
  if (kind === "layer") return { x, y, width: label.length > 2 ? 52 : 38, height: 26, round: false };
  if (kind === "variable") return { x, y, width: 48, height: 40, round: true };
  return { x, y, width: label.length > 2 ? 54 : 30, height: 28, round: true };
}

function drawFrame(
  { parts, wires, frame: [left, top, right, bottom], height, width }: CellParts,
  { title, equations, shown }: Frame,
  { x, y }: Point,
  prefix: string,
  colours: Colours,
): string {
  const box = new Map(parts.map((part) => [part.id, boxOf({ ...part, x: part.x + x, y: part.y + y })]));
  const stands = (...ids: string[]): boolean => !shown || ids.every((id) => shown.has(id));
  const names = new Map(parts.map(({ id }, i) => [id, `${prefix}n${i}`]));
  return [
    '<g class="cell-frame">',
    text(title, { x: x + width / 2, y: y - 12 }, 15, colours.ink),
    `<rect x="${px(x + left)}" y="${px(y + top)}" width="${px(right - left)}" height="${px(bottom - top)}" rx="14" fill="${colours.column}" stroke="${colours.frame}" stroke-width="1.5"/>`,
    `<g fill="none" stroke="${colours.line}" stroke-width="1.8">`,
    ...wires.map((wire) => drawWire(wire, { x, y }, box, names, stands(wire.from, wire.to))),
    "</g>",
    ...wires.flatMap(({ from, to, label }) => {
      if (!label) return [];
      const pale = stands(from, to) ? colours.ink : colours.light;
      return [text(label[0], { x: x + label[1], y: y + label[2] + 4 }, 13, pale, "start")];
    }),
    ...parts.map((part) => drawPart(part, box.get(part.id)!, names.get(part.id)!, stands(part.id), colours)),
    ...equations.map((equation, i) =>
      text(equation, { x: x + width / 2, y: y + height + 10 + i * LINE }, 14, colours.ink),
    ),
    "</g>",
  ].join("\n");
}

function drawWire(
  { from, to, corners = [] }: Wire,
  origin: Point,
  boxes: ReadonlyMap<string, Box>,
  names: ReadonlyMap<string, string>,
  stands: boolean,
): string {
  const [a, b] = [boxes.get(from)!, boxes.get(to)!];
  const inner = corners.map(([x, y]) => ({ x: x + origin.x, y: y + origin.y }));
  const towards = (box: Box, next: Point): Point =>
    onRim(box, { x: (box.x + next.x) / 2, y: (box.y + next.y) / 2 });
  const way = [towards(a, inner[0] ?? b), ...inner, towards(b, inner.at(-1) ?? a)];
  const head = b.width > 8 ? ' marker-end="url(#arrow)"' : "";
  const pale = stands ? "" : ' opacity="0.15"';
  return `<path class="edge" data-from="${names.get(from)}" data-to="${names.get(to)}" d="M${show(way[0]!)} ${polylineCommands(way, 9)}"${head}${pale}/>`;
}

function drawPart({ kind, label }: Part, box: Box, id: string, stands: boolean, colours: Colours): string {
  const { x, y, width, height, round } = box;
  const fill = {
    layer: colours.layer,
    operator: colours.operator,
    variable: colours.state,
    dot: colours.line,
  }[kind];
  const paint = `fill="${fill}" stroke="${kind === "dot" ? colours.line : colours.ink}"`;
  const shape = round
    ? `<ellipse cx="${px(x)}" cy="${px(y)}" rx="${px(width / 2)}" ry="${px(height / 2)}" ${paint}/>`
    : `<rect x="${px(x - width / 2)}" y="${px(y - height / 2)}" width="${px(width)}" height="${px(height)}" rx="2" ${paint}/>`;
  const size = kind === "operator" && label.length < 2 ? 18 : 14;
  const words = kind === "dot" ? "" : text(label, { x, y: y + size * 0.35 }, size, colours.ink);
  return `<g class="${kind}" id="${id}"${stands ? "" : ' opacity="0.2"'}>${shape}${words}</g>`;
}

function drawLegend({ width }: CellParts, y: number, colours: Colours): string[] {
  const step = (width - 20) / 4;
  const at = (i: number): number => 10 + step * (i + 0.5);
  const word = (label: string, i: number): string => text(label, { x: at(i), y: y + 42 }, 11, colours.faint);
  const line = (d: string, head = true): string =>
    `<path d="${d}" fill="none" stroke="${colours.line}" stroke-width="1.8"${head ? ' marker-end="url(#arrow)"' : ""}/>`;
  const [copy, meet] = [at(3), at(2)];
  return [
    `<rect x="${px(at(0) - 22)}" y="${y}" width="44" height="24" rx="2" fill="${colours.layer}" stroke="${colours.ink}"/>`,
    word("layer with activation", 0),
    `<ellipse cx="${px(at(1))}" cy="${y + 12}" rx="14" ry="13" fill="${colours.operator}" stroke="${colours.ink}"/>`,
    word("elementwise", 1),
    line(`M${px(meet - 24)},${y + 12} L${px(meet + 24)},${y + 12}`),
    line(`M${px(meet - 4)},${y + 26} L${px(meet - 4)},${y + 12}`, false),
    `<circle cx="${px(meet - 4)}" cy="${y + 12}" r="3.5" fill="${colours.line}"/>`,
    word("concatenate", 2),
    line(`M${px(copy - 24)},${y + 12} L${px(copy + 24)},${y + 12}`),
    line(`M${px(copy - 4)},${y + 12} L${px(copy - 4)},${y - 6}`),
    `<circle cx="${px(copy - 4)}" cy="${y + 12}" r="3.5" fill="${colours.line}"/>`,
    word("copy", 3),
  ];
}
