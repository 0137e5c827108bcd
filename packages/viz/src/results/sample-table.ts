import { checkOptionNames } from "@org/core";
import { shorten } from "../layout/measure.ts";
import { textWidth } from "../layout/typeset.ts";
import { fontFamily } from "../palette.ts";
import { escapeText } from "../svg.ts";
import { type Colours, themeOf } from "../theme.ts";
import { cellsOf, linesOf } from "./text-cells.ts";

/** A text that a model made. */
export interface TextSample {
  /** How: "temperature 0.5", "after 3 epochs". */
  readonly name: string;
  readonly text: string;
}

/** What `sampleTable` takes. */
export interface SampleTableOptions {
  /** Default "Samples". */
  readonly title?: string;
  /** Characters in a line; longer lines are broken. Default 64. */
  readonly columns?: number;
  /** Lines of each sample; what is beyond is left out, with an ellipsis. Default 6. */
  readonly lines?: number;
  /** For dark pages. Default false. */
  readonly dark?: boolean;
}

const SIZE = { margin: 16, title: 34, line: 18, cell: 8.5, font: 13, gap: 24, pad: 8 };

/**
 * Sampled texts below each other, with what each was sampled at: for temperatures, or for stages of training. Newlines
 * and tabs are shown as ↵ and ⇥, other control characters as �.
 * @throws RangeError for no samples, fewer than 2 columns or 1 line
 * @example
 * sampleTable([{ name: "temperature 0.5", text: "the cat" }, { name: "temperature 1", text: "teh c<t" }]).includes("c&lt;t"); // → true
 * sampleTable([]); // throws RangeError
 */
export function sampleTable(samples: readonly TextSample[], options: SampleTableOptions = {}): string {
  checkOptionNames("sampleTable", options, "title columns lines dark");
  const { title = "Samples", columns = 64, lines = 6, dark = false } = options;
  const { colours } = themeOf({ dark });
  if (samples.length === 0) throw new RangeError("sampleTable: no samples to draw");
  if (!(Number.isInteger(columns) && columns > 1 && Number.isInteger(lines) && lines > 0))
    throw new RangeError(
      `sampleTable: expected at least 2 columns and 1 line, received ${columns} and ${lines}`,
    );
  const names = samples.map(({ name }) => shorten(name));
  const texts = samples.map(({ text }) => written(text, columns, lines));
  const left =
    SIZE.margin + Math.ceil(names.reduce((most, name) => Math.max(most, textWidth(name, 12)), 0)) + SIZE.gap;
  const width = Math.ceil(left + columns * SIZE.cell + SIZE.margin);
  let y = SIZE.margin + (title === "" ? 0 : SIZE.title);
  const rows = texts.map((text, i) => {
    const row = writtenRow(names[i]!, text, { left, width, y, colours });
    y += text.length * SIZE.line + 2 * SIZE.pad;
    return row;
  });
  const height = y + SIZE.margin;
  const head =
    title === ""
      ? ""
      : `<text x="${SIZE.margin}" y="${SIZE.margin + 13}" font-size="15" font-weight="bold">${escapeText(title)}</text>\n`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" fill="${colours.ink}" role="img" aria-label="Table of samples">
<rect width="${width}" height="${height}" fill="${colours.paper}"/>
${head}${rows.join("\n")}
</svg>
`;
}

/** A text in lines as they are drawn. */
function written(text: string, columns: number, most: number): string[] {
  if (text === "") return ["(empty)"];
  const cells = cellsOf(text, new Float64Array([...text].length));
  const lines = linesOf(cells, columns).map((line) => line.map(({ shown }) => shown));
  if (lines.length <= most) return lines.map((line) => line.join(""));
  return lines
    .slice(0, most)
    .map((line, i) => (i < most - 1 ? line.join("") : `${line.slice(0, columns - 1).join("")}…`));
}

function writtenRow(
  name: string,
  lines: readonly string[],
  { left, width, y, colours }: { left: number; width: number; y: number; colours: Colours },
): string {
  const rule = `<path d="M${SIZE.margin},${y}H${width - SIZE.margin}" stroke="${colours.frame}"/>`;
  const base = y + SIZE.pad + 13;
  const label = `<text x="${SIZE.margin}" y="${base}" font-size="12" fill="${colours.faint}">${escapeText(name)}</text>`;
  const texts = lines.map(
    (line, i) =>
      `<text x="${left}" y="${base + i * SIZE.line}" xml:space="preserve">${escapeText(line)}</text>`,
  );
  return `<g class="sample">${rule}${label}<g font-family="'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${SIZE.font}">${texts.join("")}</g></g>`;
}
