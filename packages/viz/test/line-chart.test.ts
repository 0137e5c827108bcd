import { lineChart } from "@org/viz";
import fc from "fast-check";
import { expect, test } from "vitest";
import { smoothed, thinned } from "../src/results/thinned.ts";
import { readChart } from "./results/read-chart.ts";

const lines = (svg: string): string[] =>
  [...svg.matchAll(/<path aria-label[^>]*aria-roledescription="line mark" d="([^"]*)"/g)].map(([, d]) => d!);

test("a line and an entry of the legend per series, with title and axes", async () => {
  const svg = await lineChart(
    [
      { name: "training", y: [3, 2, 1.5] },
      { name: "held-out", x: [0, 2], y: Float32Array.of(3.2, 2) },
    ],
    { title: "Loss", xLabel: "epoch", yLabel: "nats", width: 300, height: 200 },
  );
  expect(lines(svg)).toHaveLength(2);
  for (const text of ["training", "held-out", "Loss", "epoch", "nats"]) expect(svg).toContain(`>${text}<`);
  expect(lines(svg)[0]!.startsWith("M0,")).toBe(true);
  expect(lines(svg)[0]).toMatch(/L300,[\d.]+$/);
});

test("what is not finite leaves a gap, and so does what a logarithm does not take", async () => {
  expect(lines(await lineChart([{ name: "a", y: [1, 2, Number.NaN, 2, 1] }]))).toHaveLength(2);
  const drawn = await lineChart([{ name: "a", y: [1, 0.1, 0, 0.01, -1] }], { logY: true, height: 200 });
  expect(lines(drawn)).toHaveLength(2);
});

test("equal ratios have equal heights on a logarithmic axis", async () => {
  const [line] = lines(await lineChart([{ name: "a", y: [1, 0.1, 0.01] }], { logY: true, height: 200 }));
  const heights = [...line!.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
  expect(heights).toEqual([0, 100, 200]);
});

test("names are text", async () => {
  const svg = await lineChart([{ name: '<script>alert("σ")</script>', y: [1, 2] }], { title: "a & b" });
  expect(svg).not.toContain("<script>");
  expect(svg).toContain("a &amp; b");
});

test("the same data give the same bytes; nothing to draw, and equal names, are refused", async () => {
  const draw = () => lineChart([{ name: "a", y: [1, 4, 2] }], { title: "again", hover: true });
  expect(await draw()).toBe(await draw());
  await expect(lineChart([])).rejects.toThrow("lineChart: no series to draw");
  await expect(lineChart([{ name: "a", y: [] }])).rejects.toThrow('lineChart: "a" has no points');
  const twice = [1, 2].map((y) => ({ name: "a", y: [y] }));
  await expect(lineChart(twice)).rejects.toThrow('lineChart: two series have the name "a"');
  await expect(lineChart([{ name: "a", y: [1] }], { smooth: 1 })).rejects.toThrow("smooth: expected");
  const at = (x: number, logX: boolean) => lineChart([{ name: "a", x: [1, x], y: [1, 2] }], { logX });
  await expect(at(Number.NaN, false)).rejects.toThrow("not finite, NaN at index 1");
  await expect(at(0, true)).rejects.toThrow("not above 0, 0 at index 1");
});

const symbols = (svg: string, role: string): number => svg.split(`aria-roledescription="${role}"`).length - 1;

test("a point without neighbours is a dot, what cannot be drawn is marked and counted", async () => {
  expect(symbols(await lineChart([{ name: "a", y: [2] }]), "point")).toBe(1);
  const odd = [1, Number.NaN, 2, Number.POSITIVE_INFINITY, 1, 2];
  const svg = await lineChart([{ name: "a", y: odd }]);
  expect(svg).toContain(">✕ not finite: 2 values<");
  // Two dots for 1 and 2, two crosses.
  expect(symbols(svg, "point")).toBe(4);
  const low = await lineChart([{ name: "a", y: [1, 0, -1, 2, 4] }], { logY: true });
  expect(low).toContain(">▽ not above 0: 2 values<");
  expect(await lineChart([{ name: "a", y: [Number.NaN] }])).toContain(">✕ not finite: 1 value<");
});

test("a million points are thinned to what pixels show", async () => {
  let state = 1;
  const y = Float64Array.from({ length: 1e6 }, (_, i) => {
    state = (state * 16807) % 2147483647;
    return Math.sin(i / 50_000) + state / 2147483647 + (i === 654_321 ? 9 : 0);
  });
  const svg = await lineChart([{ name: "a", y }]);
  expect(svg.length).toBeLessThan(300_000);
  // The one point that stands out does.
  const heights = [...lines(svg)[0]!.matchAll(/,([\d.]+)/g)].map(([, height]) => Number(height));
  expect([...heights].sort((a, b) => a - b)[1]! - Math.min(...heights)).toBeGreaterThan(100);
});

test("of every column of pixels the first, the lowest, the highest and the last are kept, in their order", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.integer({ min: -5, max: 5 })), { minLength: 1 }), (pairs) => {
      const points = pairs.map(([x, y]) => ({ x, y }));
      const kept = thinned(points, (x) => x);
      const places = kept.map((point) => points.indexOf(point));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      for (let x = 0; x < 10; x++) {
        const of = (some: typeof points) => some.flatMap((point) => (point.x === x ? [point.y] : []));
        const [all, few] = [of(points), of(kept)];
        if (all.length === 0) continue;
        expect([few[0], few.at(-1), Math.min(...few), Math.max(...few)]).toEqual([
          all[0],
          all.at(-1),
          Math.min(...all),
          Math.max(...all),
        ]);
      }
    }),
  );
});

test("the moving mean and its band are those of pandas' ewm", async () => {
  // pandas 2.2: s.ewm(alpha=0.4).mean(), and (s ** 2).ewm(alpha=0.4).mean() for the deviation.
  const points = [1, 3, 2, 5].map((y, x) => ({ x, y }));
  const got = smoothed(points, 0.6);
  [1, 2.25, 2.122448979591837, 3.4448529411764706].forEach((mean, i) => {
    expect(got[i]!.y).toBeCloseTo(mean, 12);
    const weights = points.slice(0, i + 1).map((_, k) => 0.6 ** (i - k));
    const total = weights.reduce((a, b) => a + b, 0);
    const variance = weights.reduce((sum, weight, k) => sum + weight * (points[k]!.y - mean) ** 2, 0) / total;
    expect(got[i]!.high - mean).toBeCloseTo(Math.sqrt(variance), 12);
    expect(mean - got[i]!.low).toBeCloseTo(Math.sqrt(variance), 12);
  });
  expect(await lineChart([{ name: "a", y: [1, 3, 2, 5] }], { smooth: 0.6 })).toContain('class="mark-area');
});

test("a logarithmic x axis, names at the ends of lines, numbers under the pointer, dark pages", async () => {
  const x = [1, 10, 100];
  const [line] = lines(await lineChart([{ name: "a", x, y: [0, 1, 2] }], { logX: true, width: 300 }));
  expect([...line!.matchAll(/[ML]([\d.]+),/g)].map(([, at]) => Math.round(Number(at)))).toEqual([
    0, 150, 300,
  ]);
  const series = ["one", "two", "three"].map((name, i) => ({ name, y: [i, 1 + i / 1000] }));
  const direct = await lineChart(series, { labels: "direct", hover: true, xLabel: "step" });
  const texts = readChart(direct).texts.filter(({ content }) => series.some(({ name }) => name === content));
  expect(texts).toHaveLength(3);
  const tops = texts.map(({ top }) => top).sort((a, b) => a - b);
  expect(tops[1]! - tops[0]!).toBeGreaterThanOrEqual(14.9);
  expect(tops[2]! - tops[1]!).toBeGreaterThanOrEqual(14.9);
  expect(direct).toContain("<title>step 1.00\none: 1.00\ntwo: 1.00\nthree: 1.00</title>");
  const dark = await lineChart(series, { dark: true });
  expect(dark).not.toMatch(/(fill|stroke)="(#ffffff|#1f2933|#000000)"/);
});

test("a single point has one tick on each axis, with its number as it is", async () => {
  for (const [x, y] of [
    [0, 0.69],
    [12, -1.5],
    [1e7, 3],
  ] as const) {
    const { texts } = readChart(await lineChart([{ name: "loss", x: [x], y: [y] }]));
    const ticks = texts.flatMap(({ content }) => (content === "loss" ? [] : content)).sort();
    expect(ticks).toEqual([String(x), String(y).replace("-", "−")].sort());
  }
});

test("a series has a position for each height", async () => {
  await expect(lineChart([{ name: "a", x: [1], y: [1, 2] }])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: lineChart: "a" has 1 positions for 2 heights]`,
  );
});
