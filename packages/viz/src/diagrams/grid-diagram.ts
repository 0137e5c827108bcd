import { checkOptionNames } from "@org/core";
import { onRim, type Point, px, show } from "../layout/geometry.ts";
import { textWidth } from "../layout/typeset.ts";
import { fontFamily } from "../palette.ts";
import { inkOn } from "../results/ramps.ts";
import { arrow, escapeText, text } from "../svg.ts";
import { type Colours, lookOf, type ThemeOptions, themeOf } from "../theme.ts";

/** A box of a diagram, on a grid whose rows count from below. */
export interface GridNode {
  readonly id: string;
  /** Default: none. */
  readonly label?: string;
  /** Small, below the label. */
  readonly caption?: string;
  /** Default "cell". */
  readonly kind?: "cell" | "variable" | "operator" | "parameter" | "more";
  readonly column: number;
  readonly row: number;
  /** Numbers, one above the other, in place of a label. */
  readonly values?: readonly number[];
  /** `#rrggbb`. Default: by kind. */
  readonly fill?: string;
}

/** A line of a diagram. */
export interface GridEdge {
  readonly from: string;
  readonly to: string;
  /** Beside the line. */
  readonly label?: string;
  /** `"gradient"` is red; `"both"` has a gradient beside it that flows back; `"cut"` one that ends. Default "forward". */
  readonly kind?: "forward" | "gradient" | "both" | "cut";
}

/** A diagram: boxes in rows and columns, straight lines between them. A line from a box to itself goes around. */
export interface GridPanel {
  readonly title?: string;
  /** Lines of text below. */
  readonly notes?: readonly string[];
  readonly nodes: readonly GridNode[];
  readonly edges: readonly GridEdge[];
  /** Frames around columns. */
  readonly windows?: readonly { readonly from: number; readonly to: number; readonly title: string }[];
}

/** What `gridDiagram` takes. */
export interface GridDiagramOptions extends ThemeOptions {
  /** Diagrams side by side before the next line begins. Default: all. */
  readonly perRow?: number;
  /** From the middle of a column to the next, and of a row, in pixels. Default [92, 74]. */
  readonly pitch?: readonly [across: number, up: number];
}

interface Box extends Point {
  readonly width: number;
  readonly height: number;
  readonly round: boolean;
}

const VALUE = 17;
const PAD = 26;

/**
 * Diagrams of boxes on grids, such as layers over time: for pictures of networks that are explained rather than run.
 * @throws RangeError for no panels, two boxes of one id, boxes in one place, lines to unknown boxes
 * @example
 * const nodes = [{ id: "x", column: 0, row: 0 }, { id: "h", label: "h", column: 0, row: 1 }];
 * gridDiagram([{ nodes, edges: [{ from: "x", to: "h" }] }]).includes('class="edge"'); // → true
 */
export function gridDiagram(panels: readonly GridPanel[], options: GridDiagramOptions = {}): string {
  checkOptionNames("gridDiagram", options, "perRow pitch preset dark");
  const { perRow = panels.length, pitch = [92, 74] } = options;
  const theme = themeOf(options);
  const { colours } = theme;
  if (panels.length === 0) throw new RangeError("gridDiagram: no panels to draw");
  const sized = panels.map((panel) => ({ panel, ...sizeOf(panel, pitch) }));
  const drawn: string[] = [];
  let [top, width] = [0, 0];
  for (let first = 0; first < sized.length; first += perRow) {
    const line = sized.slice(first, first + perRow);
    const height = line.reduce((most, each) => Math.max(most, each.height), 0);
    let left = 0;
    line.forEach(({ panel, ...size }, i) => {
      const origin = { x: left, y: top };
      const centred = { ...size, height, head: size.head + (height - size.height) / 2 };
      drawn.push(drawPanel(panel, origin, centred, `p${first + i}-`, pitch, theme.preset, colours));
      left += size.width;
    });
    width = Math.max(width, left);
    top += height;
  }
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${px(width)}" height="${px(top)}" viewBox="0 0 ${px(width)} ${px(top)}" font-family="${fontFamily}" text-anchor="middle" role="img" aria-label="${escapeText(panels[0]!.title ?? "Diagram")}">`,
    "<defs>",
    arrow("arrow", colours.line),
    arrow("arrow-back", colours.gradient),
    "</defs>",
    `<rect width="${px(width)}" height="${px(top)}" fill="${colours.paper}"/>`,
    ...drawn,
    "</svg>",
  ].join("\n")}\n`;
}

interface PanelSize {
  readonly width: number;
  readonly height: number;
  readonly head: number;
  readonly rows: number;
}

/** @throws RangeError */
function sizeOf(
  { nodes, edges, title, notes = [], windows = [] }: GridPanel,
  [across, up]: readonly [number, number],
): PanelSize {
  const ids = new Set<string>();
  const places = new Set<string>();
  for (const { id, column, row } of nodes) {
    const place = `${column} ${row}`;
    if (ids.has(id)) throw new RangeError(`gridDiagram: two boxes have the id ${JSON.stringify(id)}`);
    if (places.has(place)) throw new RangeError(`gridDiagram: two boxes at column ${column}, row ${row}`);
    ids.add(id);
    places.add(place);
  }
  for (const name of edges.flatMap(({ from, to }) => [from, to]))
    if (!ids.has(name))
      throw new RangeError(`gridDiagram: a line names an unknown box: ${JSON.stringify(name)}`);
  const columns = nodes.reduce((most, { column }) => Math.max(most, column), 0);
  const rows = nodes.reduce((most, { row }) => Math.max(most, row), 0);
  const texts = [title ?? "", ...notes].map((line) => textWidth(line, 14) * 0.9 + 24);
  const width = Math.max((columns + 1) * across + 2 * PAD, ...texts);
  const head = (title ? 34 : 12) + (windows.length > 0 ? 24 : 0);
  return { width, height: head + (rows + 1) * up + PAD + notes.length * 20, head, rows };
}

function drawPanel(
  { title, notes = [], nodes, edges, windows = [] }: GridPanel,
  origin: Point,
  { width, height, head, rows }: PanelSize,
  prefix: string,
  [across, up]: readonly [number, number],
  preset: NonNullable<ThemeOptions["preset"]>,
  colours: Colours,
): string {
  const columns = nodes.reduce((most, { column }) => Math.max(most, column), 0) + 1;
  const left = origin.x + (width - columns * across) / 2;
  const boxes = new Map(
    nodes.map((node) => {
      const x = left + (node.column + 0.5) * across;
      const y = origin.y + head + (rows - node.row + 0.5) * up;
      return [node.id, boxOf(node, { x, y }, preset)];
    }),
  );
  const ids = new Map(nodes.map(({ id }, i) => [id, `${prefix}n${i}`]));
  const frames = windows.map(({ from, to, title }) => {
    const [x, end] = [left + from * across + 4, left + (to + 1) * across - 4];
    const y = origin.y + head - 2;
    const box = `<rect x="${px(x)}" y="${px(y)}" width="${px(end - x)}" height="${px((rows + 1) * up + 4)}" rx="8" fill="${colours.column}" stroke="${colours.frame}"/>`;
    return `<g class="step">${box}${text(title, { x: (x + end) / 2, y: y - 8 }, 12, colours.faint)}</g>`;
  });
  return [
    "<g>",
    title ? text(title, { x: origin.x + width / 2, y: origin.y + 22 }, 15, colours.ink) : "",
    ...frames,
    `<g fill="none" stroke-width="1.4">`,
    ...edges.flatMap((edge) => drawEdge(edge, boxes, ids, colours)),
    "</g>",
    ...edges.map((edge) => drawEdgeLabel(edge, boxes, colours)),
    ...nodes.map((node) => drawNode(node, boxes.get(node.id)!, ids.get(node.id)!, preset, colours)),
    ...notes.map((note, i) =>
      text(
        note,
        { x: origin.x + width / 2, y: origin.y + height - 14 - (notes.length - 1 - i) * 20 },
        13,
        colours.faint,
      ),
    ),
    "</g>",
  ]
    .filter(Boolean)
    .join("\n");
}

function boxOf(
  { label = "", caption = "", kind = "cell", values }: GridNode,
  { x, y }: Point,
  preset: NonNullable<ThemeOptions["preset"]>,
): Box {
  const { round } = lookOf(preset, kind, undefined);
  if (values) {
    const widest = values.reduce((most, value) => Math.max(most, textWidth(shown(value), 11)), 0);
    return { x, y, width: Math.ceil(widest + 12), height: values.length * VALUE, round: false };
  }
  const inner = Math.max(textWidth(label, 14), textWidth(caption, 9));
  const width = Math.max(kind === "cell" ? 48 : 34, Math.ceil(round ? inner * 1.25 + 8 : inner + 12));
  return { x, y, width, height: kind === "cell" ? 38 : 34, round };
}

const shown = (value: number): string => String(Number(value.toFixed(1))).replace("-", "−");

const towards = (box: Box, next: Point): Point =>
  onRim(box, { x: box.x + (next.x - box.x) * 1e-3, y: box.y + (next.y - box.y) * 1e-3 });

function drawEdge(
  { from, to, kind = "forward" }: GridEdge,
  boxes: ReadonlyMap<string, Box>,
  ids: ReadonlyMap<string, string>,
  colours: Colours,
): string[] {
  const [a, b] = [boxes.get(from)!, boxes.get(to)!];
  const ends = `data-from="${ids.get(from)}" data-to="${ids.get(to)}"`;
  if (from === to) return [drawLoop(a, ends, colours)];
  const red = `stroke="${colours.gradient}" marker-end="url(#arrow-back)"`;
  if (kind === "gradient")
    return [`<path class="edge" ${ends} d="M${show(towards(a, b))} L${show(towards(b, a))}" ${red}/>`];
  const [start, end] = [towards(a, b), towards(b, a)];
  const dashes = kind === "cut" ? ' stroke-dasharray="5 4"' : "";
  const line = `<path class="edge" ${ends} d="M${show(start)} L${show(end)}" stroke="${colours.line}" marker-end="url(#arrow)"${dashes}/>`;
  if (kind === "forward") return [line];
  const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
  const [ux, uy] = [(end.x - start.x) / length, (end.y - start.y) / length];
  if (kind === "cut") {
    const [x, y] = [(start.x + end.x) / 2, (start.y + end.y) / 2];
    const stroke = (by: number): string => {
      const [cx, cy] = [x + ux * by, y + uy * by];
      return `M${px(cx - uy * 9 - ux * 3)},${px(cy + ux * 9 - uy * 3)} L${px(cx + uy * 9 + ux * 3)},${px(cy - ux * 9 + uy * 3)}`;
    };
    return [line, `<path d="${stroke(-3)} ${stroke(3)}" stroke="${colours.gradient}" stroke-width="2"/>`];
  }
  const beside = (box: Box, { x, y }: Point): Point => onRim(box, { x: x - uy * 7, y: y + ux * 7 });
  return [
    line,
    `<path class="gradient" ${ends} d="M${show(beside(b, end))} L${show(beside(a, start))}" ${red}/>`,
  ];
}

/** Out of the right side and back into it. */
function drawLoop({ x, y, width }: Box, ends: string, colours: Colours): string {
  const right = x + width / 2;
  const [near, far] = [right + 10, right + 27];
  const d = `M${px(right)},${px(y - 8)} C${px(near)},${px(y - 22)} ${px(far)},${px(y - 22)} ${px(far)},${px(y)} C${px(far)},${px(y + 22)} ${px(near)},${px(y + 22)} ${px(right)},${px(y + 8)}`;
  return `<path class="edge" ${ends} d="${d}" stroke="${colours.line}" marker-end="url(#arrow)"/>`;
}

function drawEdgeLabel(
  { from, to, label }: GridEdge,
  boxes: ReadonlyMap<string, Box>,
  colours: Colours,
): string {
  if (!label) return "";
  const [a, b] = [boxes.get(from)!, boxes.get(to)!];
  if (from === to) return text(label, { x: a.x + a.width / 2 + 33, y: a.y + 4 }, 12, colours.faint, "start");
  const [start, end] = [towards(a, b), towards(b, a)];
  const [x, y] = [(start.x + end.x) / 2, (start.y + end.y) / 2];
  const steep = Math.abs(end.y - start.y) > Math.abs(end.x - start.x);
  return steep
    ? text(label, { x: x + 9, y: y + 4 }, 12, colours.faint, "start")
    : text(label, { x, y: y - 7 }, 12, colours.faint);
}

function drawNode(
  { label = "", caption, kind = "cell", values, fill: own }: GridNode,
  { x, y, width, height, round }: Box,
  id: string,
  preset: NonNullable<ThemeOptions["preset"]>,
  colours: Colours,
): string {
  const fill = own ?? colours[lookOf(preset, kind, undefined).fill];
  const ink = own ? inkOn(own) : colours.ink;
  const paint = `fill="${fill}" stroke="${colours.ink}"${kind === "more" ? ' stroke-dasharray="4 3"' : ""}`;
  const shape = round
    ? `<ellipse cx="${px(x)}" cy="${px(y)}" rx="${px(width / 2)}" ry="${px(height / 2)}" ${paint}/>`
    : `<rect x="${px(x - width / 2)}" y="${px(y - height / 2)}" width="${px(width)}" height="${px(height)}" rx="${kind === "cell" ? 7 : 3}" ${paint}/>`;
  const top = y - height / 2;
  const words = values
    ? values.map((value, i) => text(shown(value), { x, y: top + (i + 0.5) * VALUE + 4 }, 11, ink))
    : caption
      ? [text(label, { x, y: y + 2 }, 14, ink), text(caption, { x, y: y + 12 }, 9, ink)]
      : [text(label, { x, y: y + 5 }, 14, ink)];
  return `<g class="${kind}" id="${id}">${shape}${words.join("")}</g>`;
}
