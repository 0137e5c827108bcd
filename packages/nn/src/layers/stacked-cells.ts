import { checkOptionNames, checkOptionValues } from "@org/core";
import type { Cell, CellOptions } from "../cells/cell.ts";
import { flag, size } from "../option-values.ts";
import { splitSeed } from "../seed.ts";
import type { RecurrentStackOptions, StackLayer } from "./recurrent-stack.ts";

/** What `RNN`, `LSTM` and `GRU` take beside the options of their cells. */
export interface RecurrentLayerOptions extends RecurrentStackOptions {
  /** How many layers. @default 1 */
  readonly layers?: number;
  /** Whether each layer reads the sequence from its end as well. @default false */
  readonly bidirectional?: boolean;
}

const OF_CELLS = "inputSize hiddenSize bias dtype seed";
const OF_STACKS = "merge layout dropout recurrentDropout zoneout";

/** Those of the options that `names` names. */
const chosen = (options: object, names: string): object =>
  Object.fromEntries(Object.entries(options).filter(([name]) => names.split(" ").includes(name)));

/** What the stack itself takes of the options of a layer. */
export const ofStack = (options: RecurrentStackOptions): RecurrentStackOptions => chosen(options, OF_STACKS);

/**
 * Cells of one kind for a stack: each has a seed of its own, and the input size that the layer below gives it.
 * `own` are the options that this kind of cell alone has; `shows` is the size of what a cell shows.
 * @throws GraphError for options that neither cells nor stacks have
 */
export function stackedCells<State, Options extends CellOptions & RecurrentLayerOptions>(
  op: string,
  options: Options,
  own: readonly (keyof Options & string)[],
  make: (options: Options) => Cell<State>,
  shows: (options: Options) => number = ({ hiddenSize }) => hiddenSize,
): StackLayer<State>[] {
  const names = `${own.join(" ")} ${OF_CELLS} ${OF_STACKS} layers bidirectional`;
  checkOptionNames<object>(op, options, names, "inputSize hiddenSize seed");
  const { layers = 1, bidirectional = false, merge = "concat", inputSize, seed } = options;
  checkOptionValues(op, {
    layers: [layers, size],
    inputSize: [inputSize, size],
    hiddenSize: [options.hiddenSize, size],
    bidirectional: [bidirectional, flag],
  });
  const ofCells = chosen(options, `${own.join(" ")} ${OF_CELLS}`) as Options;
  const wide = bidirectional && (merge === "concat" || merge === "none");
  const outputSize = shows(options);
  const seeds = splitSeed(seed, 2 * layers);
  return Array.from({ length: layers }, (_, l) => {
    const below = l === 0 ? inputSize : outputSize * (wide ? 2 : 1);
    const cell = (direction: 0 | 1): Cell<State> =>
      make({ ...ofCells, inputSize: below, seed: seeds[2 * l + direction]! });
    return bidirectional ? { forward: cell(0), backward: cell(1) } : cell(0);
  });
}
