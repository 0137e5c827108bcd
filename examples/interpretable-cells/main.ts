/**
 * Cells that read like a reader: quotes, comments, brackets and line ends in the memory of two LSTMs (row D05).
 *
 * One learns a novel character by character, the other the code of a library. Nobody tells them of quotes or comments. Yet
 * each cell is asked how well tanh(c) alone tells characters inside of quotes from the others, and so on (rows C19, C20):
 * the best cell is chosen by correlation on stretches of text that were never trained on, and measured on others by AUC,
 * the chance that it puts two characters in order. Is a cell more than a direction among others? As many random directions
 * of the same memory stand beside it, chosen and measured in the same way, the cells of the network before any training,
 * and what all cells together know, by ridge regression.
 * In code, cells for comments and strings appear within two minutes, ahead of random directions. The novel's quotes span
 * sentences, and a minute is not enough for those: the table says so. `--text path` reads another text for the novel.
 * Source: Karpathy, Johnson & Fei-Fei 2015, "Visualizing and understanding recurrent networks", arXiv:1506.02078, figure 2.
 */
import assert from "node:assert/strict";
import { colorText } from "@org/viz";
import { savePicture } from "../shared/pictures.ts";
import { type Result, saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { allCells, area, bestCell, type Score, turned } from "./probes.ts";
import { examine, type Read, type Sizes, type Stretch } from "./reader.ts";
import { type Corpus, code, prose } from "./text-and-features.ts";

const quick = process.argv.includes("--quick");
const sizes: Omit<Sizes, "steps"> = quick
  ? { units: 32, batch: 16, window: 32, learningRate: 8e-3, stretches: 48, length: 300, warm: 100 }
  : { units: 128, batch: 32, window: 100, learningRate: 4e-3, stretches: 256, length: 400, warm: 120 };

/** What a feature is told by. Areas are of characters that neither the network nor the choice has seen. */
interface Found {
  readonly corpus: string;
  readonly feature: string;
  readonly cell: number;
  readonly score: Score;
  /** The part of characters of which the feature is true. */
  readonly share: number;
  readonly areas: Readonly<Record<"cell" | "direction" | "untrained" | "all", number>>;
}

/** Every fourth character of every other stretch: `odd` are those to choose by, or those to measure with. */
const half = (stretches: readonly Stretch[], odd: number): Read[] =>
  stretches.filter((_, k) => k % 2 === odd).flatMap(({ reads }) => reads.filter((_, t) => t % 4 === 0));

async function study(corpus: string, text: Corpus, steps: number): Promise<Found[]> {
  const { before, after, perplexity, pairs } = await examine(corpus, text, { ...sizes, steps });
  console.log(
    `${corpus}: perplexity ${perplexity.toFixed(2)} a character, pairs of characters ${pairs.toFixed(2)}\n`,
  );
  assert(perplexity < (quick ? 2 : 0.7) * pairs, `${corpus}: the network has not learned to read`);

  const [chosen, measured] = [half(after, 0), half(after, 1)];
  const [chosenBefore, measuredBefore] = [half(before, 0), half(before, 1)];
  const [chosenTurned, measuredTurned] = [turned(chosen), turned(measured)];
  const found = Object.keys(text.features).map((feature): Found => {
    const { cell, score } = bestCell(chosen, feature);
    const areas = {
      cell: area(measured, feature, score),
      direction: area(measuredTurned, feature, bestCell(chosenTurned, feature).score),
      untrained: area(measuredBefore, feature, bestCell(chosenBefore, feature).score),
      all: area(measured, feature, allCells(chosen, feature)),
    };
    const share = measured.reduce((sum, { truth }) => sum + truth[feature]! / measured.length, 0);
    return { corpus, feature, cell, score, share, areas };
  });
  show(corpus, found, after);
  return found;
}

/** For each feature the three stretches, among those measured, where it changes most often, coloured by its cell. */
function show(corpus: string, found: readonly Found[], stretches: readonly Stretch[]): void {
  const html = found.map(({ feature, cell, score, areas }, i) => {
    const changes = ({ reads }: Stretch): number =>
      reads.filter(({ truth }, t) => t > 0 && truth[feature] !== reads[t - 1]!.truth[feature]).length;
    const measured = stretches.filter((_, k) => k % 2 === 1);
    const shown = measured.sort((a, b) => changes(b) - changes(a)).slice(0, 3);
    const text = shown.map((each) => each.text).join("\n\n");
    const between = [0, 0];
    const values = shown.flatMap(({ reads }, k) => [
      ...(k > 0 ? between : []),
      ...reads.map(({ memory }) => score(memory)),
    ]);
    const title = `${corpus}, ${feature}: cell ${cell} (AUC ${areas.cell.toFixed(2)})`;
    const first = shown[0]!.text.length;
    if (i === 0)
      console.log(`${title}\n${colorText(text.slice(0, first), values.slice(0, first), { format: "ansi" })}`);
    const file = `${corpus}-${feature.replaceAll(" ", "-")}.svg`;
    savePicture("interpretable-cells", file, colorText(text, values, { title }));
    return `<h2>${title}</h2>\n${colorText(text, values, { format: "html" })}`;
  });
  const head = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Cells of the ${corpus} model</title>`;
  savePicture("interpretable-cells", `${corpus}.html`, `${head}\n${html.join("\n")}</html>\n`);
}

const inProse = await study("prose", prose(), quick ? 150 : 600);
const inCode = await study("code", code(), quick ? 150 : 1600);
const found = [...inProse, ...inCode];

const halves = sizes.stretches / 2;
console.log(
  `\nAUC, chosen on ${halves} stretches of text and measured on ${halves} others; chance has 0.5\n`,
);
const two = (value: number): number => Number(value.toFixed(2));
console.log(
  table(
    [
      "text",
      "feature",
      "true, %",
      "cell",
      "best cell",
      "best random direction",
      "best cell untrained",
      "all cells",
    ],
    found.map(({ corpus, feature, share, cell, areas }) => [
      corpus,
      feature,
      Math.round(100 * share),
      cell,
      two(areas.cell),
      two(areas.direction),
      two(areas.untrained),
      two(areas.all),
    ]),
  ),
);

const [comments, strings] = inCode as [Found, Found];
for (const { feature, areas } of [comments, strings])
  assert(areas.all > (quick ? 0.6 : 0.8), `${feature}: the memory does not hold it (AUC ${areas.all})`);
if (!quick) {
  for (const { feature, areas } of [comments, strings])
    assert(areas.cell > areas.untrained, `${feature}: a cell that has learned nothing knows as much`);
  assert(strings.areas.cell > strings.areas.direction, "a random direction knows strings as well as a cell");
}
saveResults("interpretable-cells", {
  seeds: 1,
  picture: "code-inside-a-string.svg",
  results: found.map(({ corpus, feature, areas }) => ({
    metric: `AUC of the best cell of ${sizes.units}, ${corpus}: ${feature}`,
    value: areas.cell.toFixed(2),
    baseline: `${areas.direction.toFixed(2)}, the best of as many random directions; ${areas.untrained.toFixed(2)}, untrained`,
  })) as [Result, ...Result[]],
});
