/** Every cell of nn that has no picture of its own, over two steps. */
import { input, type Tensor } from "@org/core";
import * as nn from "@org/nn";
import { renderSvg } from "@org/viz";
import { expect, test } from "vitest";
import { readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

const sizes = { inputSize: 2, hiddenSize: 3, seed: 1 };
const over = (cell: unknown, shape: readonly number[] = [2]): Tensor =>
  nn.recurrent(cell as nn.Cell, input("x", [2, 1, ...shape])).outputs;

test.each<[name: string, draw: () => Tensor]>([
  ["minimal-gated-unit", () => over(new nn.MinimalGatedUnitCell(sizes))],
  ["ind-rnn", () => over(new nn.IndRNNCell(sizes))],
  ["sru", () => over(new nn.SRUCell(sizes))],
  ["qrnn", () => over(new nn.QRNNCell(sizes))],
  ["min-gru", () => over(new nn.MinGRUCell(sizes))],
  ["min-lstm", () => over(new nn.MinLSTMCell(sizes))],
  ["lru", () => over(new nn.LRUCell(sizes))],
  ["s5", () => over(new nn.S5Cell(sizes))],
  ["rg-lru", () => over(new nn.RGLRUCell({ hiddenSize: 2, seed: 1 }))],
  ["selective-state-space", () => over(new nn.SelectiveStateSpaceCell({ inputSize: 2, seed: 1 }))],
  ["slstm", () => over(new nn.SLSTMCell(sizes))],
  ["mlstm", () => over(new nn.MLSTMCell(sizes))],
  ["gated-delta", () => over(new nn.GatedDeltaCell(sizes))],
  ["ode", () => over(new nn.ODECell({ ...sizes, steps: 1 }))],
  ["legendre-memory", () => over(new nn.LegendreMemoryCell({ ...sizes, order: 4, window: 8 }))],
  [
    "conv-lstm",
    () => {
      const images = { inputChannels: 1, hiddenChannels: 1, height: 4, width: 4, seed: 1 };
      return over(new nn.ConvLSTMCell(images), [1, 4, 4]);
    },
  ],
])("%s", async (name, draw) => {
  const svg = await renderSvg(draw(), { unroll: 2 });
  await expect(svg).toMatchFileSnapshot(`figures/cells/${name}.svg`);
  expect(problemsOf(readSvg(svg))).toEqual([]);
});
