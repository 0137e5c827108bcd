/**
 * The LSTM and the cells of today with equal numbers of weights: which adds, and which reads?
 *
 * Nineteen cells learn two things by one driver: to add the two marked numbers of a long sequence, where something has to be
 * kept, and to read Moby-Dick character by character, where much has to be known. Each is one layer in the same frame, with as
 * many inputs as units and as many units as the budget of weights allows, and learns at the two rates of four that are best for
 * it in short trials; the better run counts. No cell gets the blocks that its authors put around it, several layers of them,
 * normalised: what stands here is the recurrence alone, from one seed, and not for long. The time of a step is the
 * processor's, of loops, on one thread. The whole table is in TABLE.md.
 * `--task adding` or `--task characters` does one of them; `--cells LSTM,S5` some of the cells.
 * Sources: those of the cells, in their docstrings; Hochreiter & Schmidhuber 1997 for the problem of adding, as Le, Jaitly &
 * Hinton 2015 have it.
 */
import assert from "node:assert/strict";
import { createRuntime } from "@org/core";
import { lineChart } from "@org/viz";
import { bigrams, unigrams } from "../shared/counts.ts";
import { smoothed } from "../shared/language-model.ts";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { adding, addingEnds, lazyError } from "./adding.ts";
import { modelOf, names } from "./cells.ts";
import { characters, charactersEnds, held, training, vocabulary } from "./characters.ts";
import { learn } from "./learning.ts";

const quick = process.argv.includes("--quick");
const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const chosen = option("--cells")?.split(",") ?? (quick ? ["LSTM", "minGRU", "RG-LRU"] : names);
const unknown = chosen.filter((name) => !names.includes(name));
if (unknown.length > 0)
  throw new Error(`no cell is called ${unknown.join(", ")}; there are ${names.join(", ")}`);

const plans = quick
  ? { adding: { budget: 3000, steps: 300, trial: 40 }, characters: { budget: 12_000, steps: 150, trial: 20 } }
  : {
      adding: { budget: 8000, steps: 600, trial: 100 },
      characters: { budget: 24_000, steps: 400, trial: 60 },
    };
type Task = keyof typeof plans;
const tasks = (Object.keys(plans) as Task[]).filter((task) => (option("--task") ?? task) === task);
/** Those whose losses are drawn. */
const shown = ["RNN", "LSTM", "minGRU", "RG-LRU", "S5", "mLSTM", "selective state space"];
const runtime = createRuntime({ threads: 1 });

interface Line {
  readonly name: string;
  readonly units: number;
  readonly weights: number;
  readonly rate: number;
  readonly milliseconds: number;
  readonly losses: readonly number[];
  /** The error of sums, or the perplexity of characters. */
  readonly measured: number;
  /** Of sums, the part that is right within 0.1. */
  readonly right?: number;
}

const length = quick ? 16 : 50;
const lines: Record<Task, Line[]> = { adding: [], characters: [] };
for (const task of tasks)
  for (const name of chosen) {
    const { budget, steps, trial } = plans[task];
    const model = modelOf(name, budget, task === "adding" ? addingEnds : charactersEnds);
    const lesson = task === "adding" ? adding(model, length, runtime) : characters(model, runtime);
    const { rate, milliseconds, losses } = learn(lesson, steps, trial, runtime);
    const line = {
      name,
      units: model.units,
      weights: model.weights,
      rate,
      milliseconds,
      losses,
      ...lesson.measure(),
    };
    lines[task].push(line);
    assert(Math.abs(line.weights / budget - 1) < 0.15, `${name} has ${line.weights} weights of ${budget}`);
    console.log(
      `${task}, ${name}: ${line.measured.toPrecision(3)} at rate ${rate}, ${milliseconds.toFixed(1)} ms a step`,
    );
  }

const counted = {
  "characters by frequency": unigrams(training, held, vocabulary.size),
  "pairs of characters": bigrams(training, held, vocabulary.size),
};
const rows: Record<Task, (readonly (string | number)[])[]> = {
  adding: [
    ["always 1", "–", "–", "–", "–", lazyError.toExponential(1), "19"],
    ...lines.adding.map((line) => [
      ...cost(line),
      line.measured.toExponential(1),
      (100 * line.right!).toFixed(0),
    ]),
  ],
  characters: [
    ...Object.entries(counted).map(([name, each]) => [name, "–", "–", "–", "–", each.toFixed(2)]),
    ...lines.characters.map((line) => [...cost(line), line.measured.toFixed(2)]),
  ],
};
function cost({ name, units, weights, rate, milliseconds }: Line): (string | number)[] {
  return [name, units, weights, rate, Number(milliseconds.toFixed(1))];
}
const heads: Record<Task, readonly string[]> = {
  adding: ["cell", "units", "weights", "rate", "ms a step", "squared error", "right, %"],
  characters: ["cell", "units", "weights", "rate", "ms a step", "perplexity"],
};
const titles: Record<Task, string> = {
  adding: `Adding over ${length} steps: ${plans.adding.steps} batches of 32`,
  characters: `Characters of Moby-Dick: ${plans.characters.steps} windows of 32 × 32, ${held.length} held out`,
};
for (const task of tasks) console.log(`\n${titles[task]}\n${table(heads[task], rows[task])}`);
savePicture(
  "cells-of-today",
  "TABLE.md",
  tasks.map((task) => `## ${titles[task]}\n\n${markdown(heads[task], rows[task])}\n`).join("\n"),
);
function markdown(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

/** Short runs know of no pairs. */
const counting = quick ? "characters by frequency" : "pairs of characters";
const lazy: Record<Task, readonly [number, string]> = {
  adding: [lazyError, `${lazyError.toExponential(1)}, always 1`],
  characters: [counted[counting], `${counted[counting].toFixed(2)}, ${counting}`],
};
for (const task of tasks) {
  const [limit] = lazy[task];
  const lstm = lines[task].find(({ name }) => name === "LSTM");
  assert(!lstm || lstm.measured < limit, `an LSTM has ${lstm?.measured} in ${task}, a lazy answer ${limit}`);
  const learned = lines[task].filter(({ measured }) => measured < limit);
  assert(
    learned.length > 0.7 * chosen.length,
    `${task}: learned by ${learned.length} of ${chosen.length} cells`,
  );
}
if (lines.characters.length > 0) {
  const curves = lines.characters.filter(({ name }) => shown.includes(name));
  savePicture(
    "cells-of-today",
    "perplexity.svg",
    await lineChart(
      curves.map(({ name, losses }) => {
        const { x, y } = smoothed(losses);
        return { name, x: x.slice(3), y: y.slice(3) }; // the first steps are alike, and far above
      }),
      { title: `${plans.characters.budget} weights`, xLabel: "step", yLabel: "perplexity per character" },
    ),
  );
}
const shownAs = {
  adding: (error: number) => error.toExponential(1),
  characters: (value: number) => value.toFixed(2),
};
const metrics: Record<Task, string> = {
  adding: `squared error of adding over ${length} steps`,
  characters: "perplexity of held-out characters",
};
saveResults("cells-of-today", {
  seeds: 1,
  ...(lines.characters.length > 0 && { picture: "perplexity.svg" }),
  results: tasks.toReversed().flatMap((task) => {
    const order = lines[task].toSorted((a, b) => a.measured - b.measured);
    const [best, worst, lstm] = [order[0]!, order.at(-1)!, order.find(({ name }) => name === "LSTM")];
    const told = new Map([
      [lstm, "LSTM"],
      [best, `${best.name}, the best of ${order.length} cells`],
      [worst, `${worst.name}, the last of ${order.length} cells`],
    ]);
    return [...told].flatMap(([line, name]) =>
      line === undefined
        ? []
        : [
            {
              metric: `${metrics[task]}, ${name} of ${plans[task].budget} weights`,
              value: shownAs[task](line.measured),
              baseline: lazy[task][1],
            },
          ],
    );
  }),
});
