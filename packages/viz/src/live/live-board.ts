import { lineChart } from "../line-chart.ts";
import { heatmap } from "../results/heatmap.ts";
import { type GateSaturation, saturationChart } from "../results/saturation-chart.ts";
import { History } from "./history.ts";

/** What a live page shows beside the curves of all metrics. */
export interface LiveOptions {
  /** Default "Training". */
  readonly title?: string;
  /** Norms of gradients by layer, as they are now; drawn over steps and layers. Default: none. */
  gradients?(): Readonly<Record<string, number>>;
  /** How often gates are nearly shut or open, as nn's `saturation` tells. Default: none. */
  gates?(): readonly GateSaturation[];
  /** A text that the network makes now. Default: none. */
  sample?(): string | Promise<string>;
  /** A picture as SVG, such as `renderSvg(loss, { unroll: 3, feeds })`, coloured by the gradients of now. Default: none. */
  graph?(): string | Promise<string>;
  /** Milliseconds between two drawings at least; drawing takes a tenth of the time at most. Default 1000. */
  readonly every?: number;
}

/** A part of the page: a picture, or a text. */
export interface LiveSection {
  readonly id: string;
  readonly title: string;
  readonly svg?: string;
  readonly text?: string;
}

/** A callback of `train` (`@org/optim`), which takes any object of this shape. */
export interface LiveCallback {
  start(event: { readonly step: number }): Promise<void>;
  step(event: { readonly step: number; readonly metrics: object }): Promise<void>;
  validation(event: { readonly step: number; readonly metrics: object }): Promise<void>;
  end(): Promise<void>;
}

/** Gathers what training measures, draws it from time to time, and hands the sections over. */
export function liveBoard(
  options: LiveOptions,
  show: (sections: readonly LiveSection[]) => void | Promise<void>,
): LiveCallback {
  const { every = 1000 } = options;
  const history = new History();
  let next = 0;
  let at = 0;
  const draw = async (): Promise<void> => {
    const start = performance.now();
    if (options.gradients) history.look(at, options.gradients());
    await show(await sectionsOf(history, options));
    const end = performance.now();
    next = end + Math.max(every, 9 * (end - start));
  };
  const add = (series: string, step: number, metrics: object): void => {
    at = step;
    for (const [name, value] of Object.entries(metrics)) history.add(name, series, step, Number(value));
  };
  return {
    start: async ({ step }) => {
      at = step;
      await show([]);
    },
    step: async ({ step, metrics }) => {
      add("training", step, metrics);
      if (performance.now() >= next) await draw();
    },
    validation: async ({ step, metrics }) => add("validation", step, metrics),
    end: draw,
  };
}

async function sectionsOf(history: History, options: LiveOptions): Promise<LiveSection[]> {
  const sections: LiveSection[] = [];
  for (const [metric, series] of history.curves()) {
    const svg = await lineChart(series, {
      title: metric,
      xLabel: "step",
      hover: true,
      ...(series.length > 1 && { labels: "direct" }),
    });
    sections.push({ id: `metric ${metric}`, title: metric, svg });
  }
  const norms = history.norms();
  if (norms) {
    const { names, rows, steps } = norms;
    const svg = await heatmap(
      rows.map((row) => row.map((norm) => (norm < 0 ? Number.NaN : norm))),
      {
        title: "Gradients over steps and layers",
        names,
        log: true,
        valueLabel: "‖∂L/∂W‖",
        xLabel: `look, from step ${steps[0]} to ${steps.at(-1)}`,
        height: Math.min(420, Math.max(60, 16 * names.length)),
      },
    );
    sections.push({ id: "gradients", title: "Gradients", svg });
  }
  const gates = options.gates?.();
  if (gates && gates.length > 0)
    sections.push({ id: "gates", title: "Gates", svg: await saturationChart(gates) });
  if (options.graph) sections.push({ id: "graph", title: "Graph", svg: await options.graph() });
  if (options.sample) sections.push({ id: "sample", title: "Sample", text: await options.sample() });
  return sections;
}
