import { evaluate, type NDArray } from "@org/core";
import { gradientFlow as flowOf } from "@org/nn";
import { activationChart, gradientFlow, gridDiagram, renderSvg } from "@org/viz";
import { annToRnn } from "./ann-to-rnn.ts";
import { characterModel } from "./character-model.ts";
import type { Figure } from "./figure.ts";
import { feedsOf, languageModel, lastStep } from "./networks.ts";
import { truncationWindows } from "./truncation-windows.ts";

const lowered = (i: number): string => "₀₁₂₃₄₅₆₇₈₉"[i]!;

export const timeFigures: readonly Figure[] = [
  {
    row: "C11",
    name: "gradient-back",
    title: "A loss at every step, gradients on their way back",
    text: "Forward edges are grey, the gradient's way is red; colours and the strip show its size on a log scale.",
    draw: () => {
      const { loss, losses } = languageModel({ steps: 4 });
      const feeds = feedsOf([loss]);
      return renderSvg(loss, { unroll: 4, detail: "cell", gradients: true, feeds, losses });
    },
  },
  {
    row: "C12",
    name: "truncation",
    title: "Backpropagation through all steps, and in windows",
    text: "Values go over the border between windows, gradients do not.",
    draw: truncationWindows,
  },
  {
    row: "C12",
    name: "truncated-graph",
    title: "A truncated network as its graph",
    text: "The state passes the red strokes by value alone: no gradient flows back over them.",
    draw: () =>
      renderSvg(languageModel({ steps: 6, truncate: 2 }).loss, {
        unroll: 6,
        detail: "cell",
        gradients: true,
      }),
  },
  {
    row: "C13",
    name: "character-model",
    title: "“hell” → “ello”",
    text: "One-hot letters, hidden states and scores of an untrained network, as it computes them.",
    draw: characterModel,
  },
  {
    row: "C14",
    name: "saturation-of-tanh",
    title: "tanh, the sigmoid and their derivatives",
    text: "At most 1 and 0.25, and next to nothing far from 0: where units saturate, gradients end.",
    draw: () => activationChart(["tanh", "sigmoid"]),
  },
  {
    row: "C15",
    name: "gradients-over-time",
    title: "How far gradients reach",
    text: "‖∂L/∂hₜ‖ of a loss at the last step, computed for an untrained RNN, GRU and LSTM.",
    draw: () => {
      const kinds = ["RNN", "GRU", "LSTM"] as const;
      const lines = kinds.map((name) => {
        const { loss, state } = lastStep(name, 40);
        const norms = evaluate(flowOf(loss, state), feedsOf([loss])) as NDArray;
        return { name, norms: Array.from(norms.data, Number) };
      });
      return gradientFlow(lines);
    },
  },
  {
    row: "C16",
    name: "ann-to-rnn",
    title: "From a feed-forward to a recurrent network",
    text: "Squash each layer to a box, drop the single arrows, turn it, let time run: a loop; unroll it.",
    draw: annToRnn,
  },
  {
    row: "C17",
    name: "costs",
    title: "A cost at every step",
    text: "Each εₜ reaches back to all states before it, each time through W_rec once more.",
    draw: () => {
      const steps = [0, 1, 2, 3, 4];
      return gridDiagram(
        [
          {
            nodes: steps.flatMap((t) => [
              { id: `x${t}`, label: `x${lowered(t)}`, kind: "variable" as const, column: t, row: 0 },
              { id: `h${t}`, label: `h${lowered(t)}`, column: t, row: 1 },
              { id: `e${t}`, label: `ε${lowered(t)}`, kind: "operator" as const, column: t, row: 2 },
            ]),
            edges: steps.flatMap((t) => [
              { from: `x${t}`, to: `h${t}`, label: "W_in" },
              { from: `h${t}`, to: `e${t}`, kind: "both" as const },
              ...(t > 0 ? [{ from: `h${t - 1}`, to: `h${t}`, label: "W_rec", kind: "both" as const }] : []),
            ]),
          },
        ],
        { pitch: [124, 84] },
      );
    },
  },
  {
    row: "C18",
    name: "domino",
    title: "A gradient that fades",
    text: "The loss is at the last step; each step back multiplies the gradient once more.",
    draw: () => {
      const { loss } = lastStep("RNN", 9);
      return renderSvg(loss, { unroll: 9, detail: "cell", feeds: feedsOf([loss]) });
    },
  },
  {
    row: "C21",
    name: "image-captions",
    title: "Captions for images",
    text: "Features of a convolutional network are the first state; every word said is read at the next step.",
    draw: () => {
      const words = ["start", "a", "dog", "runs", "end"];
      const steps = words.slice(0, -1).map((_, t) => t);
      return gridDiagram([
        {
          nodes: [
            { id: "image", label: "image", kind: "variable", column: 0, row: 0 },
            { id: "cnn", label: "CNN", column: 0, row: 1 },
            { id: "h", label: "h₀", kind: "variable", column: 1, row: 1 },
            ...steps.flatMap((t) => [
              { id: `x${t}`, label: words[t]!, kind: "variable" as const, column: t + 2, row: 0 },
              { id: `h${t}`, label: "RNN", caption: `h${lowered(t + 1)}`, column: t + 2, row: 1 },
              { id: `y${t}`, label: words[t + 1]!, kind: "variable" as const, column: t + 2, row: 2 },
            ]),
          ],
          edges: [
            { from: "image", to: "cnn" },
            { from: "cnn", to: "h" },
            { from: "h", to: "h0" },
            ...steps.flatMap((t) => [
              { from: `x${t}`, to: `h${t}` },
              { from: `h${t}`, to: `y${t}` },
              ...(t > 0 ? [{ from: `h${t - 1}`, to: `h${t}` }] : []),
            ]),
          ],
        },
      ]);
    },
  },
];
