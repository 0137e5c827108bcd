/** The gallery of `examples/README.md`: questions, and for each the example that answers it, its figure and its picture. */
import { type Example, linkTo } from "./heads.ts";

/** "How do I …", in groups; every example answers one. */
export const questions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "The first steps": {
    regression: "write a model as an equation and train it in one compiled call",
    hello: "train the smallest network that needs a memory",
    "your-own-cell": "write a cell of my own, check its gradients, draw it and train it",
    "second-derivatives": "differentiate a gradient",
  },
  "Gradients through time": {
    "vanishing-gradient": "see a gradient vanish or explode",
    "exploding-gradient": "find out where a loss became NaN, and keep it from doing so",
    jacobians: "see what a state owes to an earlier one",
    "truncated-bptt": "cut backpropagation into windows, and know what it costs",
    newton: "train with second derivatives",
    memory: "find out how far back a network can remember",
  },
  "Cells side by side": {
    "three-cells": "choose between RNN, GRU and LSTM",
    "cells-of-today": "choose among the cells of today",
    "gru-conventions": "tell which GRU a book means",
    "echo-state": "forecast with a network that is never trained",
  },
  Language: {
    "character-model": "train a network that writes like a book, and stop and resume it",
    "word-model": "train a language model of words, and know whether it is any good",
    sentiment: "classify texts of different lengths",
    agreement: "find the unit that remembers something",
    "interpretable-cells": "find cells that can be read, and colour a text by them",
  },
  "A sequence in, a sequence out": {
    "one-to-many": "make a sequence of one thing",
    "many-to-one": "make one answer of a sequence of any length",
    "many-to-many": "make a sequence of a sequence, with attention",
    pronounce: "turn spelling into sound, greedily or by beam search",
    translate: "translate",
  },
  "Pictures, talk and worlds": {
    caption: "put pictures into words",
    "ask-the-picture": "answer questions about a picture",
    dialog: "carry a talk from turn to turn",
    walk: "follow an instruction step by step",
  },
  "Other engines": {
    "train-on-a-cluster": "train on many machines what I have written here",
    "deploy-onnx": "run in another engine what I have trained",
  },
  Series: {
    stock: "forecast a series without fooling myself",
    chaos: "forecast chaos",
    ensembles: "train many networks at once, and know when to trust them",
  },
};

const [BEGIN, END] = ["<!-- gallery: written by `examples --full` -->", "<!-- end of the gallery -->"];

/**
 * A README with the gallery as it has to be now.
 * @param rows The lines of RESULTS.md.
 * @param pictures The names of examples that have one.
 * @throws Error for a README without the two marks
 */
export function updateGallery(
  readme: string,
  examples: readonly Example[],
  rows: readonly (readonly string[])[],
  pictures: ReadonlySet<string>,
): string {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md of the examples has no ${BEGIN} … ${END}`);
  const byName = new Map(examples.map((example) => [example.name, example]));
  const groups = Object.entries(questions).map(([group, entries]) => {
    const answers = Object.entries(entries).flatMap(([name, question]) => {
      const example = byName.get(name);
      return example ? [answer(example, question, rows, pictures)] : [];
    });
    return `### ${group}\n\n${answers.join("\n\n")}`;
  });
  return `${readme.slice(0, from)}${BEGIN}\n\n${groups.join("\n\n")}\n\n${readme.slice(to)}`;
}

function answer(
  { name, title }: Example,
  question: string,
  rows: readonly (readonly string[])[],
  pictures: ReadonlySet<string>,
): string {
  const [, , , metric, result, baseline] = rows.find(([first]) => first === linkTo(name)) ?? [];
  const figure = result === undefined ? "" : ` ${capital(metric!)}: **${result}**; beside it: ${baseline}.`;
  const picture = pictures.has(name) ? `\n\n<img src="figures/${name}.svg" alt="${name}" width="420">` : "";
  return `**… ${question}?** ${linkTo(name)}: ${title.replace(/ \(rows? [^)]*\)/, "")}${figure}${picture}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
