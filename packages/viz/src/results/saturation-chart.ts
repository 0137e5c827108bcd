import { checkOptionNames } from "@org/core";
import { palette } from "../palette.ts";
import { type ChartOptions, counted, drawChart, requireNames, titled } from "./chart.ts";

/** How often the units of one gate are nearly shut, and nearly open. */
export interface GateSaturation {
  /** The gate. */
  readonly name: string;
  /** For each unit, the share of time in which the gate is below 0.1: 0 to 1. */
  readonly low: ArrayLike<number>;
  /** For each unit, the share of time in which the gate is above 0.9: 0 to 1. */
  readonly high: ArrayLike<number>;
}

/**
 * Gates by saturation: a panel per gate, a point per unit, the share of time below 0.1 against that above 0.9. Units near
 * the diagonal are always at one end; those at the origin always in between. Default size: 190 × 190 pixels per gate.
 * Source: Karpathy, Johnson & Fei-Fei 2015, "Visualizing and understanding recurrent networks", figure 3
 * @throws RangeError for no gates, a gate without units, two gates of one name, shares that do not go together
 * @example
 * const svg = await saturationChart([{ name: "forget", low: [0.1, 0], high: [0.85, 0.2] }]);
 * svg.includes("share of time above 0.9"); // → true
 * await saturationChart([{ name: "forget", low: [0.6], high: [0.6] }]); // throws RangeError
 */
export async function saturationChart(
  gates: readonly GateSaturation[],
  options: ChartOptions = {},
): Promise<string> {
  checkOptionNames("saturationChart", options, "title width height dark");
  const { title = "Gate saturation", width = 190, height = width } = options;
  const names = gates.map(({ name }) => name);
  requireNames("saturationChart", "gates", names);
  const rows = gates.flatMap(units);
  const missing = rows.filter(({ high }) => high === null).length;
  const axis = { values: [0, 0.2, 0.4, 0.6, 0.8, 1] };
  const scale = { domain: [0, 1], nice: false };
  const corner = [0, 1].map((end) => ({ low: end, high: 1 - end }));
  return drawChart(
    {
      ...titled(title, missing > 0 ? [`not finite: ${counted(missing, "unit")}`] : []),
      data: { values: rows.filter(({ high }) => high !== null) },
      facet: { field: "gate", type: "nominal", sort: names, header: { labelLimit: width } },
      columns: 4,
      spacing: 30,
      spec: {
        width,
        height,
        encoding: {
          x: { field: "low", type: "quantitative", title: "share of time below 0.1", scale, axis },
          y: { field: "high", type: "quantitative", title: "share of time above 0.9", scale, axis },
        },
        layer: [
          { data: { values: corner }, mark: { type: "line", color: palette.faint, strokeWidth: 1 } },
          { mark: { type: "point", filled: true, size: 34, opacity: 0.55, color: palette.series[0] } },
        ],
      },
      resolve: { axis: { x: "independent" } },
    },
    options.dark,
  );
}

function units({
  name,
  low,
  high,
}: GateSaturation): { gate: string; low: number | null; high: number | null }[] {
  const gate = `saturationChart: ${JSON.stringify(name)}`;
  if (low.length === 0) throw new RangeError(`${gate} has no units`);
  if (low.length !== high.length)
    throw new RangeError(`${gate} has ${low.length} shares below 0.1, but ${high.length} above 0.9`);
  return Array.from(low, (share, unit) => {
    const [below, above] = [share, high[unit]!];
    // A little more than 1 for shares that were rounded.
    if (below < 0 || above < 0 || below + above > 1 + 1e-6)
      throw new RangeError(
        `${gate} has the shares ${below} below and ${above} above at unit ${unit}; they are parts of 1`,
      );
    const finite = Number.isFinite(below + above);
    return { gate: name, low: finite ? below : null, high: finite ? above : null };
  });
}
