/** Every picture of the checklist, C01 to C22, by its row. */
import { figures as results } from "../results/figures.ts";
import { cellFigures } from "./cell-figures.ts";
import type { Figure } from "./figure.ts";
import { timeFigures } from "./time-figures.ts";

const resultFigures: readonly Figure[] = [
  {
    row: "C19",
    name: "color-text",
    title: "A cell that tells quotes",
    text: "Every character on the colour of a cell's activation.",
    draw: results["color-text"]!,
  },
  {
    row: "C20",
    name: "probes",
    title: "Which cell tells what",
    text: "Cells by how well they go with features of the text.",
    draw: results.probes!,
  },
  {
    row: "C22",
    name: "prediction",
    title: "Predictions against the truth",
    text: "A price, a network's prediction, and the one that nothing changes.",
    draw: results.prediction!,
  },
];

export const gallery: readonly Figure[] = [...cellFigures, ...timeFigures, ...resultFigures].sort((a, b) =>
  a.row === b.row ? 0 : a.row < b.row ? -1 : 1,
);
