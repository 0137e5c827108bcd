import { array, type Profile, type ProfiledKernel } from "@org/core";
import {
  activationChart,
  attentionMap,
  colorText,
  flameChart,
  gradientFlow,
  heatmap,
  imageGrid,
  predictionChart,
  probeRanking,
  sampleTable,
  saturationChart,
  spectrumChart,
} from "@org/viz";

/** Numbers that look like chance, 0 to 1, the same everywhere. Source: the finalizer of MurmurHash3. */
export function chance(i: number): number {
  let bits = Math.imul(i + 1, 0x9e3779b9);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const fading = (rate: number, seed: number): number[] =>
  range(40).map((t) => rate ** (39 - t) * (0.7 + 0.6 * chance(t + 100 * seed)));

export const novel = `"Come in," she said.
He waited & asked: "Is it <late>?"`;

/** One number per character: towards 1 inside of quotes, towards -1 outside. */
export function insideQuotes(text: string): number[] {
  let [inside, value] = [false, 0];
  return [...text].map((sign) => {
    if (sign === '"') inside = !inside;
    value = 0.5 * value + 0.5 * (inside ? 1 : -1);
    return value;
  });
}

const onPlane = (far: number, turn: number) => ({ re: far * Math.cos(turn), im: far * Math.sin(turn) });

/** How strong a round spot of some colour is at a point of 10 by 10. */
const spot = (image: number, channel: number, at: number): number =>
  Math.hypot((at % 10) - 3 - image / 2, Math.floor(at / 10) - 4.5) < 2.4 ? chance(3 * image + channel) : 0;

const price = range(60).map((t) => 100 + 0.3 * t + 10 * Math.sin(t / 9) + 4 * chance(t));

/** A kernel of a profile of which nothing but its time matters. */
export const kernel = (
  name: string,
  milliseconds: number,
  path: readonly string[],
  backward = false,
): ProfiledKernel => ({
  name,
  milliseconds,
  path,
  backward,
  flops: 0,
  bytes: 0,
  runs: 1,
  line: undefined,
});

/** What a step of an LSTM of 128 units took, 32 sequences of 64 steps. */
const profile: Profile = {
  milliseconds: 22.9,
  calls: 13,
  kernels: [
    kernel("product [128, 2048] × [2048, 512]", 5.6, ["LSTM"], true),
    kernel("product [32, 512] × [512, 128]", 5.3, ["LSTM"], true),
    kernel("product [32, 128] × [128, 512]", 5.2, ["LSTM", "input gate i"]),
    kernel("map [32, 128]: add, sigmoid, tanh, mul", 1.9, ["LSTM", "candidate g"]),
    kernel("map [32, 128]: add, mul, square, sub", 1.4, ["LSTM", "output gate o"], true),
    kernel("product [2048, 128] × [128, 64]", 0.8, ["Linear"]),
    kernel("product [128, 2048] × [2048, 64]", 0.8, ["Linear"], true),
    kernel("reduce [2048, 64]: exp, sum", 0.3, ["crossEntropy"]),
    kernel("scatterAdd [64, 32]", 0.1, ["Embedding"], true),
    kernel("map [128, 512]: mul, add, sqrt, div", 0.2, ["optimizer", "adam"]),
    kernel("reduce [128, 512]: square, sum", 0.1, ["optimizer", "clipByGlobalNorm"]),
  ],
  layers: [],
  lines: [],
};

/** Figures of results, each with its picture in `test/figures`. */
export const figures: Readonly<Record<string, () => Promise<string>>> = {
  "gradient-flow": () =>
    gradientFlow([
      { name: "RNN", norms: fading(0.45, 1) },
      { name: "GRU", norms: fading(0.86, 2) },
      { name: "LSTM", norms: fading(0.93, 3) },
    ]),
  heatmap: () =>
    heatmap(
      range(24).map((t) => range(12).map((unit) => Math.tanh(1.5 * Math.sin(t / (2 + unit / 2) + unit)))),
      { title: "Cell states of an LSTM", valueLabel: "tanh(c)", width: 480, height: 240 },
    ),
  flame: () => flameChart(profile),
  activations: () => activationChart(),
  spectrum: () =>
    spectrumChart([
      {
        name: "orthogonal",
        eigenvalues: range(16).map((i) => onPlane(1, ((i + 0.5) * Math.PI) / 8)),
      },
      {
        name: "trained",
        eigenvalues: range(16).map((i) =>
          onPlane(1.25 * Math.sqrt(chance(i >> 1)), i % 2 ? -0.4 * i : 0.4 * (i + 1)),
        ),
      },
    ]),
  saturation: () =>
    saturationChart(
      ["input", "forget", "output"].map((name, gate) => {
        const high = range(24).map((unit) => chance(24 * gate + unit) ** [2, 0.6, 1.5][gate]!);
        return { name, high, low: high.map((share, unit) => (1 - share) * chance(90 + 24 * gate + unit)) };
      }),
    ),
  prediction: () => {
    const x = range(30).map((i) => 30 + i);
    const last = x.map((t) => price[t - 1]!);
    const lstm = x.map((t) => price[t]! + 3 * chance(t + 7) - 1.5);
    const predictions = [
      { name: "LSTM", x, y: lstm },
      { name: "the day before", x, y: last },
    ];
    return predictionChart(price, predictions, {
      split: 30,
      title: "Price of a share",
      xLabel: "day",
      yLabel: "dollars",
    });
  },
  probes: () =>
    probeRanking([
      { cell: 12, feature: "position in line", correlation: -0.81 },
      { cell: 41, feature: "inside quotes", correlation: 0.93 },
      { cell: 7, feature: "depth of brackets", correlation: 0.64 },
      { cell: "layer 2, 3", feature: "inside a comment", correlation: 0.12 },
    ]),
  "attention-map": async () =>
    attentionMap(
      range(4).map((sound) => range(6).map((letter) => Math.exp(-3 * Math.abs(letter - 1.4 * sound)))),
      { keys: [..."though"], queries: ["DH", "OW", "<b>", "…"], title: "Letters, sound by sound" },
    ),
  images: async () =>
    imageGrid(
      array(
        range(6 * 3 * 100).map((i) => spot(Math.floor(i / 300), Math.floor(i / 100) % 3, i % 100)),
        {
          shape: [6, 3, 10, 10],
        },
      ),
      {
        title: "What the network sees",
        perRow: 4,
        captions: range(6).map((i) => [`spot ${i} of six, and some words more`, "right: a spot"]),
      },
    ),
  samples: async () =>
    sampleTable([
      { name: "temperature 0.2", text: "the the the and the the of the the" },
      { name: "temperature 0.7", text: "“I am not a man,” said the old king,\n“and I was never one.”" },
      { name: "temperature 1.5", text: "Whx'q zoum; <bn>ig\tfrop — vy 7 lurk the!ea\n" },
    ]),
  "color-text": async () => colorText(novel, insideQuotes(novel), { title: "Cell 41: inside quotes" }),
};
