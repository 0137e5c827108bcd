import { checkOptionNames } from "@org/core";
import { shorten } from "../layout/measure.ts";
import { textWidth } from "../layout/typeset.ts";
import { palette } from "../palette.ts";
import { type ChartOptions, counted, drawChart, titled } from "./chart.ts";
import { ramps } from "./ramps.ts";

/** How well a cell tells a feature of the text. */
export interface CellProbe {
  /** The cell: its number, or a name such as "layer 2, 41". */
  readonly cell: number | string;
  /** What it was held against: "inside quotes", "position in line". */
  readonly feature: string;
  /** Correlation of the cell with the feature, -1 to 1. */
  readonly correlation: number;
}

/** What `probeRanking` takes. The height follows from the number of rows. */
export interface ProbeRankingOptions extends Omit<ChartOptions, "height"> {
  /** How many rows are drawn, the strongest first. Default 20. */
  readonly most?: number;
}

/**
 * Cells ranked by how well they tell features of the text: a row per probe with its correlation as a bar and a number,
 * the strongest first, of equals the earlier one. Default width of the bars: 320 pixels.
 * @throws RangeError for no probes or rows, or a correlation beyond -1 to 1
 * @example
 * const svg = await probeRanking([
 *   { cell: 3, feature: "line position", correlation: -0.4 },
 *   { cell: 41, feature: "inside quotes", correlation: 0.93 },
 * ]);
 * svg.indexOf("inside quotes") < svg.indexOf("line position"); // → true
 */
export async function probeRanking(
  probes: readonly CellProbe[],
  options: ProbeRankingOptions = {},
): Promise<string> {
  checkOptionNames("probeRanking", options, "most title width dark");
  const { title = "Cells by what they tell", width = 320, most = 20 } = options;
  if (!(Number.isInteger(most) && most > 0))
    throw new RangeError(`probeRanking: expected at least 1 row, received most: ${most}`);
  if (probes.length === 0) throw new RangeError("probeRanking: no probes to draw");
  for (const { cell, feature, correlation } of probes) {
    if (Math.abs(correlation) > 1 + 1e-6)
      throw new RangeError(
        `probeRanking: a correlation lies between -1 and 1, cell ${cell} has ${correlation} with ${JSON.stringify(feature)}`,
      );
  }
  const finite = probes.filter(({ correlation }) => Number.isFinite(correlation));
  const ranked = finite.toSorted((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation)).slice(0, most);
  const rows = ranked.map(({ cell, feature, correlation }, i) => ({
    row: i,
    label: `${i + 1}. ${typeof cell === "number" ? `cell ${cell}` : cell} · ${shorten(feature)}`,
    correlation,
    value: correlation.toFixed(2).replace("-", "−"),
  }));
  const low = rows.some(({ correlation }) => correlation < 0) ? -1 : 0;
  const labelPadding =
    10 + Math.ceil(rows.reduce((most, { label }) => Math.max(most, textWidth(label, 12)), 0));
  const notes = [
    ...(rows.length < finite.length ? [`the strongest ${rows.length} of ${finite.length}`] : []),
    ...(finite.length < probes.length
      ? [`left out, not finite: ${counted(probes.length - finite.length, "correlation")}`]
      : []),
  ];
  return drawChart(
    {
      ...titled(title, notes),
      width,
      height: { step: 24 },
      data: { values: rows },
      encoding: {
        y: {
          field: "label",
          type: "nominal",
          sort: null,
          title: null,
          axis: {
            labelFontSize: 12,
            labelAlign: "left",
            labelPadding,
            labelLimit: 0,
            ticks: false,
            domain: false,
          },
        },
        x: {
          field: "correlation",
          type: "quantitative",
          title: "correlation",
          scale: { domain: [1.15 * low, 1.15], nice: false },
          axis: { values: [-1, -0.5, 0, 0.5, 1].filter((value) => value >= low), format: "~r" },
        },
      },
      layer: [
        {
          mark: { type: "bar", height: 14 },
          encoding: {
            color: {
              condition: { test: "datum.correlation < 0", value: ramps.diverging[1] },
              value: ramps.diverging[5],
            },
          },
        },
        {
          mark: { type: "rule", color: palette.faint },
          encoding: { x: { datum: 0 }, y: { value: 0 }, y2: { value: "height" } },
        },
        {
          transform: [{ filter: "datum.correlation >= 0" }],
          mark: { type: "text", align: "left", dx: 5, color: palette.ink, fontSize: 11 },
          encoding: { text: { field: "value" } },
        },
        {
          transform: [{ filter: "datum.correlation < 0" }],
          mark: { type: "text", align: "right", dx: -5, color: palette.ink, fontSize: 11 },
          encoding: { text: { field: "value" } },
        },
      ],
    },
    options.dark,
  );
}
