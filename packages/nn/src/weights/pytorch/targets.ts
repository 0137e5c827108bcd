import type { NDArray, Parameter } from "@org/core";
import { GRUCell } from "../../cells/gru-cell.ts";
import { LSTMCell } from "../../cells/lstm-cell.ts";
import { RNNCell } from "../../cells/rnn-cell.ts";
import { Conv2d } from "../../layers/conv2d.ts";
import { Embedding } from "../../layers/embedding.ts";
import { LayerNorm } from "../../layers/layer-norm.ts";
import { Linear } from "../../layers/linear.ts";
import { parameters } from "../../parameters.ts";
import { arrayLike, numbers, type TwoWayTarget, transpose, transposed, whole } from "../target.ts";

/** A layer that is not recurrent; a layer without parameters needs nothing. Otherwise, what is wrong with it. */
export function layerTarget(layer: object): TwoWayTarget | string {
  if (layer instanceof Embedding) return whole({ weight: layer.parameters.E });
  if (layer instanceof Conv2d) return whole({ weight: layer.parameters.W, bias: layer.parameters.b });
  if (layer instanceof LayerNorm) return whole({ weight: layer.parameters.g, bias: layer.parameters.b });
  if (layer instanceof Linear) {
    const { W, b } = layer.parameters;
    const { shapes, convert, values } = whole({ bias: b });
    return {
      shapes: { weight: W.shape.toReversed(), ...shapes },
      convert: (values) => [[W, transposed(values.weight!)], ...convert(values)],
      values: () => ({ weight: arrayLike(W, W.shape.toReversed(), transposed(W.value)), ...values() }),
    };
  }
  if (Object.keys(parameters(layer)).length === 0) return whole({});
  return `PyTorch has no layer like ${layer.constructor.name}`;
}

/** The blocks of each cell in the order in which PyTorch stacks them. */
const gates = [
  [RNNCell, "h"],
  [LSTMCell, "ifco"],
  [GRUCell, "rzh"],
] as const;

/** A cell whose tensors have names with this ending. Undefined for what is no cell that PyTorch has. */
export function cellTarget(cell: unknown, suffix: string): TwoWayTarget | string | undefined {
  const found = gates.find(([kind]) => cell instanceof kind);
  if (!found) return undefined;
  if (cell instanceof GRUCell && cell.reset === "before") {
    return 'reset: "before" has no like in PyTorch, whose reset gate stands after the recurrent product';
  }
  const letters = [...found[1]];
  const own = (cell as RNNCell).parameters as unknown as Readonly<Record<string, Parameter | undefined>>;
  const unknown = ["w_ci", "g_memory"].findIndex((name) => own[name]);
  if (unknown >= 0) return `PyTorch's LSTM has no ${["peepholes", "layer normalisation"][unknown]}`;
  const [inputSize, hiddenSize] = own[`W_x${letters[0]}`]!.shape as [number, number];
  const [outputSize] = own[`W_h${letters[0]}`]!.shape as [number];
  const rows = letters.length * hiddenSize;
  const [input, recurrent] = [`weight_ih${suffix}`, `weight_hh${suffix}`];
  const biases = own[`b_${letters[0]}`] ? [`bias_ih${suffix}`, `bias_hh${suffix}`] : [];
  const projection = `weight_hr${suffix}`;
  const { W_mh } = own;
  // h ← (1 - Z) ⊙ h + Z ⊙ H̃ is PyTorch's with 1 - Z = σ(-a) for Z = σ(a).
  const signOf = (letter: string): 1 | -1 =>
    letter === "z" && cell instanceof GRUCell && cell.update === "write" ? -1 : 1;
  return {
    shapes: {
      [input]: [rows, inputSize],
      [recurrent]: [rows, outputSize],
      ...Object.fromEntries(biases.map((name) => [name, [rows]])),
      ...(W_mh && { [projection]: [outputSize, hiddenSize] }),
    },
    convert: (values) => [
      ...(W_mh ? [[W_mh, transposed(values[projection]!)] as const] : []),
      ...letters.flatMap((letter, i) => {
        const sign = signOf(letter);
        const block = (name: string): Float64Array => {
          const { data, shape } = values[name]!;
          const size = (data.length / shape[0]!) * hiddenSize;
          const part = new Float64Array(data.subarray(i * size, (i + 1) * size));
          return sign === 1 ? part : part.map((value) => -value);
        };
        const of = (name: string): Parameter => own[`${name}${letter}`] as Parameter;
        const weights = [
          [of("W_x"), transpose(block(input), hiddenSize)],
          [of("W_h"), transpose(block(recurrent), hiddenSize)],
        ] as const;
        const [first, second] = biases.map(block);
        if (!first || !second) return weights;
        if (letter === "h" && own.b_hh)
          return [...weights, [of("b_"), first] as const, [own.b_hh, second] as const];
        return [...weights, [of("b_"), first.map((value, k) => value + second[k]!)] as const];
      }),
    ],
    values: () => {
      const stacked = (part: (letter: string) => Float64Array, shape: readonly number[]): NDArray => {
        const blocks = letters.map((letter) => part(letter).map((value) => signOf(letter) * value));
        return arrayLike(
          own[`W_x${letters[0]}`]!,
          shape,
          Float64Array.from(blocks.flatMap((each) => [...each])),
        );
      };
      const weights = (name: string): NDArray =>
        stacked(
          (letter) => transposed(own[name + letter]!.value),
          [rows, own[`${name}${letters[0]}`]!.shape[0]!],
        );
      // One bias where PyTorch has two: the other is zero.
      const none = new Float64Array(hiddenSize);
      const [first, second] = biases;
      return {
        [input]: weights("W_x"),
        [recurrent]: weights("W_h"),
        ...(first && { [first]: stacked((letter) => numbers(own[`b_${letter}`]!.value), [rows]) }),
        ...(second && {
          [second]: stacked(
            (letter) => (letter === "h" && own.b_hh ? numbers(own.b_hh.value) : none),
            [rows],
          ),
        }),
        ...(W_mh && { [projection]: arrayLike(W_mh, [outputSize, hiddenSize], transposed(W_mh.value)) }),
      };
    },
  };
}
