import { mean, square } from "@org/core";
import { activationChart } from "@org/viz";
import { expect, test } from "vitest";
import { readChart, textProblems } from "./read-chart.ts";

test("tanh′ is at most 1, the derivative of the sigmoid 0.25, both at 0; both saturate", async () => {
  const chart = readChart(await activationChart(["tanh", "sigmoid"], { height: 200 }));
  expect(chart.texts.map(({ content }) => content)).toEqual(
    expect.arrayContaining(["tanh", "sigmoid", "max f′ = 1 at 0", "max f′ = 0.25 at 0"]),
  );
  expect(chart.of("legend-label")).toEqual(["f(x)", "f′(x)"]);
  const [tanh, slope, sigmoid, sigmoidSlope] = chart.lines;
  // The axis of tanh goes from -1 to 1, that of the sigmoid from 0 to 1, both over 200 pixels.
  const values = (line: typeof tanh, low: number) => line!.map(([, y]) => 1 - (y / 200) * (1 - low));
  expect(values(slope, -1)[200]).toBeCloseTo(1, 4);
  expect(Math.max(...values(slope, -1))).toBeCloseTo(1, 4);
  expect(values(slope, -1)[0]).toBeCloseTo(1 - Math.tanh(5) ** 2, 4);
  expect(values(tanh, -1)[0]).toBeCloseTo(-Math.tanh(5), 4);
  expect(values(sigmoidSlope, 0)[200]).toBeCloseTo(0.25, 4);
  expect(Math.max(...values(sigmoidSlope, 0))).toBeCloseTo(0.25, 4);
  expect(values(sigmoid, 0)[200]).toBeCloseTo(0.5, 4);
});

test("all functions of core that have names here", async () => {
  const names = [
    "tanh",
    "sigmoid",
    "relu",
    "leakyRelu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "softplus",
    "sin",
  ] as const;
  const chart = readChart(await activationChart(names));
  expect(chart.lines).toHaveLength(20);
  expect(chart.texts.map(({ content }) => content)).toEqual(expect.arrayContaining([...names]));
  expect(textProblems(chart)).toEqual([]);
});

test("a function of one's own", async () => {
  const chart = readChart(await activationChart([{ name: "x² & <b>", apply: square }], { range: [-1, 1] }));
  expect(chart.texts.map(({ content }) => content)).toContain("x² & <b>");
  expect(chart.lines[0]![200]).toEqual([110, 110]);
});

test("what cannot be drawn is refused", async () => {
  await expect(activationChart([])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: activationChart: no functions to draw]`,
  );
  await expect(activationChart(["tan" as "tanh"])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: activationChart: unknown function "tan"; known: tanh, sigmoid, relu, leakyRelu, elu, selu, gelu, silu, softplus, sin]`,
  );
  await expect(activationChart(["tanh", "tanh"])).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: activationChart: two functions have the name "tanh"]`,
  );
  await expect(activationChart(["tanh"], { range: [1, 1] })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: activationChart: a range needs low < high, received 1, 1]`,
  );
  await expect(
    activationChart([{ name: "mean", apply: (x) => mean(x) }]),
  ).rejects.toThrowErrorMatchingInlineSnapshot(`[RangeError: activationChart: "mean" makes [] from [401]]`);
});
