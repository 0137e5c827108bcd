import type { NDArray } from "@org/core";
import { checkOptionNames } from "@org/core";
import { textWidth } from "../layout/typeset.ts";
import { fontFamily, palette } from "../palette.ts";
import { escapeText } from "../svg.ts";

/** What `imageGrid` takes. */
export interface ImageGridOptions {
  /** Below each image: a text, or several of which the first stands out. Long ones are broken. Default: none. */
  readonly captions?: readonly (string | readonly string[])[];
  /** Default "Images". */
  readonly title?: string;
  /** Images side by side before the next line begins. @default 6 */
  readonly perRow?: number;
  /** The width of an image in pixels; a point has a whole number of them. @default 120 */
  readonly width?: number;
}

const SIZE = { margin: 16, title: 34, gap: 18, font: 12, line: 16 };

/**
 * Images as arrays hold them, such as what a convolution reads, point by point and with captions. A value is the strength
 * of the light, from 0 to 1, and beyond what is nearer; points that are not finite are magenta.
 * Shapes: `images [count, channels, height, width]`, of 1 channel (grey) or 3 (red, green, blue)
 * @throws RangeError for no images, another shape, another number of captions than of images, a row of none
 * @example
 * const svg = imageGrid(array([[[[0, 1], [1, 0]]]]), { captions: ["a cross"] });
 * svg.includes("a cross"); // → true
 * imageGrid(array([[0, 1]])); // throws RangeError
 */
export function imageGrid(images: NDArray, options: ImageGridOptions = {}): string {
  checkOptionNames("imageGrid", options, "captions title perRow width");
  const { captions, title = "Images", perRow = 6, width = 120 } = options;
  const [count, channels, height, across] = sizesOf(images);
  if (captions && captions.length !== count)
    throw new RangeError(
      `imageGrid: expected a caption for each of ${count} images, received ${captions.length}`,
    );
  if (!(Number.isInteger(perRow) && perRow > 0 && width > 0 && width < 1e4))
    throw new RangeError(
      `imageGrid: expected rows of at least 1 image, above 0 pixels wide, received ${perRow} and ${width}`,
    );
  const scale = Math.max(1, Math.round(width / across));
  const [drawn, high] = [scale * across, scale * height];
  const texts = Array.from({ length: count }, (_, i) => captionOf(captions?.[i] ?? [], drawn));
  const columns = Math.min(perRow, count);
  const whole = 2 * SIZE.margin + columns * drawn + (columns - 1) * SIZE.gap;
  const parts: string[] = [];
  let y = SIZE.margin + (title === "" ? 0 : SIZE.title);
  for (let first = 0; first < count; first += perRow) {
    const row = texts.slice(first, first + perRow);
    row.forEach((lines, i) => {
      const x = SIZE.margin + i * (drawn + SIZE.gap);
      const size = channels * height * across;
      const points = images.data.subarray((first + i) * size, (first + i + 1) * size);
      parts.push(imageOf(points, { x, y, channels, height, across, scale }));
      parts.push(
        ...lines.map(
          ({ text, fill }, line) =>
            `<text x="${x}" y="${y + high + (line + 1) * SIZE.line}" fill="${fill}">${escapeText(text)}</text>`,
        ),
      );
    });
    const most = row.reduce((lines, each) => Math.max(lines, each.length), 0);
    y += high + most * SIZE.line + SIZE.gap;
  }
  const [w, h] = [
    Math.max(whole, 2 * SIZE.margin + Math.ceil(textWidth(title, 15))),
    y + SIZE.margin - SIZE.gap / 2,
  ];
  const head =
    title === ""
      ? []
      : [
          `<text x="${SIZE.margin}" y="${SIZE.margin + 13}" font-size="15" font-weight="bold">${escapeText(title)}</text>`,
        ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="${fontFamily}" font-size="${SIZE.font}" fill="${palette.ink}" role="img" aria-label="${count} images">
<rect width="${w}" height="${h}" fill="${palette.paper}"/>
${[...head, ...parts].join("\n")}
</svg>
`;
}

/** @throws RangeError for what are no images */
function sizesOf({ shape }: NDArray): readonly [number, number, number, number] {
  const [count = 0, channels = 0, height = 0, width = 0] = shape;
  if (shape.length === 4 && (channels === 1 || channels === 3) && count * height * width > 0)
    return [count, channels, height, width];
  throw new RangeError(
    `imageGrid: expected images [count, 1 or 3 channels, height, width], received [${shape.join(", ")}]`,
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly channels: number;
  readonly height: number;
  readonly across: number;
  readonly scale: number;
}

/** Points of one colour that lie side by side are one rectangle; those of the commonest colour are the ground. */
function imageOf(points: ArrayLike<number>, { x, y, channels, height, across, scale }: Place): string {
  const area = height * across;
  const colors = Array.from({ length: area }, (_, at) => colorOf(points, at, channels === 1 ? 0 : area));
  const counts = new Map<string, number>();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const [ground] = [...counts].reduce((most, each) => (each[1] > most[1] ? each : most));
  const runs: string[] = [];
  for (let at = 0, end = 0; at < area; at = end) {
    end = at + 1;
    while (end % across !== 0 && colors[end] === colors[at]) end++;
    if (colors[at] === ground) continue;
    const [row, column] = [Math.floor(at / across), at % across];
    runs.push(
      `<path fill="${colors[at]}" d="M${x + column * scale},${y + row * scale}h${(end - at) * scale}v${scale}h${(at - end) * scale}z"/>`,
    );
  }
  const back = `<rect x="${x}" y="${y}" width="${across * scale}" height="${height * scale}" fill="${ground}"/>`;
  return `<g class="image" shape-rendering="crispEdges">${back}${runs.join("")}</g>`;
}

/** The colour of a point, whose channels lie `apart` from each other. */
function colorOf(points: ArrayLike<number>, at: number, apart: number): string {
  const values = [0, 1, 2].map((channel) => points[at + channel * apart]!);
  if (!values.every(Number.isFinite)) return "#ff00ff";
  const bytes = values.map((value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** A caption in lines that are no wider than the image, as far as its words allow. */
function captionOf(caption: string | readonly string[], width: number): { text: string; fill: string }[] {
  return [caption].flat().flatMap((text, i) => {
    const lines: string[] = [];
    for (const word of text.split(/\s+/)) {
      const longer = `${lines.at(-1)} ${word}`;
      if (lines.length > 0 && textWidth(longer, SIZE.font) <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines.map((line) => ({ text: line, fill: i === 0 ? palette.ink : palette.faint }));
  });
}
