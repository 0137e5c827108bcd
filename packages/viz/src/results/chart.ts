import type { TopLevelSpec } from "vega-lite";
import { fontFamily, palette } from "../palette.ts";
import { withStandIns, withTexts } from "./plain-text.ts";

/** What every chart takes. */
export interface ChartOptions {
  /** Default: what the chart shows, in a few words. */
  readonly title?: string;
  /** Width of the plotting area in pixels; charts of several panels share it among them. */
  readonly width?: number;
  /** Height of the plotting area in pixels. */
  readonly height?: number;
  /** For dark pages. Default false. */
  readonly dark?: boolean;
}

/**
 * A chart as SVG text: Vega-Lite, loaded at the first call, draws the specification in the package's colours. Its
 * strings are texts and never become code, but those under the keys of expressions (`filter`, `labelExpr` …); these are
 * walked as trees, so that pages may forbid code that is made of text.
 */
export async function drawChart(spec: TopLevelSpec, dark = false): Promise<string> {
  const [vega, lite, { expressionInterpreter }] = await Promise.all([
    import("vega"),
    import("vega-lite"),
    import("vega-interpreter"),
  ]);
  const compiled = lite.compile(withStandIns(spec), { config: theme });
  const runtime = vega.parse(compiled.spec, undefined, { ast: true });
  const view = new vega.View(runtime, {
    renderer: "none",
    logLevel: vega.Error,
    expr: expressionInterpreter,
  });
  try {
    const svg = await view.toSVG();
    const text = `${withTexts(inLines(rounded(renumbered(svg)))).replace(unprintable, "\ufffd")}\n`;
    return dark ? darkened(text) : text;
  } finally {
    view.finalize();
  }
}

/** Colours of the light picture and what they are on dark pages. */
const onDark: Readonly<Record<string, string>> = {
  [palette.paper]: "#11171d",
  white: "#11171d",
  [palette.ink]: "#e8edf2",
  [palette.faint]: "#9dabb9",
  [palette.grid]: "#26313c",
  [palette.frame]: "#313d49",
  "#0072b2": "#4aa8e0",
  "#d55e00": "#f0822e",
  "#009e73": "#2fc498",
  "#000000": "#ffffff",
};

/** In attributes alone: texts stay what they are. */
const darkened = (svg: string): string =>
  svg.replace(/(fill|stroke)="([^"]+)"/g, (whole, name, colour) =>
    onDark[colour] === undefined ? whole : `${name}="${onDark[colour]}"`,
  );

/** What XML cannot hold: control characters and halves of surrogate pairs. */
const unprintable = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu;

/** Vega counts the gradients of all charts of a process; here each chart counts its own. */
function renumbered(svg: string): string {
  const ids = [...svg.matchAll(/<linearGradient id="(gradient_\d+)"/g)].map(([, id]) => id!);
  return svg.replace(/gradient_\d+\b/g, (id) => (ids.includes(id) ? `gradient_${ids.indexOf(id)}` : id));
}

/** Places to a thousandth of a pixel: roundings of the last bit do not show. */
const rounded = (svg: string): string =>
  svg.replace(/ transform="translate\((-?[\d.e-]+),(-?[\d.e-]+)\)/g, (_, x, y) => {
    const [left, top] = [x, y].map((value) => Number(Number(value).toFixed(3)));
    return ` transform="translate(${left},${top})`;
  });

/** Each element on a line of its own, so that changes of a picture can be reviewed. */
const inLines = (svg: string): string =>
  svg.replace(/<(g|path|text|rect|line|defs|linearGradient)[ >]/g, "\n$&");

/** A title with notes below it in small letters: what could not be drawn, what was summed up. */
export function titled(title: string, notes: readonly string[] = []): Pick<TopLevelSpec, "title"> {
  const small = { fontSize: 12, fontWeight: "normal" as const, color: palette.faint };
  if (title === "" && notes.length === 0) return {};
  const text =
    title === ""
      ? { text: [...notes], ...small }
      : { text: title, ...(notes.length > 0 && { subtitle: [...notes] }) };
  return { title: { anchor: "start", offset: 12, ...text } };
}

/** A series' mark in Vega-Lite, by its name. */
export interface SeriesChannel<T> {
  readonly field: "name";
  readonly type: "nominal";
  readonly sort: string[];
  readonly scale: { readonly domain: string[]; readonly range: T[] };
  readonly legend: {
    readonly title: null;
    readonly symbolStrokeWidth: number;
    readonly symbolSize: number;
    readonly symbolType: "stroke";
    readonly labelLimit: number;
  };
}

/** The encoding that tells series apart, by colour and by dashes for readers who do not see the colours. */
export function seriesEncoding(names: readonly string[]): {
  color: SeriesChannel<string>;
  strokeDash: SeriesChannel<number[]>;
} {
  const legend = {
    title: null,
    symbolStrokeWidth: 2.5,
    symbolSize: 400,
    symbolType: "stroke" as const,
    labelLimit: 400,
  };
  const by = <T>(range: readonly T[]): SeriesChannel<T> => ({
    field: "name",
    type: "nominal",
    sort: [...names],
    scale: { domain: [...names], range: names.map((_, i) => range[i % range.length]!) },
    legend,
  });
  return { color: by(palette.series), strokeDash: by(dashes) };
}

const dashes: readonly number[][] = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [12, 4],
];

/** @throws RangeError for no series at all, and for two of one name */
export function requireNames(chart: string, what: string, names: readonly string[]): void {
  if (names.length === 0) throw new RangeError(`${chart}: no ${what} to draw`);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new RangeError(`${chart}: two ${what} have the name ${JSON.stringify(twice)}`);
}

/** `"3 steps"`, `"1 step"`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const theme: NonNullable<TopLevelSpec["config"]> = {
  background: palette.paper,
  padding: 12,
  font: fontFamily,
  axis: {
    labelColor: palette.ink,
    titleColor: palette.ink,
    titleFontWeight: "normal",
    labelFontSize: 11,
    titleFontSize: 12,
    titlePadding: 8,
    gridColor: palette.grid,
    domainColor: palette.faint,
    tickColor: palette.faint,
    labelFlush: false,
  },
  axisY: { tickCount: 6 },
  header: { labelColor: palette.ink, labelFontSize: 13, labelFontWeight: "bold", title: null },
  title: {
    color: palette.ink,
    fontSize: 15,
    fontWeight: "bold",
    subtitleColor: palette.faint,
    subtitleFontSize: 12,
    subtitlePadding: 5,
  },
  legend: {
    labelColor: palette.ink,
    labelFontSize: 12,
    titleColor: palette.ink,
    titleFontSize: 12,
    titleFontWeight: "normal",
  },
  view: { stroke: null },
};
