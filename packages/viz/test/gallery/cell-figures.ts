import { cellDiagram, gridDiagram, renderSvg } from "@org/viz";
import type { Figure } from "./figure.ts";
import { languageModel, linearNetwork } from "./networks.ts";
import { sequenceTypes } from "./sequence-types.ts";

export const cellFigures: readonly Figure[] = [
  {
    row: "C01",
    name: "rnn-cell",
    title: "One step of a recurrent network",
    text: "The input and the state before make the state after, which is passed on and makes the output.",
    draw: () => cellDiagram("rnn"),
  },
  {
    row: "C02",
    name: "sequence-types",
    title: "What goes in, what comes out",
    text: "One to one, one to many, many to one, many to many after the input, and many to many step by step.",
    draw: sequenceTypes,
  },
  {
    row: "C03",
    name: "lstm-cell",
    title: "Long short-term memory",
    text: "The memory runs along the top; gates decide what it forgets, what is written to it, what is shown of it.",
    draw: () => cellDiagram("lstm"),
  },
  {
    row: "C04",
    name: "lstm-stages",
    title: "The LSTM built up",
    text: "Gates, candidate, memory, hidden state: each picture adds to the one before.",
    draw: () => cellDiagram("lstm", { focus: "grow" }),
  },
  {
    row: "C04",
    name: "lstm-focus",
    title: "The LSTM part by part",
    text: "Forget gate, input gate and candidate, memory, output gate, with their equations.",
    draw: () => cellDiagram("lstm", { focus: ["f", "i", "C", "o"] }),
  },
  {
    row: "C05",
    name: "gru-cell",
    title: "Gated recurrent unit",
    text: "One gate for what the candidate sees of the state, one for how much of it is kept.",
    draw: () => cellDiagram("gru"),
  },
  {
    row: "C05",
    name: "gru-focus",
    title: "The GRU part by part",
    text: "Gates, candidate, output, with their equations.",
    draw: () => cellDiagram("gru", { focus: "all" }),
  },
  {
    row: "C06",
    name: "rnn-unrolled",
    title: "A recurrent network over three steps",
    text: "The hidden state goes from step to step; the parameters are the same at all of them.",
    draw: () => renderSvg(languageModel({ steps: 3 }).loss, { unroll: 3, detail: "cell" }),
  },
  {
    row: "C07",
    name: "dependencies",
    title: "What h₂ depends on",
    text: "Squares are variables, shaded ones parameters, circles operators. What stands out is everything below h₂.",
    draw: () => renderSvg(linearNetwork(3), { unroll: 3, preset: "d2l", ancestors: "h₂" }),
  },
  {
    row: "C08",
    name: "language-model",
    title: "A character model of “the time machine by H. G. Wells”",
    text: "Each step reads a token and is to name the one after it.",
    draw: () => {
      const words = ["the", "time", "machine", "by", "H.", "G."];
      const steps = words.slice(0, -1).map((_, i) => i);
      return gridDiagram([
        {
          nodes: steps.flatMap((i) => [
            { id: `x${i}`, label: words[i]!, kind: "variable" as const, column: i, row: 0 },
            { id: `h${i}`, label: `h${"₁₂₃₄₅"[i]}`, column: i, row: 1 },
            { id: `y${i}`, label: words[i + 1]!, kind: "variable" as const, column: i, row: 2 },
          ]),
          edges: steps.flatMap((i) => [
            { from: `x${i}`, to: `h${i}` },
            { from: `h${i}`, to: `y${i}` },
            ...(i > 0 ? [{ from: `h${i - 1}`, to: `h${i}` }] : []),
          ]),
          notes: ["below: what is read · above: what is to be said"],
        },
      ]);
    },
  },
  {
    row: "C09",
    name: "deep-rnn",
    title: "Layers over time",
    text: "Rows are layers, columns are steps: each cell reads the layer below and the step before.",
    draw: () => renderSvg(languageModel({ layers: 3, steps: 9 }).loss, { unroll: 4, detail: "cell" }),
  },
  {
    row: "C10",
    name: "bidirectional",
    title: "Two directions",
    text: "One row of cells reads from the beginning, the other from the end.",
    draw: () =>
      renderSvg(languageModel({ kind: "GRU", bidirectional: true, steps: 4 }).loss, {
        unroll: 4,
        detail: "cell",
      }),
  },
];
