import { textWidth } from "../../src/layout/typeset.ts";

/** A text of a chart, where it stands in the picture. */
export interface ChartText {
  readonly content: string;
  /** The part of the chart: "axis-label", "legend-label", "title-text", … */
  readonly role: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What a chart of Vega shows, read from its SVG text. */
export interface Chart {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly ChartText[];
  /** Points of each line mark, in pixels of its panel. */
  readonly lines: readonly (readonly (readonly [x: number, y: number])[])[];
  /** Filled marks that are neither lines nor texts, by their kind: "symbol", "rect", "path". */
  readonly marks: Readonly<Record<string, readonly string[]>>;
  /** Texts of one role, in order. */
  readonly of: (role: string) => string[];
}

const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];

export function readChart(svg: string): Chart {
  const [, , right, bottom] = attribute(svg, "viewBox")!.split(" ").map(Number);
  const groups: { x: number; y: number; classes: string }[] = [{ x: 0, y: 0, classes: "" }];
  const texts: ChartText[] = [];
  let text = { tag: "", x: 0, y: 0 };
  const lines: [number, number][][] = [];
  const marks: Record<string, string[]> = {};
  for (const [, tag, content] of svg.matchAll(/(<\/?[^>]*>)([^<]*)/g)) {
    if (tag === "</g>") groups.pop();
    const { x, y, classes } = groups.at(-1)!;
    const [, dx = 0, dy = 0] = /translate\(([^,)]+),([^)]+)\)/.exec(tag!)?.map(Number) ?? [];
    if (/^<g\b[^>]*(?<!\/)>$/.test(tag!)) {
      groups.push({ x: x + dx, y: y + dy, classes: attribute(tag!, "class") ?? classes });
    } else if (/^<(text|tspan)\b/.test(tag!)) {
      // Lines of one text are spans, each a line below the one before.
      const line = tag!.startsWith("<text");
      text = line
        ? { tag: tag!, x: x + dx, y: y + dy }
        : { ...text, y: text.y + Number(attribute(tag!, "dy") ?? 0) };
      const role = /role-(\S+)/.exec(classes)![1]!;
      if (content !== "") texts.push(textBox(decoded(content!), { ...text, role }));
    } else if (tag!.startsWith("<path") && /^mark-(line|symbol|rect)\b.*role-mark/.test(classes)) {
      const d = attribute(tag!, "d") ?? ""; // a line without points has none
      if (classes.startsWith("mark-line")) lines.push(points(d));
      else {
        const kind = /^mark-(\w+)/.exec(classes)![1]!;
        marks[kind] = [...(marks[kind] ?? []), tag!];
      }
    }
  }
  const of = (role: string): string[] => texts.flatMap((text) => (text.role === role ? [text.content] : []));
  return { width: right!, height: bottom!, texts, lines, marks, of };
}

const points = (d: string): [number, number][] =>
  [...d.matchAll(/[ML](-?[\d.e-]+),(-?[\d.e-]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

const decoded = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#13;", "\r")
    .replaceAll("&amp;", "&");

interface Placed {
  readonly tag: string;
  readonly x: number;
  readonly y: number;
  readonly role: string;
}

function textBox(content: string, { tag, x, y, role }: Placed): ChartText {
  const size = Number(/(\d+)px/.exec(attribute(tag, "font-size") ?? "")?.[1] ?? 11);
  // What `textWidth` gives is rather too wide; letters are about nine tenths of that.
  const width = 0.9 * textWidth(content, size);
  const anchor = attribute(tag, "text-anchor");
  const before = anchor === "middle" ? width / 2 : anchor === "end" ? width : 0;
  const along = [-before, width - before];
  const across = [-0.75 * size, 0.2 * size];
  const turned = tag.includes("rotate(-90)");
  const [left, right] = (turned ? across : along).map((d) => x + d);
  const [top, bottom] = (turned ? [-along[1]!, -along[0]!] : across).map((d) => y + d);
  return { content, role, left: left!, right: right!, top: top!, bottom: bottom! };
}

/** Texts beyond the edge of the picture, and pairs that cover each other. */
export function textProblems({ width, height, texts }: Chart): string[] {
  return texts.flatMap((a, i) => [
    ...(a.left < 0 || a.top < 0 || a.right > width || a.bottom > height ? [`outside: ${a.content}`] : []),
    ...texts
      .slice(i + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `${a.content} covers ${b.content}`),
  ]);
}
