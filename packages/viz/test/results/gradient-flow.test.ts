import { gradientFlow } from "@org/viz";
import { expect, test } from "vitest";
import { readChart, textProblems } from "./read-chart.ts";

const norms = Array.from({ length: 30 }, (_, t) => 10 ** (t - 29));

test("a line and an entry of the legend per network, steps counted from 1", async () => {
  const chart = readChart(
    await gradientFlow([
      { name: "RNN", norms },
      { name: "LSTM", norms: norms.map(Math.sqrt) },
    ]),
  );
  expect(chart.of("legend-label")).toEqual(["RNN", "LSTM"]);
  expect(chart.lines.map((line) => line.length)).toEqual([30, 30]);
  expect(chart.lines[0]![0]).toEqual([0, 300]);
  expect(chart.lines[0]!.at(-1)).toEqual([560, 0]);
  expect(chart.of("axis-title")).toEqual(["time step", "‖∂L/∂hₜ‖"]);
  expect(textProblems(chart)).toEqual([]);
});

test("the axis is logarithmic: equal ratios have equal heights, powers of ten are written as such", async () => {
  const chart = readChart(await gradientFlow([{ name: "RNN", norms }]));
  const heights = chart.lines[0]!.map(([, y]) => y);
  const steps = heights.slice(1).map((y, i) => heights[i]! - y);
  for (const step of steps) expect(step).toBeCloseTo(300 / 29, 2);
  const labels = chart.of("axis-label").filter((label) => /10[⁻⁰¹²³⁴-⁹]/.test(label));
  expect(labels).toEqual(["10⁻²⁹", "10⁻²⁵", "10⁻²¹", "10⁻¹⁷", "10⁻¹³", "10⁻⁹", "10⁻⁵"]);
});

test("the ends of what doubles hold are drawn", async () => {
  const chart = readChart(await gradientFlow([{ name: "RNN", norms: [5e-324, 1, 1.7e308] }]));
  expect(chart.lines[0]).toHaveLength(3);
  expect(chart.of("axis-label").at(-1)).toMatch(/^10/);
  expect(textProblems(chart)).toEqual([]);
});

test("norms of 0, NaN and infinity have marks of their own and a note", async () => {
  const svg = await gradientFlow([
    { name: "RNN", norms: [Number.NaN, Number.POSITIVE_INFINITY, 1, 0, 0.5, 0.1] },
  ]);
  const chart = readChart(svg);
  expect(chart.of("title-subtitle")).toEqual(["▽ exactly 0: 1 step · ✕ not finite: 2 steps"]);
  expect(chart.lines.flat()).toHaveLength(3);
  expect(chart.marks.symbol!.filter((mark) => mark.includes('stroke="#000000"'))).toHaveLength(2);
  // The lone step between two gaps is a point.
  expect(chart.marks.symbol).toHaveLength(4);
});

test("nothing but zeros, and a single step, are charts", async () => {
  for (const only of [[0, 0], [0.5], [Number.NaN]]) {
    const chart = readChart(await gradientFlow([{ name: "RNN", norms: only }]));
    expect(chart.marks.symbol).toHaveLength(only.length);
    expect(textProblems(chart)).toEqual([]);
  }
});

test("ten thousand steps are one line", async () => {
  const long = Float64Array.from({ length: 10_000 }, (_, t) => 0.999 ** t);
  const chart = readChart(await gradientFlow([{ name: "RNN", norms: long }]));
  expect(chart.lines.map((line) => line.length)).toEqual([10_000]);
  expect(textProblems(chart)).toEqual([]);
});

test("names are text", async () => {
  const svg = await gradientFlow([
    { name: '<script>alert("σ")</script>\u0000\ud800 שלום 😀', norms: [1, 2] },
  ]);
  expect(svg).not.toContain("<script>");
  expect(svg).not.toContain("\u0000");
  expect(svg).toContain("😀");
});

test("what cannot be drawn is refused", async () => {
  await expect(gradientFlow([])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: gradientFlow: no networks to draw]`,
  );
  await expect(gradientFlow([{ name: "RNN", norms: [] }])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: gradientFlow: "RNN" has no steps]`,
  );
  await expect(gradientFlow([{ name: "RNN", norms: [1, -2] }])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: gradientFlow: a norm is not negative, "RNN" has -2 at index 1]`,
  );
  const twice = { name: "RNN", norms: [1] };
  await expect(gradientFlow([twice, twice])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: gradientFlow: two networks have the name "RNN"]`,
  );
});
