/** Cells with good options, those that take odd values, and what is made with them. */
import { input, type Tensor } from "@org/core";
import * as nn from "@org/nn";

interface CellCase {
  readonly good: Readonly<Record<string, unknown>>;
  readonly odd: readonly string[];
  build(options: never): Tensor;
}

export const sequence: Tensor = input("x", [3, 2, 2]);
export const images: Tensor = input("images", [1, 1, 4, 5]);
const cell = { inputSize: 2, hiddenSize: 2, seed: 1 };
const cells = ["inputSize", "hiddenSize", "bias", "dtype"];
const unbiased = ["inputSize", "hiddenSize", "dtype"];
const stepped = (each: nn.Cell): Tensor => nn.recurrent(each, sequence).outputs;

export const cellsOfToday: Readonly<Record<string, CellCase>> = {
  MinimalGatedUnitCell: { good: cell, odd: cells, build: (o) => stepped(new nn.MinimalGatedUnitCell(o)) },
  IndRNNCell: { good: cell, odd: [...cells, "activation"], build: (o) => stepped(new nn.IndRNNCell(o)) },
  SRUCell: { good: cell, odd: cells, build: (o) => stepped(new nn.SRUCell(o)) },
  QRNNCell: { good: cell, odd: cells, build: (o) => stepped(new nn.QRNNCell(o)) },
  MinGRUCell: { good: cell, odd: cells, build: (o) => stepped(new nn.MinGRUCell(o)) },
  MinLSTMCell: { good: cell, odd: cells, build: (o) => stepped(new nn.MinLSTMCell(o)) },
  LRUCell: { good: cell, odd: [...unbiased, "least", "most"], build: (o) => stepped(new nn.LRUCell(o)) },
  S5Cell: { good: cell, odd: unbiased, build: (o) => stepped(new nn.S5Cell(o)) },
  RGLRUCell: {
    good: { hiddenSize: 2, seed: 1 },
    odd: ["hiddenSize", "bias", "dtype"],
    build: (o) => stepped(new nn.RGLRUCell(o)),
  },
  SelectiveStateSpaceCell: {
    good: { inputSize: 2, seed: 1 },
    odd: ["inputSize", "stateSize", "rank", "dtype"],
    build: (o) => stepped(new nn.SelectiveStateSpaceCell(o)),
  },
  SLSTMCell: { good: cell, odd: cells, build: (o) => stepped(new nn.SLSTMCell(o)) },
  MLSTMCell: { good: cell, odd: cells, build: (o) => stepped(new nn.MLSTMCell(o)) },
  GatedDeltaCell: {
    good: cell,
    odd: [...unbiased, "keySize"],
    build: (o) => stepped(new nn.GatedDeltaCell(o)),
  },
  ODECell: {
    good: cell,
    odd: [...cells, "slopeSize", "duration", "steps"],
    build: (o) => stepped(new nn.ODECell(o)),
  },
  LegendreMemoryCell: {
    good: { ...cell, order: 2, window: 3 },
    odd: [...unbiased, "order", "window"],
    build: (o) => stepped(new nn.LegendreMemoryCell(o)),
  },
  ConvLSTMCell: {
    good: { inputChannels: 1, hiddenChannels: 1, height: 4, width: 5, seed: 1 },
    odd: ["inputChannels", "hiddenChannels", "height", "width", "kernel", "bias", "dtype"],
    build: (o) => {
      const each = new nn.ConvLSTMCell(o);
      return each.step(images, each.initialState(1)).h;
    },
  },
};
