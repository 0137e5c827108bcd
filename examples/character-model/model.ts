import { evaluate, randomKey, splitKey, type Tensor } from "@org/core";
import { type Cell, Embedding, GRUCell, Linear, LSTMCell, RNNCell, recurrent } from "@org/nn";
import type { Settings } from "./options.ts";

/** The part of a state that a cell keeps under one name, `h` or `c`. */
export type State = Readonly<Record<string, Tensor>>;

export interface Model {
  readonly embedding: Embedding;
  readonly cell: Cell<State>;
  readonly head: Linear;
}

const embeddingSize = 64;

/** Character → vector → recurrent cell → a score for each character that might come next. */
export function createModel({ cell, hidden, seed }: Settings, characters: number): Model {
  const [first, second, third] = evaluate(splitKey(randomKey(seed), 3));
  const size = { inputSize: embeddingSize, hiddenSize: hidden, seed: second ?? seed };
  return {
    embedding: new Embedding({ count: characters, size: embeddingSize, seed: first ?? seed }),
    cell: {
      rnn: () => new RNNCell(size),
      lstm: () => new LSTMCell(size),
      gru: () => new GRUCell({ ...size, update: "keep", reset: "before" }),
    }[cell]() as unknown as Cell<State>,
    head: new Linear({ inputSize: hidden, outputSize: characters, seed: third ?? seed }),
  };
}

/**
 * The scores after every character of some streams, and the state after the last.
 * Shapes: `ids [time, batch]` → `logits [time, batch, characters]`
 */
export function read(model: Model, ids: Tensor, initialState: State): { logits: Tensor; state: State } {
  const { outputs, state } = recurrent(model.cell, model.embedding.apply(ids), { initialState });
  return { logits: model.head.apply(outputs), state };
}
