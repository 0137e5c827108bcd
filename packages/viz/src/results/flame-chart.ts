import { checkOptionNames, type Profile, type ProfiledKernel } from "@org/core";
import { textWidth } from "../layout/typeset.ts";
import { palette } from "../palette.ts";
import { type ChartOptions, drawChart, titled } from "./chart.ts";

const ROW = 22;
const FONT_SIZE = 11;
/** Pixels from which on a bar has a name, and below which bars are not drawn. */
const LEAST_NAMED = 24;
const LEAST_DRAWN = 0.5;

interface Bar {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly level: number;
  readonly kind: "call" | "forward" | "backward";
}

/**
 * Where the time of a call goes, as a flame chart: the call on top, below it layers, what they consist of, and kernels; a
 * bar is as wide as it takes time, the longest on the left. What belongs to gradients has another colour.
 * @throws RangeError for a profile without kernels
 * @example
 * const x = input("x", [64, 64]);
 * const step = compile({ inputs: { x }, outputs: sum(matmul(x, x)) });
 * const svg = await flameChart(step.profile({ x: new Float32Array(64 * 64) }));
 * svg.startsWith("<svg"); // → true
 */
export async function flameChart(profile: Profile, options: ChartOptions = {}): Promise<string> {
  checkOptionNames("flameChart", options, "title width height dark");
  const { kernels } = profile;
  const total = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  if (!(total > 0)) throw new RangeError("flameChart: a profile without kernels");
  const { title = "Where the time of a call goes", width = 720, dark } = options;
  const bars = barsOf(kernels, total, (LEAST_DRAWN / width) * total);
  const levels = 1 + Math.max(...bars.map(({ level }) => level));
  const { height = levels * ROW } = options;
  const labels = bars.flatMap((bar) => {
    const name = fitting(bar.name, ((bar.to - bar.from) / total) * width - 8);
    return name === undefined ? [] : [{ ...bar, name, middle: bar.level + 0.5 }];
  });
  const x = {
    field: "from",
    type: "quantitative" as const,
    title: "milliseconds of a call",
    scale: { domain: [0, total], nice: false },
    axis: { grid: false, tickCount: 8 },
  };
  const y = { type: "quantitative" as const, scale: { domain: [levels, 0], nice: false }, axis: null };
  return drawChart(
    {
      ...titled(title),
      width,
      height,
      layer: [
        {
          data: { values: bars.map((bar) => ({ ...bar, below: bar.level + 1 })) },
          mark: { type: "rect", stroke: palette.paper, strokeWidth: 1, aria: false },
          encoding: {
            x,
            x2: { field: "to" },
            y: { ...y, field: "level" },
            y2: { field: "below" },
            color: {
              field: "kind",
              type: "nominal",
              scale: { domain: Object.keys(colours), range: Object.values(colours) },
              legend: {
                title: null,
                orient: "bottom",
                values: ["forward", "backward"],
                symbolType: "square",
              },
            },
          },
        },
        {
          data: { values: labels },
          mark: { type: "text", align: "left", baseline: "middle", dx: 4, fontSize: FONT_SIZE, color: ink },
          encoding: {
            x,
            y: { ...y, field: "middle" },
            text: { field: "name", type: "nominal" },
          },
        },
      ],
    },
    dark,
  );
}

/** Light enough for dark letters, on dark pages too. */
const colours = { call: "#c9d1da", forward: "#8fc1e3", backward: "#f2a878" };
const ink = "#16202a";

/** A name as long as there is room; undefined where there is none. */
function fitting(name: string, room: number): string | undefined {
  if (room + 8 < LEAST_NAMED) return undefined;
  if (textWidth(name, FONT_SIZE) <= room) return name;
  let length = name.length - 1;
  while (length > 0 && textWidth(`${name.slice(0, length)}…`, FONT_SIZE) > room) length--;
  return length > 1 ? `${name.slice(0, length)}…` : undefined;
}

/** A part of the call: its own parts, or a kernel. */
interface Part {
  readonly name: string;
  readonly kernels: ProfiledKernel[];
}

/** The bars of all levels; those narrower than `least` are left out, and so is what they consist of. */
function barsOf(kernels: readonly ProfiledKernel[], total: number, least: number): Bar[] {
  const bars: Bar[] = [{ name: "call", from: 0, to: total, level: 0, kind: "call" }];
  const place = (some: readonly ProfiledKernel[], level: number, begin: number): void => {
    let from = begin;
    for (const { name, kernels } of partsOf(some, level - 1)) {
      const to = from + timeOf(kernels);
      if (to - from >= least) {
        bars.push({ name, from, to, level, kind: kernels[0]!.backward ? "backward" : "forward" });
        if (kernels.length > 1 || kernels[0]!.path.length >= level) place(kernels, level + 1, from);
      }
      from = to;
    }
  };
  place(kernels, 1, 0);
  return bars;
}

const timeOf = (kernels: readonly ProfiledKernel[]): number =>
  kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);

/** Kernels by the region at a depth, forwards and backwards apart; those that lie in none there by themselves. The longest first. */
function partsOf(kernels: readonly ProfiledKernel[], depth: number): Part[] {
  const parts = new Map<string, Part>();
  kernels.forEach((kernel, i) => {
    const region = kernel.path[depth];
    const key = region === undefined ? `kernel ${i}` : JSON.stringify([region, kernel.backward]);
    const suffix = region !== undefined && depth === 0 && kernel.backward ? ", backward" : "";
    const part = parts.get(key) ?? {
      name: region === undefined ? kernel.name : region + suffix,
      kernels: [],
    };
    part.kernels.push(kernel);
    parts.set(key, part);
  });
  return [...parts.values()].sort((a, b) => timeOf(b.kernels) - timeOf(a.kernels));
}
