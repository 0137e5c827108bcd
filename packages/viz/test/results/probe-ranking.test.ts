import { probeRanking } from "@org/viz";
import { expect, test } from "vitest";
import { readChart, textProblems } from "./read-chart.ts";

const probe = (cell: number | string, correlation: number, feature = "depth") => ({
  cell,
  feature,
  correlation,
});

test("the strongest first, either sign; of equals the earlier one", async () => {
  const probes = [probe(1, 0.2), probe(2, -0.9), probe("layer 2, 3", 0.5), probe(4, -0.5)];
  const chart = readChart(await probeRanking(probes));
  expect(chart.of("axis-label").slice(-4)).toEqual([
    "1. cell 2 · depth",
    "2. layer 2, 3 · depth",
    "3. cell 4 · depth",
    "4. cell 1 · depth",
  ]);
  expect(chart.of("mark")).toEqual(["0.50", "0.20", "−0.90", "−0.50"]);
  expect(chart.marks.rect).toHaveLength(4);
  expect(textProblems(chart)).toEqual([]);
});

test("no more rows than asked for; what is not finite is left out; notes say so", async () => {
  const probes = [...Array.from({ length: 30 }, (_, cell) => probe(cell, cell / 30)), probe(99, Number.NaN)];
  const chart = readChart(await probeRanking(probes, { most: 5 }));
  expect(chart.marks.rect).toHaveLength(5);
  expect(chart.of("title-subtitle")).toEqual([
    "the strongest 5 of 30",
    "left out, not finite: 1 correlation",
  ]);
  expect(textProblems(chart)).toEqual([]);
});

test("features are text, long ones lose their middle, equal rows stay apart", async () => {
  const feature = `<script>alert("x")</script> ${"שלום 😀 ".repeat(20)}`;
  const svg = await probeRanking([probe(1, 0.5, feature), probe(1, 0.5, feature)]);
  expect(svg).not.toContain("<script>");
  const chart = readChart(svg);
  expect(chart.marks.rect).toHaveLength(2);
  expect(textProblems(chart)).toEqual([]);
});

test("what cannot be drawn is refused", async () => {
  await expect(probeRanking([])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: probeRanking: no probes to draw]`,
  );
  await expect(probeRanking([probe(1, 1.5)])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: probeRanking: a correlation lies between -1 and 1, cell 1 has 1.5 with "depth"]`,
  );
  await expect(probeRanking([probe(1, 1)], { most: 0 })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: probeRanking: expected at least 1 row, received most: 0]`,
  );
});
