import { checkOptionNames } from "@org/core";
import { textWidth } from "../layout/typeset.ts";
import { fontFamily, palette } from "../palette.ts";
import { escapeText } from "../svg.ts";
import { type Grid, gridRows } from "./grid.ts";
import { colorAt, notFinite } from "./ramps.ts";

/** What `attentionMap` takes. */
export interface AttentionMapOptions {
  /** What was looked at: a text for each column, such as the letters that were read. */
  readonly keys: readonly string[];
  /** What looked: a text for each row, such as the sounds that were written. */
  readonly queries: readonly string[];
  /** Default "Where it looks". */
  readonly title?: string;
  /** The side of a cell in pixels. @default 26 */
  readonly cell?: number;
}

const SIZE = { margin: 16, title: 32, gap: 8, font: 12 };

/**
 * Where attention looks: a row for each step that was written, a column for each that was read, darker where the weight is
 * greater, from white for 0 to dark blue for 1. Weights that are not finite are black.
 * Shapes: `weights [queries, keys]`
 * Source: Bahdanau, Cho & Bengio 2015, figure 3.
 * @throws RangeError for no weights, rows of different lengths, other numbers of texts than of rows and columns
 * @example
 * const svg = attentionMap([[0.9, 0.1], [0.2, 0.8]], { keys: ["a", "b"], queries: ["x", "y"] });
 * svg.includes("Where it looks"); // → true
 * attentionMap([[1, 0]], { keys: ["a"], queries: ["x"] }); // throws RangeError
 */
export function attentionMap(weights: Grid, options: AttentionMapOptions): string {
  const {
    keys,
    queries,
    title = "Where it looks",
    cell = 26,
  } = checkOptionNames("attentionMap", options, "keys queries title cell");
  const rows = gridRows("attentionMap", weights);
  const columns = rows[0]!.length;
  if (queries.length !== rows.length || keys.length !== columns)
    throw new RangeError(
      `attentionMap: ${queries.length} queries and ${keys.length} keys for weights [${rows.length}, ${columns}]`,
    );
  if (!(cell >= 1 && cell <= 1e3))
    throw new RangeError(`attentionMap: a cell is 1 to 1000 pixels wide, received ${cell}`);

  const widthOf = (texts: readonly string[]): number =>
    Math.ceil(Math.max(...texts.map((text) => textWidth(text, SIZE.font))));
  const upright = widthOf(keys) <= cell;
  const left = SIZE.margin + widthOf(queries) + SIZE.gap;
  const top =
    SIZE.margin + (title === "" ? 0 : SIZE.title) + (upright ? SIZE.font : widthOf(keys)) + SIZE.gap;
  const titleEnd = 2 * SIZE.margin + Math.ceil(textWidth(title, 15));
  const width = Math.max(titleEnd, left + columns * cell + SIZE.margin);
  const height = top + rows.length * cell + SIZE.margin;

  const cells = rows.flatMap((row, q) =>
    Array.from(row, (weight, k) => {
      if (weight === 0) return "";
      const fill = Number.isFinite(weight) ? colorAt("sequential", weight) : notFinite;
      return `<rect x="${left + k * cell}" y="${top + q * cell}" width="${cell}" height="${cell}" fill="${fill}"/>`;
    }),
  );
  const across = keys.map((text, k) => {
    const [x, y] = [left + (k + 0.5) * cell, top - SIZE.gap];
    return upright
      ? `<text x="${x}" y="${y}" text-anchor="middle">${escapeText(text)}</text>`
      : `<text transform="translate(${x + 4},${y}) rotate(-90)">${escapeText(text)}</text>`;
  });
  const down = queries.map(
    (text, q) =>
      `<text x="${left - SIZE.gap}" y="${top + (q + 0.5) * cell + 4}" text-anchor="end">${escapeText(text)}</text>`,
  );
  const head =
    title === ""
      ? []
      : [
          `<text x="${SIZE.margin}" y="${SIZE.margin + 13}" font-size="15" font-weight="bold">${escapeText(title)}</text>`,
        ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" font-size="${SIZE.font}" fill="${palette.ink}" role="img" aria-label="attention of ${rows.length} by ${columns}">
<rect width="${width}" height="${height}" fill="${palette.paper}"/>
<g class="weights" shape-rendering="crispEdges">${cells.join("")}</g>
<rect x="${left}" y="${top}" width="${columns * cell}" height="${rows.length * cell}" fill="none" stroke="${palette.frame}"/>
${[...head, ...across, ...down].join("\n")}
</svg>
`;
}
