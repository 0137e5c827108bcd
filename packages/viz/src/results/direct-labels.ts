import type { TopLevelSpec } from "vega-lite";
import { seriesEncoding } from "./chart.ts";

interface Ends {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Of the band around it. */
  readonly low?: number;
  readonly high?: number;
}

/** Between two labels, in pixels. */
const APART = 15;

/** The names of series beside the ends of their lines, moved apart where they would meet; and the axis that they need. */
export function directLabels(
  rows: readonly Ends[],
  names: readonly string[],
  { height, logY }: { readonly height: number; readonly logY: boolean },
): {
  scale: { type: "log" | "linear"; domain: [number, number]; nice: false };
  layers: Extract<TopLevelSpec, { layer: unknown }>["layer"];
} {
  const domain = domainOf(
    rows.flatMap(({ y, low = y, high = y }) => [y, low, high]),
    logY,
  );
  const along = logY ? Math.log : (y: number): number => y;
  const [low, high] = domain.map(along) as [number, number];
  const place = (y: number): number => height * (1 - (along(y) - low) / (high - low));
  const ends = names.flatMap((name) => {
    const last = rows
      .filter((row) => row.name === name)
      .reduce<Ends | undefined>((best, row) => (best && best.x > row.x ? best : row), undefined);
    return last ? [{ name, x: last.x, y: place(last.y) }] : [];
  });
  const order = [...ends].sort((a, b) => a.y - b.y);
  const apart = movedApart(order.map(({ y }) => y));
  const values = order.map((end, i) => ({ ...end, label: apart[i]! }));
  return {
    scale: { type: logY ? "log" : "linear", domain, nice: false },
    layers: values.map((value) => ({
      data: { values: [value] },
      mark: { type: "text", align: "left", baseline: "middle", dx: 8, fontSize: 12, fontWeight: "bold" },
      encoding: {
        y: { value: value.label },
        text: { field: "name", type: "nominal" },
        color: { ...seriesEncoding(names).color, legend: null },
      },
    })),
  };
}

/** Heights in ascending order, as near as can be to where they were with room between them. */
function movedApart(wanted: readonly number[]): number[] {
  // Pools of labels that touch each other stand around the mean of what they want.
  const pools: { sum: number; size: number }[] = [];
  wanted.forEach((at, i) => {
    let pool = { sum: at - i * APART, size: 1 };
    for (let last = pools.at(-1); last && last.sum / last.size > pool.sum / pool.size; last = pools.at(-1)) {
      pools.pop();
      pool = { sum: last.sum + pool.sum, size: last.size + pool.size };
    }
    pools.push(pool);
  });
  return pools
    .flatMap(({ sum, size }) => Array.from({ length: size }, () => sum / size))
    .map((at, i) => at + i * APART);
}

/** From a round number below all values to one above. */
function domainOf(values: readonly number[], log: boolean): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (log) {
    const [a, b] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)];
    return [10 ** a, 10 ** Math.max(b, a + 1)];
  }
  if (low === high) return [low - 0.5, high + 0.5];
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((part) => part * power >= rough) ?? 10);
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
}
