import { checkOptionNames } from "@org/core";
import type { Cell, CellOptions } from "../cells/cell.ts";
import { checkValues, flag, size } from "../option-values.ts";
import { splitSeed } from "../seed.ts";
import type { RecurrentStackOptions, StackLayer } from "./recurrent-stack.ts";

/** What `RNN`, `LSTM` and `GRU` take beside the options of their cells. */
export interface RecurrentLayerOptions extends RecurrentStackOptions {
  /** How many layers. @default 1 */
  readonly layers?: number;
  /** Whether each layer reads the sequence from its end as well. @default false */
  readonly bidirectional?: boolean;
}

const shared = [
  "inputSize",
  "hiddenSize",
  "layers",
  "bidirectional",
  "merge",
  "dropout",
  "recurrentDropout",
  "zoneout",
  "layout",
  "bias",
  "dtype",
  "seed",
] as const satisfies readonly (keyof (CellOptions & RecurrentLayerOptions))[];

/**
 * Cells of one kind for a stack: each has a seed of its own, and the input size that the layer below gives it.
 * `own` are the options that this kind of cell alone has; `outputSize` is what a cell shows, mostly its hidden size.
 * @throws GraphError for options that neither cells nor stacks have
 */
export function stackedCells<State, Options extends CellOptions & RecurrentLayerOptions>(
  op: string,
  options: Options,
  own: readonly (keyof Options & string)[],
  make: (options: Options) => Cell<State>,
  outputSize: number = options.hiddenSize,
): StackLayer<State>[] {
  checkOptionNames(op, options, [...own, ...shared], ["inputSize", "hiddenSize", "seed"]);
  const { layers = 1, bidirectional = false, merge = "concat", inputSize, seed } = options;
  checkValues(op, {
    layers: [layers, size],
    inputSize: [inputSize, size],
    hiddenSize: [options.hiddenSize, size],
    bidirectional: [bidirectional, flag],
  });
  const wide = bidirectional && (merge === "concat" || merge === "none");
  const seeds = splitSeed(seed, 2 * layers);
  return Array.from({ length: layers }, (_, l) => {
    const below = l === 0 ? inputSize : outputSize * (wide ? 2 : 1);
    const cell = (direction: 0 | 1): Cell<State> =>
      make({ ...options, inputSize: below, seed: seeds[2 * l + direction]! });
    return bidirectional ? { forward: cell(0), backward: cell(1) } : cell(0);
  });
}
