import { checkOptionNames } from "@org/core";
import { type ChartOptions, counted, drawChart, requireNames, seriesEncoding, titled } from "./chart.ts";
import { logAxis } from "./log-axis.ts";

/** How strongly a loss depends on the states of a network, step by step. */
export interface GradientNorms {
  /** The network. */
  readonly name: string;
  /** `‖∂L/∂h_t‖` for each step, in the order of time. */
  readonly norms: ArrayLike<number>;
}

/** What `gradientFlow` takes. */
export interface GradientFlowOptions extends ChartOptions {
  /** The number of the first step. Default 1. */
  readonly firstStep?: number;
  /** Default "time step". */
  readonly xLabel?: string;
  /** Default "‖∂L/∂hₜ‖". */
  readonly yLabel?: string;
}

/**
 * How gradients vanish or explode along time: the norm of `∂L/∂h_t` against t on a logarithmic axis, a line per
 * network. Norms of exactly 0 stand as triangles at the lower edge, NaN and infinity as black crosses at the upper one.
 * Default size: 560 × 300 pixels.
 * @throws RangeError for no networks, a network without steps, a negative norm, or two networks of one name
 * @example
 * const svg = await gradientFlow([{ name: "RNN", norms: [1e-6, 1e-3, 1] }, { name: "LSTM", norms: [0.1, 0.4, 1] }]);
 * svg.includes(">10⁻⁶</text>"); // → true
 * await gradientFlow([{ name: "RNN", norms: [] }]); // throws RangeError
 */
export async function gradientFlow(
  networks: readonly GradientNorms[],
  options: GradientFlowOptions = {},
): Promise<string> {
  checkOptionNames("gradientFlow", options, "firstStep xLabel yLabel title width height dark");
  const { title = "Gradient norm along time", width = 560, height = 300 } = options;
  const { firstStep = 1, xLabel = "time step", yLabel = "‖∂L/∂hₜ‖" } = options;
  const names = networks.map(({ name }) => name);
  requireNames("gradientFlow", "networks", names);
  const rows = networks.flatMap((network) => steps(network, firstStep));
  const count = (kind: Step["kind"]): number => rows.filter((row) => row.kind === kind).length;
  const axis = logAxis(rows.flatMap(({ norm }) => norm ?? []));
  const notes = [
    ...(count("zero") > 0 ? [`▽ exactly 0: ${counted(count("zero"), "step")}`] : []),
    ...(count("not finite") > 0 ? [`✕ not finite: ${counted(count("not finite"), "step")}`] : []),
  ];
  const series = seriesEncoding(names);
  const last = networks.reduce((most, { norms }) => Math.max(most, norms.length), 1) - 1 + firstStep;
  return drawChart(
    {
      ...titled(title, notes.length > 0 ? [notes.join(" · ")] : []),
      width,
      height,
      data: { values: rows },
      encoding: {
        x: {
          field: "t",
          type: "quantitative",
          title: xLabel,
          scale: { domain: [firstStep, Math.max(last, firstStep + 1)], nice: false },
          axis: { tickMinStep: 1, format: "d", grid: false },
        },
      },
      layer: [
        {
          mark: { type: "line", strokeWidth: 2, strokeJoin: "round", invalid: "break-paths-filter-domains" },
          encoding: { y: { field: "norm", type: "quantitative", title: yLabel, ...axis }, ...series },
        },
        // A step between two gaps has no line; a point stands for it.
        {
          transform: [{ filter: "datum.lone" }],
          mark: { type: "point", filled: true, size: 24, opacity: 1 },
          encoding: { y: { field: "norm", type: "quantitative" }, color: series.color },
        },
        {
          transform: [{ filter: "datum.kind === 'zero'" }],
          mark: { type: "point", shape: "triangle-down", size: 36, filled: false, opacity: 1, yOffset: -5 },
          encoding: { y: { value: height }, color: series.color },
        },
        {
          transform: [{ filter: "datum.kind === 'not finite'" }],
          mark: {
            type: "point",
            shape: cross,
            size: 110,
            stroke: "#000000",
            strokeWidth: 1.6,
            opacity: 1,
            yOffset: 6,
          },
          encoding: { y: { value: 0 } },
        },
      ],
      resolve: { scale: { color: "shared" } },
    },
    options.dark,
  );
}

const cross = "M-0.6,-0.6L0.6,0.6M-0.6,0.6L0.6,-0.6";

interface Step {
  readonly name: string;
  readonly t: number;
  readonly norm: number | null;
  readonly kind: "drawn" | "zero" | "not finite";
  readonly lone: boolean;
}

function steps({ name, norms }: GradientNorms, firstStep: number): Step[] {
  if (norms.length === 0) throw new RangeError(`gradientFlow: ${JSON.stringify(name)} has no steps`);
  const kinds = Array.from(norms, (norm, i): Step["kind"] => {
    if (norm < 0)
      throw new RangeError(
        `gradientFlow: a norm is not negative, ${JSON.stringify(name)} has ${norm} at index ${i}`,
      );
    return norm === 0 ? "zero" : Number.isFinite(norm) ? "drawn" : "not finite";
  });
  return kinds.map((kind, i) => ({
    name,
    t: firstStep + i,
    norm: kind === "drawn" ? norms[i]! : null,
    kind,
    lone: kind === "drawn" && kinds[i - 1] !== "drawn" && kinds[i + 1] !== "drawn",
  }));
}
