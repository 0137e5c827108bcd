import { array } from "@org/core";
import { heatmap } from "@org/viz";
import { expect, test } from "vitest";
import { binned } from "../../src/results/grid.ts";
import { readChart, textProblems } from "./read-chart.ts";

const fills = (svg: string): string[] =>
  readChart(svg).marks.rect!.map((tag) => /fill="([^"]*)"/.exec(tag)![1]!);
const grid = (time: number, units: number, value: (t: number, unit: number) => number): number[][] =>
  Array.from({ length: time }, (_, t) => Array.from({ length: units }, (_, unit) => value(t, unit)));

test("a cell per value, time to the right, the legend beside", async () => {
  const svg = await heatmap(
    [
      [0, 0.5],
      [1, 0.25],
      [0.75, 0],
    ],
    { valueLabel: "z", width: 30, height: 20 },
  );
  const chart = readChart(svg);
  const places = chart.marks.rect!.map((tag) => /d="M([^"h]*)h/.exec(tag)![1]);
  expect(places).toEqual(["0,0", "0,10", "10,0", "10,10", "20,0", "20,10"]);
  expect(chart.of("legend-title")).toEqual(["z"]);
  expect(chart.of("axis-title")).toEqual(["time step", "unit"]);
  expect(textProblems(chart)).toEqual([]);
});

test("an array of core is drawn as nested arrays are", async () => {
  const nested = [
    [1, -2, 3],
    [4, 5, 6],
  ];
  expect(await heatmap(array(nested))).toBe(await heatmap(nested));
});

test("negative values make the ramp diverge about 0", async () => {
  expect(fills(await heatmap([[-1, 0, 0.5, 1]]))).toEqual([
    "rgb(0, 84, 138)",
    "rgb(246, 246, 244)",
    "rgb(235, 162, 94)",
    "rgb(168, 74, 0)",
  ]);
  expect(fills(await heatmap([[0, 1]]))).toEqual(["rgb(244, 247, 250)", "rgb(0, 84, 138)"]);
});

test("values beyond the range take its colours", async () => {
  const [least, below, above, greatest] = fills(await heatmap([[-1, -5, 9, 1]], { range: [-1, 1] }));
  expect([below, above]).toEqual([least, greatest]);
});

test("equal ratios have equal steps of colour with log; 0 stays blank", async () => {
  const svg = await heatmap([[1e-8, 1e-4, 1, 0]], { log: true });
  expect(fills(svg)).toEqual(["rgb(244, 247, 250)", "rgb(114, 174, 216)", "rgb(0, 84, 138)"]);
  expect(readChart(svg).of("title-subtitle")).toEqual(["□ exactly 0: 1 value"]);
  expect(readChart(svg).of("legend-label")).toEqual(["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "1"]);
});

test("NaN and infinity are black, and counted", async () => {
  const svg = await heatmap([
    [1, Number.NaN],
    [Number.NEGATIVE_INFINITY, 0],
  ]);
  expect(fills(svg).filter((fill) => fill === "#000000")).toHaveLength(2);
  expect(readChart(svg).of("title-subtitle")).toEqual(["■ not finite: 2 values"]);
});

test("values that are all the same, or all not finite, are drawn", async () => {
  for (const value of [0, 3, -3, Number.NaN]) {
    const chart = readChart(await heatmap([[value, value]]));
    expect(chart.marks.rect).toHaveLength(2);
    expect(textProblems(chart)).toEqual([]);
  }
  expect(readChart(await heatmap([[2, 2]], { log: true })).marks.rect).toHaveLength(2);
});

test("ten thousand steps are drawn in groups, each by its value farthest from 0", async () => {
  const values = grid(10_000, 2, (t, unit) => (t === 5000 && unit === 1 ? -9 : 0.1));
  const chart = readChart(await heatmap(values));
  expect(chart.marks.rect).toHaveLength(179 * 2);
  expect(chart.marks.rect!.filter((tag) => tag.includes("rgb(0, 84, 138)"))).toHaveLength(1);
  expect(chart.of("title-subtitle")).toEqual(["a cell: 56 steps × 1 unit, its value farthest from 0"]);
  expect(textProblems(chart)).toEqual([]);
});

test("a group with a value that is not finite is not finite", () => {
  const rows = [
    [1, Number.NaN],
    [Number.NEGATIVE_INFINITY, 2],
    [5, -7],
  ].map((row) => Float64Array.from(row));
  expect(binned(rows, { time: 2, units: 9 })).toEqual({
    rows: [Float64Array.of(Number.NEGATIVE_INFINITY, Number.NaN), Float64Array.of(5, -7)],
    steps: 2,
    units: 1,
  });
});

test("what cannot be drawn is refused", async () => {
  await expect(heatmap([])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: heatmap: no values to draw]`,
  );
  await expect(heatmap([[], []])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: heatmap: no values to draw]`,
  );
  await expect(heatmap([[1, 2], [3]])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: heatmap: rows of different lengths: 2 values at step 0, 1 at step 1]`,
  );
  await expect(heatmap(array([1, 2]))).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: heatmap: expected an array [time, units], received [2]]`,
  );
  await expect(heatmap([[1, -1]], { log: true })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: heatmap: no logarithm of a negative value, -1]`,
  );
  await expect(heatmap([[1]], { range: [1, 1] })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: heatmap: a range needs low < high, received 1, 1]`,
  );
});

test("layers have names, as many as fit, and each its own row", async () => {
  const values = Array.from({ length: 4 }, (_, t) => Array.from({ length: 300 }, (_, i) => t + i));
  const names = Array.from({ length: 300 }, (_, i) => `layer.${i} <W>`);
  const chart = readChart(await heatmap(values, { names, height: 600 }));
  expect(textProblems(chart)).toEqual([]);
  const written = chart.texts.filter(({ content }) => content.startsWith("layer"));
  expect(written[0]!.content).toBe("layer.0 <W>");
  expect(written.length).toBeGreaterThan(30);
  await expect(heatmap(values, { names: ["a"] })).rejects.toThrow("heatmap: 1 names for 300 units");
});
