import { tanh } from "@org/core";
import {
  activationChart,
  gradientFlow,
  heatmap,
  lineChart,
  predictionChart,
  probeRanking,
  saturationChart,
  spectrumChart,
} from "@org/viz";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readChart } from "./read-chart.ts";

type Texts = readonly [name: string, other: string, title: string, x: string, y: string];

const numbers = [0.25, 0.5];
const eigenvalues = [{ re: 0.5, im: 0 }];

/** Each chart with a text in every place that takes one; `false` where there is no such place. */
const charts: Readonly<Record<string, [takes: readonly boolean[], draw: (texts: Texts) => Promise<string>]>> =
  {
    lineChart: [
      [true, true, true, true, true],
      ([name, other, title, xLabel, yLabel]) =>
        lineChart(
          [
            { name, y: numbers },
            { name: other, y: [1, 2] },
          ],
          { title, xLabel, yLabel },
        ),
    ],
    gradientFlow: [
      [true, true, true, true, true],
      ([name, other, title, xLabel, yLabel]) =>
        gradientFlow(
          [
            { name, norms: [0, Number.NaN, ...numbers] },
            { name: other, norms: [1, 2] },
          ],
          { title, xLabel, yLabel },
        ),
    ],
    heatmap: [
      [false, true, true, true, true],
      ([, valueLabel, title, xLabel, yLabel]) => heatmap([numbers], { valueLabel, title, xLabel, yLabel }),
    ],
    activationChart: [
      [true, true, true, false, false],
      ([name, other, title]) =>
        activationChart(
          [
            { name, apply: tanh },
            { name: other, apply: tanh },
          ],
          { title },
        ),
    ],
    predictionChart: [
      [true, true, true, true, true],
      ([truthName, name, title, xLabel, yLabel]) =>
        predictionChart(numbers, [{ name, x: [7, 8], y: numbers }], { truthName, title, xLabel, yLabel }),
    ],
    probeRanking: [
      [true, true, true, false, false],
      ([cell, feature, title]) => probeRanking([{ cell, feature, correlation: 0.5 }], { title }),
    ],
    saturationChart: [
      [true, true, true, false, false],
      ([name, other, title]) =>
        saturationChart(
          [
            { name, low: numbers, high: numbers },
            { name: other, low: numbers, high: numbers },
          ],
          { title },
        ),
    ],
    spectrumChart: [
      [true, true, true, false, false],
      ([name, other, title]) =>
        spectrumChart(
          [
            { name, eigenvalues },
            { name: other, eigenvalues },
          ],
          { title },
        ),
    ],
  };

/** Keys of every plain object; longer ones are cut in legends. */
const inherited = Object.getOwnPropertyNames(Object.prototype).filter((key) => key.length <= 16);
/** Texts but for white space, which some places take out. */
const solid = (text: string): string => text.replace(/\s/g, "");
const text = fc.oneof(
  fc.constantFrom("C:\\x", "a\nb", "a\u2028b", "a\u2029b", "\\u0041", "\\", "datum", "null", ...inherited),
  fc.string({
    unit: fc.constantFrom(...`ab\\"'\`\t\n\r\u2028\u2029<>&{}[]+σ中`),
    minLength: 1,
    maxLength: 6,
  }),
);
const texts = fc.uniqueArray(text, { minLength: 5, maxLength: 5 }).map((all) => all as unknown as Texts);

test.each(Object.entries(charts))(
  "%s: any text stands in the picture as it was given",
  async (_, [takes, draw]) => {
    await fc.assert(
      fc.asyncProperty(texts, async (given) => {
        const shown = readChart(await draw(given)).texts.map(({ content }) => solid(content));
        const meant = given.filter((_, i) => takes[i]);
        for (const each of meant)
          expect(
            shown.some((line) => line.includes(solid(each))),
            JSON.stringify(each),
          ).toBe(true);
      }),
      { numRuns: 2, examples: [[["constructor", "__proto__", "toString", "C:\\x", "a\u2028b"]]] },
    );
  },
);

test("what means nothing in a text is drawn as a sign for that", async () => {
  const svg = await lineChart([{ name: "\ufdd0\ufdef\ud800\u0000", y: numbers }]);
  expect(readChart(svg).of("legend-label")).toEqual(["\ufffd".repeat(4)]);
});
