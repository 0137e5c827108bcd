import {
  checkOptionNames,
  constant,
  elu,
  evaluate,
  gelu,
  grad,
  leakyRelu,
  relu,
  selu,
  sigmoid,
  silu,
  sin,
  softplus,
  sum,
  type Tensor,
  tanh,
} from "@org/core";
import { palette } from "../palette.ts";
import { type ChartOptions, drawChart, requireNames, seriesEncoding, titled } from "./chart.ts";

/** A function of `@org/core` by its name. */
export type ActivationName =
  | "tanh"
  | "sigmoid"
  | "relu"
  | "leakyRelu"
  | "elu"
  | "selu"
  | "gelu"
  | "silu"
  | "softplus"
  | "sin";

const known: Readonly<Record<ActivationName, (x: Tensor) => Tensor>> = {
  tanh,
  sigmoid,
  relu,
  leakyRelu,
  elu,
  selu,
  gelu,
  silu,
  softplus,
  sin,
};

/** A function of one's own: elementwise, differentiated by core. */
export interface ActivationFunction {
  readonly name: string;
  readonly apply: (x: Tensor) => Tensor;
}

/** What `activationChart` takes. */
export interface ActivationChartOptions extends ChartOptions {
  /** The ends of the x axis. Default [-5, 5]. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * Activation functions side by side, each with its derivative, which core computes. Where a derivative is greatest, if
 * that is a single place, a point and a number mark it: 1 for tanh, 0.25 for the sigmoid.
 * Default size: 220 × 220 pixels per function, four in a row.
 * @throws RangeError for no functions, an unknown name, two of one name, an empty range, a function that changes shapes
 * @example
 * const svg = await activationChart(["tanh", "sigmoid"]);
 * svg.includes(">max f′ = 0.25 at 0<"); // → true
 * await activationChart([]); // throws RangeError
 */
export async function activationChart(
  functions: readonly (ActivationName | ActivationFunction)[] = ["tanh", "sigmoid", "relu"],
  options: ActivationChartOptions = {},
): Promise<string> {
  checkOptionNames("activationChart", options, "range title width height dark");
  const { title = "Activation functions and their derivatives", range = [-5, 5] } = options;
  const { width = 220, height = 220 } = options;
  if (!(range[0] < range[1] && Number.isFinite(range[1] - range[0])))
    throw new RangeError(`activationChart: a range needs low < high, received ${range.join(", ")}`);
  const named = functions.map((each) => (typeof each === "string" ? byName(each) : each));
  const names = named.map(({ name }) => name);
  requireNames("activationChart", "functions", names);
  const { color, strokeDash } = seriesEncoding(["f(x)", "f′(x)"]);
  const y = { field: "y", type: "quantitative" as const, title: null };
  return drawChart(
    {
      ...titled(title),
      data: { values: named.flatMap((each) => curve(each, range)) },
      facet: { field: "function", type: "nominal", sort: names, header: { labelLimit: width } },
      columns: 4,
      spacing: 32,
      spec: {
        width,
        height,
        encoding: {
          x: { field: "x", type: "quantitative", title: "x", scale: { domain: [...range], nice: false } },
        },
        layer: [
          {
            mark: { type: "line", strokeWidth: 2, invalid: "break-paths-filter-domains" },
            encoding: { y, color, strokeDash },
          },
          {
            transform: [{ filter: "isValid(datum.peak)" }],
            mark: { type: "point", filled: true, size: 40, opacity: 1, color: palette.series[1] },
            encoding: { y },
          },
          {
            transform: [{ filter: "isValid(datum.peak)" }],
            mark: { type: "text", align: "left", fontSize: 11, color: palette.series[1] },
            encoding: { x: { value: 6 }, y: { value: 8 }, text: { field: "peak" } },
          },
        ],
      },
      resolve: { scale: { y: "independent" }, axis: { x: "independent" } },
    },
    options.dark,
  );
}

function byName(name: ActivationName): ActivationFunction {
  if (Object.hasOwn(known, name)) return { name, apply: (x) => known[name](x) };
  const names = Object.keys(known).join(", ");
  throw new RangeError(`activationChart: unknown function ${JSON.stringify(name)}; known: ${names}`);
}

/** Points of a curve; an odd number, so that 0 is one of them in an even range. */
const POINTS = 401;

interface Row {
  readonly function: string;
  readonly name: "f(x)" | "f′(x)";
  readonly x: number;
  readonly y: number | null;
  /** Beside the greatest derivative. */
  readonly peak?: string;
}

function curve({ name, apply }: ActivationFunction, [low, high]: readonly [number, number]): Row[] {
  const xs = Float64Array.from(
    { length: POINTS },
    (_, i) => (low * (POINTS - 1 - i) + high * i) / (POINTS - 1),
  );
  const x = constant(xs, "f64");
  const f = apply(x);
  if (f.shape.length !== 1 || f.shape[0] !== POINTS)
    throw new RangeError(
      `activationChart: ${JSON.stringify(name)} makes [${f.shape.join(", ")}] from [${POINTS}]`,
    );
  const [ys, slopes] = evaluate([f, grad(sum(f), x)]);
  const top = peak(slopes!.data);
  const row = (of: Row["name"], y: number, i: number): Row => ({
    function: name,
    name: of,
    x: xs[i]!,
    y: Number.isFinite(y) ? y : null,
    ...(of === "f′(x)" && i === top && { peak: `max f′ = ${short(y)} at ${short(xs[i]!)}` }),
  });
  return [
    ...Array.from(ys!.data, (y, i) => row("f(x)", y, i)),
    ...Array.from(slopes!.data, (y, i) => row("f′(x)", y, i)),
  ];
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** Where values are greatest, if that is a single place inside; -1 else. */
function peak(values: ArrayLike<number>): number {
  const greatest = Array.from(values).reduce(
    (most, value) => Math.max(most, value),
    Number.NEGATIVE_INFINITY,
  );
  const places = Array.from(values).flatMap((value, i) => (value === greatest ? [i] : []));
  return places.length === 1 && places[0]! > 0 && places[0]! < values.length - 1 ? places[0]! : -1;
}
