import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { AlignedData, Options, Series } from "uplot";
import { language, number, scientific } from "../words/language.ts";
import { calm, dark } from "./scheme.ts";

export interface Line {
  readonly label: string;
  /** A custom property of the page's style, such as `--line-1`. */
  readonly color: string;
  /** `true`: points on the line; `"alone"`: points without it. */
  readonly points?: boolean | "alone";
}

interface ChartProps {
  /** What the chart shows, for who does not see it: its title and where its lines are. */
  readonly label: string;
  readonly lines: readonly Line[];
  /** What the axes are. */
  readonly x: string;
  readonly y: string;
  /** Abscissas, then a list for each line; null where it has no value. Read when the chart is drawn. */
  data(): AlignedData;
  /** Changes when there is something new. */
  readonly version: number;
  readonly logY?: boolean;
  readonly height?: number;
}

/** A live chart. It draws a few times a second at most; where the reader wants little motion, once. */
export function Chart(props: ChartProps): JSX.Element {
  const { label, lines, x, y, data, version, logY = false, height = 190 } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<{ setData(data: AlignedData): void; destroy(): void } | undefined>(undefined);
  const read = useRef(data);
  read.current = data;
  const isDark = dark.value;
  // The program that draws is loaded when there is something to draw.
  const isEmpty = (data()[0]?.length ?? 0) === 0;
  const names = [language.value, x, y, ...lines.map(({ label }) => label)].join("|");

  useEffect(() => {
    if (isEmpty) return;
    let ended = false;
    let observer: ResizeObserver | undefined;
    void import("./plot.ts").then(({ UPlot }) => {
      const element = place.current;
      if (ended || !element) return;
      const width = (): number => Math.max(120, element.clientWidth);
      const made = new UPlot(
        optionsOf(element, { lines, x, y, logY, width: width(), height }),
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
    <div
      class="chart"
      ref={place}
      role="img"
      aria-label={label}
      style={{ minHeight: `${height + (lines.length > 1 ? 30 : 0)}px` }}
    />
  );
}

interface Sizes {
  readonly logY: boolean;
  readonly width: number;
  readonly height: number;
}

function optionsOf(
  element: Element,
  { lines, x, y, logY, width, height }: Pick<ChartProps, "lines" | "x" | "y"> & Sizes,
): Options {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const font = "12px system-ui, sans-serif";
  const rule = { stroke: color("--grid"), width: 1 };
  const powers = logY ? { ...rule, filter: onlyPowers } : rule;
  const axis = { stroke: color("--muted"), font, labelFont: font, labelSize: 18, labelGap: 0, values: plain };
  return {
    width,
    height,
    cursor: { drag: { x: false, y: false } },
    legend: { live: false, show: lines.length > 1 },
    scales: { x: { time: false }, y: logY ? { distr: 3 } : {} },
    axes: [
      { ...axis, label: x, size: 32, grid: rule, ticks: rule },
      { ...axis, label: y, size: 48, grid: powers, ticks: powers, ...(logY && { values: ofPowers }) },
    ],
    series: [
      {},
      ...lines.map(
        ({ label, color: name, points = false }): Series => ({
          label,
          stroke: color(name),
          width: 1.5,
          spanGaps: true,
          points: {
            show: points !== false,
            size: points === "alone" ? 7 : 5,
            ...(points === "alone" && { fill: color(name) }),
          },
          ...(points === "alone" && { paths: () => null }),
        }),
      ),
    ],
  };
}

type Ticks = readonly (number | null)[];

const plain = (_: unknown, ticks: Ticks): string[] =>
  ticks.map((tick) =>
    tick === null ? "" : tick.toLocaleString(language.value, { maximumFractionDigits: 6 }),
  );

const isPower = (tick: number): boolean => {
  const power = Math.log10(tick);
  return Math.abs(power - Math.round(power)) < 1e-9;
};

/** A logarithmic axis has lines and numbers at the powers of ten. */
const onlyPowers = (_: unknown, ticks: Ticks): (number | null)[] =>
  ticks.map((tick) => (tick !== null && isPower(tick) ? tick : null));

const ofPowers = (_: unknown, ticks: Ticks): string[] =>
  onlyPowers(_, ticks).map((tick) => {
    if (tick === null) return "";
    const power = Math.round(Math.log10(tick));
    return Math.abs(power) <= 3 ? number(tick, Math.max(0, -power)) : scientific(tick, 0).replace("1·", "");
  });
