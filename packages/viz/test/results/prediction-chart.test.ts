import { predictionChart } from "@org/viz";
import { expect, test } from "vitest";
import { readChart, textProblems } from "./read-chart.ts";

test("the truth and each prediction, with its error where both are", async () => {
  const svg = await predictionChart(
    [1, 2, 3, 4, 5],
    [
      { name: "LSTM", x: [3, 4, 5], y: [4, 8, 9] },
      { name: "later", x: [9], y: [1] },
    ],
    { split: 3, truthName: "price" },
  );
  const chart = readChart(svg);
  expect(chart.of("legend-label")).toEqual(["price", "LSTM, error 2.12", "later"]);
  expect(chart.lines.map((line) => line.length)).toEqual([5, 3, 1]);
  expect(svg.match(/mark-rule role-mark/g)).toHaveLength(1);
  expect(textProblems(chart)).toEqual([]);
});

test("what is not finite leaves a gap and does not count", async () => {
  const chart = readChart(
    await predictionChart([1, 2, Number.NaN, 4], [{ name: "RNN", y: [1, Number.NaN, 3, 4] }]),
  );
  expect(chart.of("title-subtitle")).toEqual(["left out, not finite: 2 values"]);
  expect(chart.of("legend-label")).toEqual(["truth", "RNN, error 0"]);
});

test("the truth alone", async () => {
  expect(readChart(await predictionChart([1, 2], [])).of("legend-label")).toEqual(["truth"]);
});

test("what cannot be drawn is refused", async () => {
  await expect(predictionChart([], [])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: predictionChart: "truth" is empty]`,
  );
  await expect(
    predictionChart([1], [{ name: "RNN", x: [1], y: [1, 2] }]),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: predictionChart: "RNN" has 1 positions for 2 values]`,
  );
  await expect(predictionChart([1], [{ name: "truth", y: [1] }])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: predictionChart: two series have the name "truth"]`,
  );
});
