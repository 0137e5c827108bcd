import { checkOptionNames } from "@org/core";
import { palette } from "../palette.ts";
import { type ChartOptions, counted, drawChart, titled } from "./chart.ts";
import { binned, type Grid, gridRows } from "./grid.ts";
import { logAxis } from "./log-axis.ts";
import { notFinite, type Ramp, ramps } from "./ramps.ts";

/** What `heatmap` takes. */
export interface HeatmapOptions extends ChartOptions {
  /** Colours: from negative over 0 to positive, or from little to much. Default: diverging if a value is below 0. */
  readonly ramp?: Ramp;
  /**
   * Values of the outermost colours; values beyond take them too. Default: the least and greatest value; for diverging
   * colours, as far below 0 as above.
   */
  readonly range?: readonly [low: number, high: number];
  /** Colours by the logarithm of the values, for gradients over many orders; then 0 is left blank. Default false. */
  readonly log?: boolean;
  /** The number of the first step. Default 1. */
  readonly firstStep?: number;
  /** Default "time step". */
  readonly xLabel?: string;
  /** Default "unit", or none where units have names. */
  readonly yLabel?: string;
  /** A name for each unit, such as the layers of a network; as many are written as fit. Default: their numbers. */
  readonly names?: readonly string[];
  /** What the colours mean, above the legend. Default: none. */
  readonly valueLabel?: string;
}

/** More cells than pixels show nothing. */
const MOST = { time: 180, units: 96 };

/**
 * Values over time and units, or over time and the layers of a network, such as `tanh(c)` or `∂L/∂h`, as colours that colour-blind readers tell apart. Time runs
 * to the right, unit 0 is at the top. NaN and infinity are black. More than 180 steps or 96 units are drawn in groups
 * of neighbours, each by its value farthest from 0; a note says so. Default size: about 560 × 300 pixels, a whole
 * number of pixels per cell.
 * Shapes: `values [time, units]`
 * @throws RangeError for no values, rows of different lengths, an empty range, or negative values with `log`
 * @example
 * const svg = await heatmap([[0.1, -0.9], [0.4, 0.2], [Number.NaN, 1]], { title: "tanh(c)" });
 * svg.includes("not finite: 1 value"); // → true
 * await heatmap([[1, 2], [3]]); // throws RangeError
 */
export async function heatmap(values: Grid, options: HeatmapOptions = {}): Promise<string> {
  checkOptionNames(
    "heatmap",
    options,
    "ramp range log firstStep xLabel yLabel names valueLabel title width height dark",
  );
  const { title = "Values over time", width = 560, height = 300, log = false, firstStep = 1 } = options;
  const all = gridRows("heatmap", values);
  const { names } = options;
  if (names && names.length !== all[0]!.length)
    throw new RangeError(`heatmap: ${names.length} names for ${all[0]!.length} units`);
  const { rows, steps, units } = binned(all, names ? { ...MOST, units: 400 } : MOST);
  const scale = colorScale(all, options);
  const [across, down] = [rows.length, rows[0]!.length];
  const [stepWidth, unitHeight] = [pixels(width, across), pixels(height, down)];
  const broken = all.reduce(
    (sum, row) => sum + row.reduce((n, value) => n + Number(!Number.isFinite(value)), 0),
    0,
  );
  const blank = log
    ? all.reduce((sum, row) => sum + row.reduce((n, value) => n + Number(value === 0), 0), 0)
    : 0;
  const gradientLength = Math.max(80, Math.min(180, down * unitHeight));
  const notes = [
    ...(broken > 0 ? [`■ not finite: ${counted(broken, "value")}`] : []),
    ...(blank > 0 ? [`□ exactly 0: ${counted(blank, "value")}`] : []),
    ...(steps * units > 1
      ? [`a cell: ${counted(steps, "step")} × ${counted(units, "unit")}, its value farthest from 0`]
      : []),
  ];
  const [left, right] = [firstStep - 0.5, firstStep - 0.5 + across * steps];
  const axis = (tickCount: number) => ({
    tickCount,
    grid: false,
    tickMinStep: 1,
    format: "d",
    domain: false,
    offset: 2,
  });
  const svg = await drawChart(
    {
      ...titled(title, notes),
      width: across * stepWidth,
      height: down * unitHeight,
      data: { values: cells(rows, { steps, units, left }) },
      encoding: {
        x: {
          field: "from",
          type: "quantitative",
          title: options.xLabel ?? "time step",
          scale: { domain: [left, right], nice: false, zero: false },
          axis: axis(Math.ceil((across * stepWidth) / 50)),
        },
        y: {
          field: "top",
          type: "quantitative",
          title: options.yLabel ?? (names ? null : "unit"),
          scale: { domain: [down * units - 0.5, -0.5], nice: false, zero: false },
          axis: names ? null : axis(Math.ceil((down * unitHeight) / 40)),
        },
      },
      layer: [
        {
          transform: [{ filter: log ? "datum.value > 0" : "isValid(datum.value)" }],
          mark: { type: "rect", aria: false },
          encoding: {
            ...ends,
            color: {
              field: "value",
              type: "quantitative",
              scale,
              legend: {
                title: options.valueLabel ?? null,
                gradientLength,
                ...(log ? legendOf(scale.domain) : { tickCount: Math.round(gradientLength / 40) }),
              },
            },
          },
        },
        {
          transform: [{ filter: "!isValid(datum.value)" }],
          mark: { type: "rect", color: notFinite, aria: false },
          encoding: ends,
        },
        ...(names ? [nameLayer(names, left, unitHeight / units)] : []),
      ],
      config: { view: { stroke: palette.frame } },
    },
    options.dark,
  );
  // Without this, light lines would show between cells at some sizes.
  return svg.replaceAll('<g class="mark-rect', '<g shape-rendering="crispEdges" class="mark-rect');
}

/** At least two pixels for each of `count` cells, near `length` in all. */
const pixels = (length: number, count: number): number =>
  Math.min(48, Math.max(2, Math.round(length / count)));

function legendOf(domain: readonly number[]) {
  const { values, labelExpr } = logAxis(domain, 5).axis;
  return { labelExpr, values: values.filter((value) => value >= domain[0]! && value <= domain.at(-1)!) };
}

function colorScale(rows: readonly Float64Array[], { range, ramp, log = false }: HeatmapOptions) {
  let [low, high, tiny] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const value of rows.flatMap((row) => [...row])) {
    if (!Number.isFinite(value)) continue;
    if (value > 0) tiny = Math.min(tiny, value);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (log && low < 0) throw new RangeError(`heatmap: no logarithm of a negative value, ${low}`);
  const kind = ramp ?? (low < 0 && !log ? "diverging" : "sequential");
  if (low > high) [low, high] = [0, 1];
  if (log) low = Number.isFinite(tiny) ? tiny : 0.1;
  if (range) [low, high] = range;
  else if (kind === "diverging") [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
  if (low === high && !range)
    [low, high] = log ? [low / 10, high] : low === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, high)];
  if (!(low < high) || (log && low <= 0))
    throw new RangeError(`heatmap: a range needs ${log ? "0 < " : ""}low < high, received ${low}, ${high}`);
  const stops = ramps[kind];
  const place = (i: number): number => {
    const share = i / (stops.length - 1);
    return log ? low * (high / low) ** share : low + (high - low) * share;
  };
  return {
    type: log ? ("log" as const) : ("linear" as const),
    domain: stops.map((_, i) => place(i)),
    range: [...stops],
    interpolate: "rgb" as const,
    clamp: true,
  };
}

/** Where cells end. */
const ends = { x2: { field: "to" }, y2: { field: "bottom" } };

/** Names at the left of their rows: every second, third … where letters are higher than rows. */
function nameLayer(names: readonly string[], left: number, unitHeight: number) {
  const every = Math.max(1, Math.ceil(13 / unitHeight));
  const values = names.flatMap((name, unit) =>
    unit % every === 0 ? [{ from: left, middle: unit, name }] : [],
  );
  return {
    data: { values },
    mark: {
      type: "text" as const,
      align: "right" as const,
      baseline: "middle" as const,
      dx: -6,
      color: palette.ink,
      fontSize: 11,
      limit: 220,
    },
    encoding: {
      x: { field: "from", type: "quantitative" as const },
      y: { field: "middle", type: "quantitative" as const },
      text: { field: "name", type: "nominal" as const },
    },
  };
}

interface Cell {
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly bottom: number;
  readonly value: number | null;
}

function cells(
  rows: readonly Float64Array[],
  { steps, units, left }: { steps: number; units: number; left: number },
): Cell[] {
  return rows.flatMap((row, t) =>
    Array.from(row, (value, unit) => ({
      from: left + t * steps,
      to: left + (t + 1) * steps,
      top: unit * units - 0.5,
      bottom: (unit + 1) * units - 0.5,
      value: Number.isFinite(value) ? value : null,
    })),
  );
}
