import { evaluate, randomKey, splitKey, type Tensor } from "@org/core";
import { type Cell, Embedding, GRUCell, Linear, LSTMCell, RecurrentStack, RNNCell } from "@org/nn";
import type { Settings } from "../settings.ts";
import type { State, typedCell } from "./typed-cell.ts";

export interface Model {
  readonly embedding: Embedding;
  readonly stack: RecurrentStack<State>;
  readonly head: Linear;
}

/** Makes cells of typed equations. It knows every function that equations may call, so it is there only where it is needed. */
export type CellTyper = typeof typedCell;

/** What makes cells of typed equations, for settings that have such. */
export const cellTyperFor = async ({ cell }: Settings): Promise<CellTyper | undefined> =>
  cell === "typed" ? (await import("./typed-cell.ts")).typedCell : undefined;

/** Character → vector → layers of cells → a score for each character that might come next. */
export function createModel(settings: Settings, characters: number, typer?: CellTyper): Model {
  const { hidden, layers, seed } = settings;
  const [first, second, ...seeds] = evaluate(splitKey(randomKey(seed), 2 + layers));
  const size = Math.min(hidden, 48);
  const cells = Array.from({ length: layers }, (_, layer) =>
    cellOf(
      settings,
      { inputSize: layer === 0 ? size : hidden, hiddenSize: hidden, seed: seeds[layer]! },
      typer,
    ),
  );
  return {
    embedding: new Embedding({ count: characters, size, seed: first! }),
    stack: new RecurrentStack(cells),
    head: new Linear({ inputSize: hidden, outputSize: characters, seed: second! }),
  };
}

type Sizes = Parameters<CellTyper>[1];

function cellOf({ cell, equations }: Settings, sizes: Sizes, typer?: CellTyper): Cell<State> {
  const made = {
    rnn: () => new RNNCell(sizes),
    lstm: () => new LSTMCell(sizes),
    gru: () => new GRUCell({ ...sizes, update: "keep", reset: "before" }),
    typed: () => typer!(equations, sizes),
  }[cell]();
  return made as unknown as Cell<State>;
}

/** The cells of a model, from below. */
export const cellsOf = ({ stack }: Model): Cell<State>[] => stack.layers.map((layer) => layer as Cell<State>);

/** What a model makes of `ids [time, batch]`: `logits [time, batch, characters]`, and what its layers show and carry. */
export function read(
  { embedding, stack, head }: Model,
  ids: Tensor,
  initialState?: readonly State[],
): { readonly logits: Tensor; readonly outputs: Tensor; readonly state: readonly State[] } {
  const { outputs, state } = stack.apply(embedding.apply(ids), initialState && { initialState });
  return { logits: head.apply(outputs), outputs, state };
}

/** One step by itself: `ids [rows]` → `logits [rows, characters]`. */
export function readOne(
  model: Model,
  ids: Tensor,
  before: readonly State[],
): { readonly logits: Tensor; readonly state: State[] } {
  let x = model.embedding.apply(ids);
  const state = cellsOf(model).map((cell, layer) => {
    const after = cell.step(x, before[layer]!);
    x = cell.output(after);
    return after;
  });
  return { logits: model.head.apply(x), state };
}
