import { saturationChart } from "@org/viz";
import { expect, test } from "vitest";
import { readChart, textProblems } from "./read-chart.ts";

test("a panel per gate, a point per unit", async () => {
  const chart = readChart(
    await saturationChart(
      [
        { name: "forget", low: [0, 0.5], high: [1, 0.25] },
        { name: "<output>", low: Float32Array.of(0.2), high: Float32Array.of(0) },
      ],
      { width: 100 },
    ),
  );
  const places = chart.marks.symbol!.map((tag) => /translate\(([^)]*)\)/.exec(tag)![1]);
  expect(places).toEqual(["0,0", "50,75", "20,100"]);
  expect(chart.texts.map(({ content }) => content)).toEqual(expect.arrayContaining(["forget", "<output>"]));
  expect(chart.lines).toEqual([
    [
      [0, 0],
      [100, 100],
    ],
    [
      [0, 0],
      [100, 100],
    ],
  ]);
});

test("five gates fill two rows", async () => {
  const gates = ["i", "f", "o", "g", "z"].map((name) => ({ name, low: [0.5], high: [0.5] }));
  const chart = readChart(await saturationChart(gates));
  expect(chart.marks.symbol).toHaveLength(5);
  expect(textProblems(chart)).toEqual([]);
});

test("what is not finite is left out with a note", async () => {
  const chart = readChart(await saturationChart([{ name: "f", low: [Number.NaN, 0], high: [0, 0] }]));
  expect(chart.of("title-subtitle")).toEqual(["not finite: 1 unit"]);
  expect(chart.marks.symbol).toHaveLength(1);
});

test("what cannot be drawn is refused", async () => {
  await expect(saturationChart([])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: saturationChart: no gates to draw]`,
  );
  await expect(
    saturationChart([{ name: "f", low: [], high: [] }]),
  ).rejects.toThrowErrorMatchingInlineSnapshot(`[RangeError: saturationChart: "f" has no units]`);
  await expect(
    saturationChart([{ name: "f", low: [1, 0], high: [0] }]),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: saturationChart: "f" has 2 shares below 0.1, but 1 above 0.9]`,
  );
  await expect(
    saturationChart([{ name: "f", low: [0.7], high: [0.7] }]),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: saturationChart: "f" has the shares 0.7 below and 0.7 above at unit 0; they are parts of 1]`,
  );
  await expect(
    saturationChart([{ name: "f", low: [-0.1], high: [0.7] }]),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: saturationChart: "f" has the shares -0.1 below and 0.7 above at unit 0; they are parts of 1]`,
  );
});
