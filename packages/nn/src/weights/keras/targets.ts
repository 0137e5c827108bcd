import type { Parameter } from "@org/core";
import { GRUCell } from "../../cells/gru-cell.ts";
import { LSTMCell } from "../../cells/lstm-cell.ts";
import { RNNCell } from "../../cells/rnn-cell.ts";
import { Conv2d } from "../../layers/conv2d.ts";
import { Embedding } from "../../layers/embedding.ts";
import { LayerNorm } from "../../layers/layer-norm.ts";
import { Linear } from "../../layers/linear.ts";
import { directionsOf, RecurrentStack } from "../../layers/recurrent-stack.ts";
import { parameters } from "../../parameters.ts";
import { numbers, type Target, whole } from "../target.ts";

/** What Keras has for a layer, by the ends of its variables' paths. */
export function targetsOf(layer: object): readonly (Target | string)[] {
  if (layer instanceof RecurrentStack) {
    const { layers } = layer as RecurrentStack<unknown>;
    if (layers.length !== 1)
      return [`Keras has a layer for each of the ${layers.length} layers of this stack`];
    const cells = directionsOf(layers[0]!);
    const prefixes = cells.length === 2 ? ["forward", "backward"] : [""];
    return cells.map((cell, d) => cellTarget(cell as object, prefixes[d]!));
  }
  if (layer instanceof Embedding) return [whole({ embeddings: layer.parameters.E })];
  if (layer instanceof Linear) return [whole({ kernel: layer.parameters.W, bias: layer.parameters.b })];
  if (layer instanceof LayerNorm) return [whole({ gamma: layer.parameters.g, beta: layer.parameters.b })];
  if (layer instanceof Conv2d) return [convolution(layer)];
  if (gates.some(([kind]) => layer instanceof kind)) return [cellTarget(layer, "")];
  if (Object.keys(parameters(layer)).length === 0) return [whole({})];
  return [`Keras has no layer like ${layer.constructor.name}`];
}

/** Rows, columns, channels in, channels out → channels out, channels in, rows, columns. */
function convolution({ parameters: { W, b } }: Conv2d): Target {
  const [outputs, inputs, height, width] = W.shape as [number, number, number, number];
  const { shapes, convert } = whole({ bias: b });
  return {
    shapes: { kernel: [height, width, inputs, outputs], ...shapes },
    convert: (values) => {
      const kernel = numbers(values.kernel!);
      const pixels = height * width;
      const turned = kernel.map((_, i) => {
        const [place, input, output] = [
          i % pixels,
          Math.floor(i / pixels) % inputs,
          Math.floor(i / (pixels * inputs)),
        ];
        return kernel[(place * inputs + input) * outputs + output]!;
      });
      return [[W, turned], ...convert(values)];
    },
  };
}

/** The blocks of each cell in the order in which Keras puts them side by side. */
const gates = [
  [RNNCell, "h"],
  [LSTMCell, "ifco"],
  [GRUCell, "zrh"],
] as const;

/** @param direction What Keras's wrapper calls the cell's layer, or nothing. */
function cellTarget(cell: object, direction: string): Target | string {
  const found = gates.find(([kind]) => cell instanceof kind);
  if (!found) return `Keras has no cell like ${cell.constructor.name}`;
  const letters = [...found[1]];
  const own = (cell as RNNCell).parameters as unknown as Readonly<Record<string, Parameter | undefined>>;
  for (const [name, word] of [
    ["w_ci", "peepholes"],
    ["g_memory", "layer normalisation"],
    ["W_mh", "projection"],
  ] as const)
    if (own[name]) return `Keras's LSTM has no ${word}`;
  const [inputSize, hiddenSize] = own[`W_x${letters[0]}`]!.shape as [number, number];
  const columns = letters.length * hiddenSize;
  const name = (end: string): string => (direction ? `${direction} ${end}` : end);
  const [kernel, recurrent, bias] = [name("kernel"), name("recurrent_kernel"), name("bias")];
  // A GRU with the reset gate behind the product has a bias for each of the two products.
  const twice = own.b_hh !== undefined;
  // h ← (1 - Z) ⊙ h + Z ⊙ H̃ is Keras's with 1 - Z = σ(-a) for Z = σ(a).
  const signOf = (letter: string): 1 | -1 =>
    letter === "z" && cell instanceof GRUCell && cell.update === "write" ? -1 : 1;
  return {
    shapes: {
      [kernel]: [inputSize, columns],
      [recurrent]: [hiddenSize, columns],
      ...(own[`b_${letters[0]}`] && { [bias]: twice ? [2, columns] : [columns] }),
    },
    convert: (values) =>
      letters.flatMap((letter, i) => {
        const block = (from: string, row?: number): Float64Array => {
          const all = numbers(values[from]!);
          const rows = row === undefined ? all : all.subarray(row * columns, (row + 1) * columns);
          return rows
            .filter((_, at) => Math.floor((at % columns) / hiddenSize) === i)
            .map((value) => signOf(letter) * value);
        };
        const [W_x, W_h, b] = ["W_x", "W_h", "b_"].map((start) => own[start + letter]);
        const weights = [
          [W_x!, block(kernel)],
          [W_h!, block(recurrent)],
        ] as const;
        if (!b) return weights;
        if (!twice) return [...weights, [b, block(bias)] as const];
        const [first, second] = [block(bias, 0), block(bias, 1)];
        if (letter === "h") return [...weights, [b, first] as const, [own.b_hh!, second] as const];
        return [...weights, [b, first.map((value, k) => value + second[k]!)] as const];
      }),
  };
}
