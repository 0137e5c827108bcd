/** Every kind of cell with the same sizes, in f64 and with values for all parameters. */
import type { Tensor } from "@org/core";
import { type Cell, GRUCell, LSTMCell, RNNCell } from "@org/nn";
import { randomize } from "./values.ts";

export const sizes = { inputSize: 3, hiddenSize: 4 } as const;

/** A cell whose state is a record. */
export type RecordCell = Cell<Record<string, Tensor>>;

const options = { ...sizes, seed: 1, dtype: "f64" } as const;

export const cells: readonly (readonly [name: string, cell: RecordCell])[] = [
  ["RNNCell", new RNNCell(options) as never],
  ["LSTMCell", new LSTMCell(options) as never],
  ["GRUCell", new GRUCell({ ...options, update: "keep", reset: "after" }) as never],
];

for (const [, cell] of cells) randomize(cell.parameters, 2);
