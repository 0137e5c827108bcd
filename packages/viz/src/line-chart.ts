import { drawChart, seriesEncoding, titled } from "./results/chart.ts";

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
  const { title = "", xLabel, yLabel, width = 560, height = 300, logY = false } = options;
  return drawChart({
    ...titled(title),
    width,
    height,
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
      ...seriesEncoding(series.map(({ name }) => name)),
    },
  });
}

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
