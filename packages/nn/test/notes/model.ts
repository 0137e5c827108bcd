/** The character model of the notes' listings, once as a graph and once as plain numbers. */
import { constant, type NDArray, type Parameter, type Tensor } from "@org/core";
import { type Cell, crossEntropy, Linear, recurrent } from "@org/nn";
import { randomize, values } from "../values.ts";
import type { Matrix } from "./plain.ts";

export const sizes = { time: 5, batch: 3, inputSize: 4, hiddenSize: 3, outputSize: 4 } as const;
export const cellOptions = { inputSize: 4, hiddenSize: 3, seed: 0, dtype: "f64" } as const;

export const inputs: NDArray = values(1, sizes.time, sizes.batch, sizes.inputSize);
export const labels: Matrix = Array.from({ length: sizes.time }, (_, t) =>
  Array.from({ length: sizes.batch }, (_, b) => (3 * t + 2 * b) % sizes.outputSize),
);

export interface NotesModel {
  /** The cell's, and `W_hq`, `b_q`. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly logits: Tensor;
  readonly loss: Tensor;
  readonly state: Readonly<Record<string, Tensor>>;
}

/** Mean cross-entropy of `O = H W_hq + b_q` over all steps, all parameters random. */
export function notesModel<State>(cell: Cell<State>): NotesModel {
  const head = new Linear({
    inputSize: sizes.hiddenSize,
    outputSize: sizes.outputSize,
    seed: 0,
    dtype: "f64",
  });
  const parameters = { ...cell.parameters, W_hq: head.parameters.W, b_q: head.parameters.b! };
  randomize(parameters, 9);
  const { outputs, state } = recurrent(cell, constant(inputs));
  const logits = head.apply(outputs);
  return { parameters, logits, loss: crossEntropy(logits, labels), state: state as Record<string, Tensor> };
}

/** The same numbers as nested arrays: vectors as one row. */
export function plainNumbers(parameters: Readonly<Record<string, Parameter>>): Record<string, Matrix> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { value }]) => {
      const nested = value.toNested() as unknown;
      return [name, (value.shape.length === 1 ? [nested] : nested) as Matrix];
    }),
  );
}

export const plainInputs = inputs.toNested() as unknown as Matrix[];
