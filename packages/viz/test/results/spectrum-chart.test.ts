import { spectrumChart } from "@org/viz";
import { expect, test } from "vitest";
import { readChart, textProblems } from "./read-chart.ts";

test("the unit circle is round: both axes have the same scale", async () => {
  const chart = readChart(
    await spectrumChart(
      [
        { re: 2, im: 0 },
        { re: 0, im: 0.5 },
      ],
      { width: 448 },
    ),
  );
  // From -2.24 to 2.24 over 448 pixels: 100 pixels are 1.
  for (const [x, y] of chart.lines[0]!) expect(Math.hypot(x - 224, y - 224)).toBeCloseTo(100, 1);
  const places = chart.marks.symbol!.map((tag) => /translate\(([^)]*)\)/.exec(tag)![1]);
  expect(places).toEqual(["224,224", "424,224", "224,174"]);
  expect(chart.of("axis-label").slice(0, 5)).toEqual(["−2", "−1", "0", "1", "2"]);
  expect(textProblems(chart)).toEqual([]);
});

test("the note tells the spectral radius of each matrix, and what is not finite", async () => {
  const svg = await spectrumChart([
    {
      name: "W",
      eigenvalues: [
        { re: 3, im: 4 },
        { re: 0.6, im: -0.8 },
      ],
    },
    {
      name: "U",
      eigenvalues: [
        { re: 0.5, im: 0 },
        { re: Number.NaN, im: 0 },
      ],
    },
  ]);
  const chart = readChart(svg);
  expect(chart.of("title-subtitle")).toEqual([
    "W: ρ = 5, 1 of 2 outside the unit circle",
    "U: ρ = 0.5, 0 of 2 outside the unit circle, not finite: 1 eigenvalue",
  ]);
  expect(chart.of("legend-label")).toEqual(["W", "U"]);
  expect(chart.marks.symbol).toHaveLength(1 + 3);
  expect(textProblems(chart)).toEqual([]);
});

test("one matrix needs no legend", async () => {
  expect(readChart(await spectrumChart([{ re: 0, im: 0 }])).of("legend-label")).toEqual([]);
});

test("what cannot be drawn is refused", async () => {
  await expect(spectrumChart([])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: spectrumChart: "λ" has no eigenvalues]`,
  );
  await expect(spectrumChart([{ name: "W", eigenvalues: [] }])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: spectrumChart: "W" has no eigenvalues]`,
  );
});
