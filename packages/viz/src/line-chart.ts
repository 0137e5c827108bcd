import type { TopLevelSpec } from "vega-lite";
import { fontFamily, palette } from "./palette.ts";

/** One line of a chart. */
export interface Series {
  readonly name: string;
  /** Heights, in order; not-finite ones leave a gap. */
  readonly y: ArrayLike<number>;
  /** Positions along the x axis, one per height. Default: 0, 1, 2, … */
  readonly x?: ArrayLike<number>;
}

export interface LineChartOptions {
  /** Default: none. */
  readonly title?: string;
  /** Default: none. */
  readonly xLabel?: string;
  /** Default: none. */
  readonly yLabel?: string;
  /** Width of the plotting area in pixels. Default 560. */
  readonly width?: number;
  /** Height of the plotting area in pixels. Default 300. */
  readonly height?: number;
  /** A logarithmic y axis; heights that are not above 0 leave a gap. Default false. */
  readonly logY?: boolean;
}

/** What Vega-Lite plots: one row per point. */
interface Point {
  readonly name: string;
  readonly x: number;
  readonly y: number | null;
}

/**
 * A line chart as SVG text: training curves, norms per time step. Drawn by Vega-Lite, which is loaded at the first call.
 * The same data give the same bytes.
 * @throws RangeError where a series has another number of positions than of heights
 * @example
 * const svg = await lineChart([{ name: "training", y: [3, 2, 1.5] }], { title: "Loss", xLabel: "epoch" });
 * svg.startsWith("<svg"); // → true
 */
export async function lineChart(series: readonly Series[], options: LineChartOptions = {}): Promise<string> {
  const [vega, lite] = await Promise.all([import("vega"), import("vega-lite")]);
  const { spec } = lite.compile(chartSpec(series, options));
  const view = new vega.View(vega.parse(spec), { renderer: "none", logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

function chartSpec(series: readonly Series[], options: LineChartOptions): TopLevelSpec {
  const { title, xLabel, yLabel, width = 560, height = 300, logY = false } = options;
  const names = series.map(({ name }) => name);
  const legend = { title: null, symbolStrokeWidth: 2.5, symbolSize: 400, labelLimit: 240 };
  return {
    ...(title !== undefined && { title: { text: title, anchor: "start", fontSize: 15, offset: 12 } }),
    width,
    height,
    padding: 12,
    background: palette.paper,
    data: { values: series.flatMap((line) => points(line, logY)) },
    mark: { type: "line", strokeWidth: 2, strokeJoin: "round", invalid: "break-paths-filter-domains" },
    encoding: {
      x: { field: "x", type: "quantitative", title: xLabel ?? null, scale: { zero: false, nice: false } },
      y: {
        field: "y",
        type: "quantitative",
        title: yLabel ?? null,
        scale: logY ? { type: "log" } : { zero: false },
      },
      color: {
        field: "name",
        type: "nominal",
        sort: names,
        scale: { domain: names, range: names.map((_, i) => palette.series[i % palette.series.length]!) },
        legend,
      },
      strokeDash: {
        field: "name",
        type: "nominal",
        sort: names,
        scale: { domain: names, range: names.map((_, i) => dashes[i % dashes.length]!) },
        legend,
      },
    },
    config: {
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
      title: { color: palette.ink, fontWeight: "bold" },
      legend: { labelColor: palette.ink, labelFontSize: 12 },
      view: { stroke: null },
    },
  };
}

/** Lines differ in their dashes too, for readers who do not see the colours. */
const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [12, 4],
];

function points({ name, x, y }: Series, logY: boolean): Point[] {
  if (x && x.length !== y.length) {
    throw new RangeError(
      `lineChart: ${JSON.stringify(name)} has ${x.length} positions for ${y.length} heights`,
    );
  }
  return Array.from(y, (height, i) => {
    const drawn = Number.isFinite(height) && (!logY || height > 0);
    return { name, x: x ? x[i]! : i, y: drawn ? height : null };
  });
}
