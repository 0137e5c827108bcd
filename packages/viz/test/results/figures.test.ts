import { describe, expect, test } from "vitest";
import { figures } from "./figures.ts";
import { readChart, textProblems } from "./read-chart.ts";

describe.each(Object.entries(figures))("%s", (name, draw) => {
  test("is the picture that was looked at, and the same at each call", async () => {
    const svg = await draw();
    expect(await draw()).toBe(svg);
    await expect(svg).toMatchFileSnapshot(`../figures/${name}.svg`);
  });
});

const charts = Object.entries(figures).filter(
  ([name]) => !["color-text", "samples", "images", "attention-map"].includes(name),
);

test.each(charts)("%s: texts lie in the picture and do not cover each other", async (_, draw) => {
  const chart = readChart(await draw());
  expect(chart.texts.length).toBeGreaterThan(3);
  expect(textProblems(chart)).toEqual([]);
});
