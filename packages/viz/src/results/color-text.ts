import { checkOptionNames } from "@org/core";
import { plainNumber } from "../overlay/short-number.ts";
import { fontFamily } from "../palette.ts";
import { escapeText } from "../svg.ts";
import { light, themeOf } from "../theme.ts";
import { channels, colorAt, inkOn, type Ramp } from "./ramps.ts";
import { inReadingOrder } from "./reading-order.ts";
import { type Cell, cellsOf, linesOf } from "./text-cells.ts";

/** What `colorText` takes. */
export interface ColorTextOptions {
  /** A fragment for web pages, a picture, or text with the colours of a terminal (24 bits). Default "svg". */
  readonly format?: "svg" | "html" | "ansi";
  /** Activations of the outermost colours; those beyond take them too. Default [-1, 1], the range of tanh. */
  readonly range?: readonly [low: number, high: number];
  /** Colours: from negative over 0 to positive, or from little to much. Default: diverging if `range` begins below 0. */
  readonly ramp?: Ramp;
  /** Characters in a line of the picture or page; longer lines are broken. Default 72. */
  readonly columns?: number;
  /** Above the picture; the other formats show none. Default: none. */
  readonly title?: string;
  /** For dark pages and terminals: near 0 the colours are dark. Default false. */
  readonly dark?: boolean;
}

/**
 * A text with each character on the colour of a cell's activation: blue for negative, orange for positive, black for
 * NaN and infinity. It shows what the cell looks out for, such as quotes.
 * Newlines and tabs are shown as ↵ and ⇥, other control characters and marks that would turn the direction of writing
 * as �; nothing in the text is taken for markup or for commands of a terminal. The picture has each character in a
 * place of its own, lines of right-to-left scripts in the order in which they are read and their letters joined; on a
 * page the browser does both, a terminal shows the order in which the network reads. What readers see as one character, such as an emoji of several code points, takes its last activation.
 * Shapes: `activations`, one for each code point of the text, or for each text of a list of tokens
 * Source: Karpathy, Johnson & Fei-Fei 2015, "Visualizing and understanding recurrent networks", figure 2
 * @throws RangeError for no text, another number of activations than of code points or tokens, an empty range, more
 * than 20,000 characters in a picture
 * @example
 * colorText("a<", [0, 1], { format: "ansi" }).includes("\u001b[48;2;168;74;0m"); // → true
 * colorText("a<", [0, 1], { format: "html" }).includes("&lt;"); // → true
 * colorText("ab", [1]); // throws RangeError
 */
export function colorText(
  text: string | readonly string[],
  activations: ArrayLike<number>,
  options: ColorTextOptions = {},
): string {
  checkOptionNames("colorText", options, "format range ramp columns title dark");
  const { format = "svg", range = [-1, 1], columns = 72, dark = false } = options;
  const [low, high] = range;
  if (!(low < high && Number.isFinite(high - low)))
    throw new RangeError(`colorText: a range needs low < high, received ${low}, ${high}`);
  if (!(Number.isInteger(columns) && columns > 1))
    throw new RangeError(`colorText: expected at least 2 columns, received ${columns}`);
  const { ramp = low < 0 ? "diverging" : "sequential" } = options;
  const color: Colors = (activation) =>
    colorAt(ramp, Number.isFinite(activation) ? (activation - low) / (high - low) : Number.NaN, dark);
  const cells = cellsOf(text, activations);
  if (format === "ansi") return ansi(cells, color);
  if (format === "html") return html(cells, color, columns);
  return svg(cells, color, { ...options, range, columns });
}

type Colors = (activation: number) => string;

function ansi(cells: readonly Cell[], color: Colors): string {
  const code = (ground: 38 | 48, of: string): string => `\u001b[${ground};2;${channels(of).join(";")}m`;
  const written = cells.map(({ shown, activation, newline }) => {
    const ground = color(activation);
    return `${code(48, ground)}${code(38, inkOn(ground))}${shown}\u001b[0m${newline ? "\n" : ""}`;
  });
  return `${written.join("")}${cells.at(-1)!.newline ? "" : "\n"}`;
}

function html(cells: readonly Cell[], color: Colors, columns: number): string {
  const style = `max-width:${columns}ch;margin:0;font:14px/1.5 ${monospace};white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext`;
  const spans = cells.map(({ shown, activation, newline }) => {
    const ground = color(activation);
    const span = `<span style="background:${ground};color:${inkOn(ground)}" title="${plainNumber(activation)}">`;
    return `${span}${escapeText(shown)}</span>${newline ? "\n" : ""}`;
  });
  return `<pre class="color-text" style="${style}">${spans.join("")}</pre>\n`;
}

const monospace = "'DejaVu Sans Mono', Menlo, Consolas, monospace";

const SIZE = { cell: 9, line: 22, font: 14, margin: 16, legend: 44, title: 30 };
const MOST_CHARACTERS = 20_000;

function svg(
  cells: readonly Cell[],
  color: Colors,
  {
    range,
    columns,
    title,
    dark = false,
  }: ColorTextOptions & { range: readonly [number, number]; columns: number },
): string {
  if (cells.length > MOST_CHARACTERS)
    throw new RangeError(
      `colorText: a picture holds ${MOST_CHARACTERS} characters, received ${cells.length}; take a part, or the html format`,
    );
  const { colours } = themeOf({ dark });
  const lines = linesOf(cells, columns).map(inReadingOrder);
  const wide = Math.max(24, ...lines.map((line) => line.reduce((sum, cell) => sum + cell.width, 0)));
  const top = SIZE.margin + (title ? SIZE.title : 0);
  const width = 2 * SIZE.margin + wide * SIZE.cell;
  const height = top + lines.length * SIZE.line + SIZE.legend;
  const head = title
    ? `<text x="${SIZE.margin}" y="${SIZE.margin + 13}" font-family="${fontFamily}" font-size="15" font-weight="bold">${escapeText(title)}</text>\n`
    : "";
  const body = lines.map((line, i) => svgLine(line, top + i * SIZE.line, color)).join("\n");
  const root = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `${root} font-family="${monospace}" fill="${colours.ink}" role="img" aria-label="Text coloured by activations">
<rect width="${width}" height="${height}" fill="${colours.paper}"/>
${head}<g font-size="${SIZE.font}" text-anchor="middle"${dark ? ` fill="${light.ink}"` : ""}>
${body}
</g>
${legend(height - SIZE.legend + 14, range, color)}
</svg>
`;
}

function svgLine(line: readonly Cell[], y: number, color: Colors): string {
  let x = SIZE.margin;
  const drawn = line.map(({ shown, activation, width }) => {
    const [left, across] = [x, width * SIZE.cell];
    x += across;
    const ground = color(activation);
    const place = `x="${left}" y="${y}" width="${across}" height="${SIZE.line - 2}"`;
    const box = `<rect ${place} fill="${ground}" shape-rendering="crispEdges"/>`;
    if (shown.trim() === "") return box;
    const ink = inkOn(ground);
    const on = ink === "#ffffff" ? ` fill="${ink}"` : "";
    return `${box}<text x="${left + across / 2}" y="${y + 15}"${on}>${escapeText(shown)}</text>`;
  });
  return `<g class="line">${drawn.join("")}</g>`;
}

function legend(y: number, [low, high]: readonly [number, number], color: Colors): string {
  const steps = 24;
  const boxes = Array.from({ length: steps }, (_, i) => {
    const value = low + ((i + 0.5) / steps) * (high - low);
    return `<rect x="${SIZE.margin + i * 5}" y="${y}" width="5" height="8" fill="${color(value)}" shape-rendering="crispEdges"/>`;
  });
  const text = (x: number, anchor: string, value: number): string =>
    `<text x="${x}" y="${y + 20}" text-anchor="${anchor}">${plainNumber(value)}</text>`;
  const right = SIZE.margin + steps * 5;
  const middle = (low + high) / 2;
  return `<g class="legend" font-family="${fontFamily}" font-size="11">${boxes.join("")}${text(SIZE.margin, "start", low)}${text((SIZE.margin + right) / 2, "middle", middle)}${text(right, "end", high)}</g>`;
}
