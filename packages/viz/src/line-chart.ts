import { checkOptionNames } from "@org/core";
import type { TopLevelSpec } from "vega-lite";
import { plainNumber } from "./overlay/short-number.ts";
import { palette } from "./palette.ts";
import { counted, drawChart, requireNames, seriesEncoding, titled } from "./results/chart.ts";
import { directLabels } from "./results/direct-labels.ts";
import { hoverStrips } from "./results/hover-strips.ts";
import { type Smoothed, type Spot, smoothed, thinned } from "./results/thinned.ts";

/** One line of a chart. */
export interface Series {
  readonly name: string;
  /** Heights, in order; NaN and infinities leave a gap, and a cross stands above it. */
  readonly y: ArrayLike<number>;
  /** Positions along the x axis, one per height. Default: 0, 1, 2, … */
  readonly x?: ArrayLike<number>;
}

/** What `lineChart` takes. */
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
  /** A logarithmic x axis, for positions above 0. Default false. */
  readonly logX?: boolean;
  /** A logarithmic y axis; heights that are not above 0 leave a gap, and a triangle stands below it. Default false. */
  readonly logY?: boolean;
  /**
   * Draws a moving mean with a band of one standard deviation instead of the heights themselves: the weight, from 0 to
   * below 1, that the mean before has in each (0.9 looks back over about ten heights). Default 0, the heights.
   */
  readonly smooth?: number;
  /** Names of series in a legend, or at the ends of their lines. Default "legend". */
  readonly labels?: "legend" | "direct";
  /** Numbers under the pointer, where the picture stands in a page. Default false. */
  readonly hover?: boolean;
  /** For dark pages. Default false. */
  readonly dark?: boolean;
}

/** What Vega-Lite plots: one row per point. */
interface Row extends Spot {
  readonly name: string;
  /** Counts the pieces of a line between gaps. */
  readonly piece: number;
  readonly low?: number;
  readonly high?: number;
  readonly lone?: boolean;
}

/** A series made ready: its pieces between gaps, and where something cannot be drawn. */
interface Line {
  readonly name: string;
  readonly pieces: readonly (readonly (Spot | Smoothed)[])[];
  readonly broken: Missing;
  readonly below: Missing;
}

/** Values that are not drawn: how many, and where, one for each column of pixels. */
interface Missing {
  count: number;
  readonly places: Map<number, number>;
}

const none = (): Missing => ({ count: 0, places: new Map() });

/**
 * A line chart as SVG text: training curves, norms per time step. NaN and infinities are crosses at the upper edge, what
 * a logarithmic axis does not take triangles at the lower one, notes count them. A point without neighbours is a dot.
 * Of more points than pixels only those are drawn that show. Drawn by Vega-Lite, which is loaded at the first call and
 * makes no code of text, so that pages may forbid `eval`. The same data give the same bytes.
 * @throws RangeError for no series, two of one name, one without points or with another number of positions than of
 *   heights, positions that are not finite (with `logX`: not above 0), and a `smooth` outside of 0 to below 1
 * @example
 * const svg = await lineChart([{ name: "training", y: [3, 2, Number.NaN, 1.5] }], { title: "Loss", xLabel: "epoch" });
 * svg.includes("✕ not finite: 1 value"); // → true
 * await lineChart([]); // throws RangeError
 */
export async function lineChart(series: readonly Series[], options: LineChartOptions = {}): Promise<string> {
  checkOptionNames(
    "lineChart",
    options,
    "title xLabel yLabel width height logX logY smooth labels hover dark",
  );
  const { title = "", xLabel, yLabel, width = 560, height = 300 } = options;
  const { logX = false, logY = false, smooth = 0, labels = "legend", hover = false, dark = false } = options;
  const names = series.map(({ name }) => name);
  requireNames("lineChart", "series", names);
  if (!(smooth >= 0 && smooth < 1))
    throw new RangeError(`lineChart: smooth: expected a weight from 0 to below 1, received ${smooth}`);
  const columnOf = columns(series, width, logX);
  const lines = series.map((one) => readSeries(one, { logX, logY, smooth, columnOf }));
  const rows = lines.flatMap(({ name, pieces }) =>
    pieces.flatMap((points, piece): Row[] =>
      points.map((point) => ({ ...point, name, piece, ...(points.length === 1 && { lone: true }) })),
    ),
  );
  const missing = (kind: "broken" | "below"): { name: string; x: number }[] =>
    lines.flatMap((line) => [...line[kind].places.values()].map((x) => ({ name: line.name, x })));
  const note = (kind: "broken" | "below", text: string): string[] => {
    const count = lines.reduce((sum, line) => sum + line[kind].count, 0);
    return count > 0 ? [`${text}: ${counted(count, "value")}`] : [];
  };
  const notes = [...note("broken", "✕ not finite"), ...note("below", "▽ not above 0")];
  const encoding = seriesEncoding(names);
  const direct = labels === "direct" ? directLabels(rows, names, { height, logY }) : undefined;
  const color = direct ? { ...encoding.color, legend: null } : encoding.color;
  const strokeDash = direct ? { ...encoding.strokeDash, legend: null } : encoding.strokeDash;
  const yScale = direct?.scale ?? (logY ? { type: "log" as const } : { zero: false });
  const y = {
    field: "y",
    type: "quantitative" as const,
    title: yLabel ?? null,
    scale: yScale,
    axis: axisOf(rows.map(({ y }) => y)),
  };
  const detail = { field: "piece", type: "nominal" as const };
  const layer: Layers = [
    ...(smooth > 0
      ? [
          {
            mark: { type: "area" as const, opacity: 0.18, aria: false },
            encoding: { y: { ...y, field: "low" }, y2: { field: "high" }, color, detail },
          },
        ]
      : []),
    {
      mark: { type: "line", strokeWidth: 2, strokeJoin: "round" },
      encoding: { y, color, strokeDash, detail },
    },
    {
      transform: [{ filter: "datum.lone" }],
      mark: { type: "point", filled: true, size: 40, opacity: 1 },
      encoding: { y, color },
    },
    ...signs(missing("below"), { shape: "triangle-down", size: 36, yOffset: -5, at: height, color }),
    ...signs(missing("broken"), { shape: cross, size: 110, yOffset: 6, at: 0 }),
    ...(direct?.layers ?? []),
  ];
  const svg = await drawChart(
    {
      ...titled(title, notes.length > 0 ? [notes.join(" · ")] : []),
      width,
      height,
      data: { values: rows },
      encoding: {
        x: {
          field: "x",
          type: "quantitative",
          title: xLabel ?? null,
          scale: logX ? { type: "log", nice: false } : { zero: false, nice: false },
          axis: axisOf(rows.map(({ x }) => x)),
        },
      },
      layer,
      resolve: { scale: { color: "shared" } },
    },
    dark,
  );
  return hover ? hoverStrips(svg, series, { width, height, logX, xLabel: xLabel ?? "" }) : svg;
}

/** Where all positions are one, an axis has one tick, with the number as it is. */
function axisOf(positions: readonly number[]): { readonly values?: number[]; readonly labelExpr?: string } {
  const [only] = positions;
  if (only === undefined || positions.some((other) => other !== only)) return {};
  return { values: [only], labelExpr: JSON.stringify(plainNumber(only)) };
}

type Layers = Extract<TopLevelSpec, { layer: unknown }>["layer"];

const cross = "M-0.6,-0.6L0.6,0.6M-0.6,0.6L0.6,-0.6";

interface Sign {
  readonly shape: string;
  readonly size: number;
  readonly yOffset: number;
  /** The height of the edge. */
  readonly at: number;
  readonly color?: object;
}

/** Marks at the upper or the lower edge, where a value cannot be drawn. */
function signs(values: readonly object[], { color, at, ...mark }: Sign): Layers {
  if (values.length === 0) return [];
  const style = color ? { filled: false } : { stroke: palette.ink, strokeWidth: 1.6 };
  return [
    {
      data: { values: [...values] },
      mark: { type: "point", opacity: 1, ...style, ...mark },
      encoding: { y: { value: at }, ...(color && { color: color as never }) },
    },
  ];
}

/** The column of pixels that a position lies in. */
function columns(series: readonly Series[], width: number, logX: boolean): (x: number) => number {
  const scale = logX ? Math.log : (x: number): number => x;
  let [least, most] = [Infinity, -Infinity];
  for (const { x, y } of series) {
    for (let i = 0; i < y.length; i++) {
      const at = scale(x ? x[i]! : i);
      least = Math.min(least, at);
      most = Math.max(most, at);
    }
  }
  return most > least ? (x) => Math.floor(((scale(x) - least) / (most - least)) * width) : () => 0;
}

function readSeries(
  { name, x, y }: Series,
  how: { logX: boolean; logY: boolean; smooth: number; columnOf: (x: number) => number },
): Line {
  const { logX, logY, smooth, columnOf } = how;
  const refuse = (problem: string): never => {
    throw new RangeError(`lineChart: ${JSON.stringify(name)} ${problem}`);
  };
  if (x && x.length !== y.length) refuse(`has ${x.length} positions for ${y.length} heights`);
  if (y.length === 0) refuse("has no points");
  const pieces: Spot[][] = [[]];
  const [broken, below]: [Missing, Missing] = [none(), none()];
  for (let i = 0; i < y.length; i++) {
    const at = x ? x[i]! : i;
    if (!Number.isFinite(at) || (logX && at <= 0))
      refuse(`has a position that is not ${logX ? "above 0" : "finite"}, ${at} at index ${i}`);
    const height = y[i]!;
    if (Number.isFinite(height) && (!logY || height > 0)) {
      pieces.at(-1)!.push({ x: at, y: height });
      continue;
    }
    const missing = Number.isFinite(height) ? below : broken;
    missing.count++;
    missing.places.set(columnOf(at), at);
    if (pieces.at(-1)!.length > 0) pieces.push([]);
  }
  const kept = pieces.filter((piece) => piece.length > 0);
  const drawn = smooth > 0 ? kept.map((piece) => smoothed(piece, smooth)) : kept;
  return {
    name,
    pieces: drawn.map((piece) => thinned<Spot | Smoothed>(piece, columnOf)),
    broken,
    below,
  };
}
