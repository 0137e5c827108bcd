import { checkOptionNames } from "@org/core";
import type { Series } from "../line-chart.ts";
import { palette } from "../palette.ts";
import { type ChartOptions, counted, drawChart, requireNames, seriesEncoding, titled } from "./chart.ts";

/** What `predictionChart` takes. */
export interface PredictionChartOptions extends ChartOptions {
  /** The true series in the legend. Default "truth". */
  readonly truthName?: string;
  /** Where the data end that a network has learnt from; a line marks it. Default: none. */
  readonly split?: number;
  /** Default "time step". */
  readonly xLabel?: string;
  /** Default: none. */
  readonly yLabel?: string;
}

/**
 * Predictions against the truth for a series, such as a price: the truth in black, predictions in colours. The legend
 * has each one's root mean square error over the positions that it shares with the truth; a prediction that begins
 * later has positions of its own (`x`). What is not finite leaves a gap; a note counts it.
 * Default size: 640 × 300 pixels.
 * @throws RangeError for an empty series, other numbers of positions than of values, or two series of one name
 * @example
 * const svg = await predictionChart([1, 2, 3, 4], [{ name: "LSTM", x: [2, 3], y: [3, 5] }], { split: 2 });
 * svg.includes("LSTM, error 0.707"); // → true
 * await predictionChart([], []); // throws RangeError
 */
export async function predictionChart(
  truth: ArrayLike<number>,
  predictions: readonly Series[],
  options: PredictionChartOptions = {},
): Promise<string> {
  checkOptionNames("predictionChart", options, "truthName split xLabel yLabel title width height dark");
  const { title = "Predictions against the truth", width = 640, height = 300, truthName = "truth" } = options;
  const series = [{ name: truthName, y: truth }, ...predictions];
  requireNames(
    "predictionChart",
    "series",
    series.map(({ name }) => name),
  );
  const rows = series.map((each) => points(each));
  const at = new Map(rows[0]!.map(({ x, y }) => [x, y]));
  const labels = series.map(({ name }, i) => (i === 0 ? name : `${name}${error(rows[i]!, at)}`));
  const missing = rows.flat().filter(({ y }) => y === null).length;
  const { color, strokeDash } = seriesEncoding(labels);
  const range = [palette.ink, ...color.scale.range.slice(0, -1)];
  return drawChart(
    {
      ...titled(title, missing > 0 ? [`left out, not finite: ${counted(missing, "value")}`] : []),
      width,
      height,
      layer: [
        {
          data: { values: options.split === undefined ? [] : [{ x: options.split }] },
          mark: { type: "rule", color: palette.faint, strokeDash: [4, 4] },
          encoding: { x: { field: "x", type: "quantitative" } },
        },
        {
          data: { values: rows.flatMap((row, i) => row.map((point) => ({ name: labels[i]!, ...point }))) },
          mark: {
            type: "line",
            strokeWidth: 1.8,
            strokeJoin: "round",
            invalid: "break-paths-filter-domains",
          },
          encoding: {
            x: {
              field: "x",
              type: "quantitative",
              title: options.xLabel ?? "time step",
              scale: { zero: false, nice: false },
            },
            y: { field: "y", type: "quantitative", title: options.yLabel ?? null, scale: { zero: false } },
            color: { ...color, scale: { ...color.scale, range } },
            strokeDash,
          },
        },
      ],
    },
    options.dark,
  );
}

interface Place {
  readonly x: number;
  readonly y: number | null;
}

function points({ name, x, y }: Series): Place[] {
  if (y.length === 0) throw new RangeError(`predictionChart: ${JSON.stringify(name)} is empty`);
  if (x && x.length !== y.length)
    throw new RangeError(
      `predictionChart: ${JSON.stringify(name)} has ${x.length} positions for ${y.length} values`,
    );
  return Array.from(y, (value, i) => ({ x: x ? x[i]! : i, y: Number.isFinite(value) ? value : null }));
}

/** √mean((prediction − truth)²), as the legend writes it; nothing where they share no position. */
function error(prediction: readonly Place[], truth: ReadonlyMap<number, number | null>): string {
  const squares = prediction.flatMap(({ x, y }) => {
    const real = truth.get(x) ?? null;
    return y === null || real === null ? [] : [(y - real) ** 2];
  });
  if (squares.length === 0) return "";
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  return `, error ${Number(Math.sqrt(mean).toPrecision(3))}`;
}
