import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { AlignedData, Options, Series } from "uplot";
import { calm, dark } from "./scheme.ts";

export interface Line {
  readonly label: string;
  /** A custom property of the page's style, such as `--line-1`. */
  readonly color: string;
  readonly points?: boolean;
}

interface ChartProps {
  /** What the chart shows, for who does not see it: its title and where its lines are. */
  readonly label: string;
  readonly lines: readonly Line[];
  /** Abscissas, then a list for each line; null where it has no value. Read when the chart is drawn. */
  data(): AlignedData;
  /** Changes when there is something new. */
  readonly version: number;
  readonly logY?: boolean;
  readonly height?: number;
}

/** A live chart. It draws a few times a second at most; where the reader wants little motion, once. */
export function Chart({ label, lines, data, version, logY = false, height = 180 }: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<{ setData(data: AlignedData): void; destroy(): void } | undefined>(undefined);
  const read = useRef(data);
  read.current = data;
  const isDark = dark.value;
  // The program that draws is loaded when there is something to draw.
  const isEmpty = (data()[0]?.length ?? 0) === 0;
  const names = lines.map(({ label }) => label).join("|");

  useEffect(() => {
    if (isEmpty) return;
    let ended = false;
    let observer: ResizeObserver | undefined;
    void import("./plot.ts").then(({ UPlot }) => {
      const element = place.current;
      if (ended || !element) return;
      const width = (): number => Math.max(120, element.clientWidth);
      const made = new UPlot(
        optionsOf(element, { lines, logY, width: width(), height }),
        read.current(),
        element,
      );
      for (const canvas of element.querySelectorAll("canvas")) canvas.setAttribute("aria-hidden", "true");
      plot.current = made;
      observer = new ResizeObserver(() => made.setSize({ width: width(), height }));
      observer.observe(element);
    });
    return () => {
      ended = true;
      observer?.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [isDark, logY, height, names, isEmpty]);

  const pending = useRef(0);
  useEffect(() => {
    if (pending.current) return;
    pending.current = window.setTimeout(
      () => {
        pending.current = 0;
        plot.current?.setData(read.current());
      },
      calm() ? 1000 : 200,
    );
  }, [version]);
  useEffect(() => () => clearTimeout(pending.current), []);

  return (
    <div class="chart" ref={place} role="img" aria-label={label} style={{ minHeight: `${height + 30}px` }} />
  );
}

function optionsOf(
  element: Element,
  { lines, logY, width, height }: { lines: readonly Line[]; logY: boolean; width: number; height: number },
): Options {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--grid"), width: 1 },
    ticks: { stroke: color("--grid"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  return {
    width,
    height,
    cursor: { drag: { x: false, y: false } },
    legend: { live: false, show: lines.length > 1 },
    scales: { x: { time: false }, y: logY ? { distr: 3 } : {} },
    axes: [axis, { ...axis, size: 54, ...(logY && { values: powers }) }],
    series: [
      {},
      ...lines.map(
        ({ label, color: name, points = false }): Series => ({
          label,
          stroke: color(name),
          width: 1.5,
          spanGaps: true,
          points: { show: points, size: 5 },
        }),
      ),
    ],
  };
}

/** Ticks of a logarithmic axis: powers of ten, the others without a number. */
const powers = (_: unknown, ticks: readonly (number | null)[]): string[] =>
  ticks.map((tick) => {
    if (tick === null) return "";
    const power = Math.log10(tick);
    if (Math.abs(power - Math.round(power)) > 1e-9) return "";
    return Math.abs(power) <= 3 ? String(Number(tick.toPrecision(1))) : tick.toExponential(0);
  });
