/** Every cell of nn, as a model of a given width has it; and the frame that all of them share. */
import { relu, reshape, type Tensor } from "@org/core";
import {
  type Cell,
  ConvLSTMCell,
  Embedding,
  GatedDeltaCell,
  GRUCell,
  IndRNNCell,
  LegendreMemoryCell,
  Linear,
  LRUCell,
  LSTMCell,
  MinGRUCell,
  MinimalGatedUnitCell,
  MinLSTMCell,
  MLSTMCell,
  ODECell,
  parameters,
  QRNNCell,
  RGLRUCell,
  RNNCell,
  S5Cell,
  SelectiveStateSpaceCell,
  SLSTMCell,
  SRUCell,
} from "@org/nn";

/** A cell whose state is a record. */
export type RecordCell = Cell<Readonly<Record<string, Tensor>>>;

interface Made {
  readonly cell: object;
  /** The last axis of what goes in; the units, where it is not said. */
  readonly inputSize?: number;
  /** The last axis of what it shows; the units, where it is not said. */
  readonly outputSize?: number;
}

const seed = 1;
const [rows, columns] = [4, 6];
/** What a Legendre memory looks back on, and by how many polynomials. */
const [window, order] = [32, 16];

/** With as many inputs as units, as blocks of today have them. */
const kinds: Readonly<Record<string, (units: number) => Made>> = {
  RNN: (n) => ({ cell: new RNNCell({ inputSize: n, hiddenSize: n, seed }) }),
  GRU: (n) => ({
    cell: new GRUCell({ inputSize: n, hiddenSize: n, update: "keep", reset: "after", seed }),
  }),
  LSTM: (n) => ({ cell: new LSTMCell({ inputSize: n, hiddenSize: n, seed }) }),
  MGU: (n) => ({ cell: new MinimalGatedUnitCell({ inputSize: n, hiddenSize: n, seed }) }),
  IndRNN: (n) => ({ cell: new IndRNNCell({ inputSize: n, hiddenSize: n, seed }) }),
  SRU: (n) => ({ cell: new SRUCell({ inputSize: n, hiddenSize: n, seed }) }),
  QRNN: (n) => ({ cell: new QRNNCell({ inputSize: n, hiddenSize: n, seed }) }),
  minGRU: (n) => ({ cell: new MinGRUCell({ inputSize: n, hiddenSize: n, seed }) }),
  minLSTM: (n) => ({ cell: new MinLSTMCell({ inputSize: n, hiddenSize: n, seed }) }),
  LRU: (n) => ({ cell: new LRUCell({ inputSize: n, hiddenSize: n, seed }) }),
  S5: (n) => ({ cell: new S5Cell({ inputSize: n, hiddenSize: n, seed }) }),
  "RG-LRU": (n) => ({ cell: new RGLRUCell({ hiddenSize: n, seed }) }),
  sLSTM: (n) => ({ cell: new SLSTMCell({ inputSize: n, hiddenSize: n, seed }) }),
  mLSTM: (n) => ({ cell: new MLSTMCell({ inputSize: n, hiddenSize: n, seed }) }),
  "selective state space": (n) => ({ cell: new SelectiveStateSpaceCell({ inputSize: n, seed }) }),
  "gated delta rule": (n) => ({ cell: new GatedDeltaCell({ inputSize: n, hiddenSize: n, seed }) }),
  ConvLSTM: (n) => {
    const channels = n / 2;
    return { cell: onImages(channels), inputSize: rows * columns, outputSize: channels * rows * columns };
  },
  "neural ODE": (n) => ({ cell: new ODECell({ inputSize: n, hiddenSize: n, seed }) }),
  "Legendre memory": (n) => ({
    cell: new LegendreMemoryCell({ inputSize: n, hiddenSize: n, order, window, seed }),
  }),
};

/** A convolutional LSTM that sees its inputs as images of one channel. */
function onImages(hiddenChannels: number): RecordCell {
  const cell = new ConvLSTMCell({ inputChannels: 1, hiddenChannels, height: rows, width: columns, seed });
  const { parameters, name } = cell;
  return {
    name,
    parameters,
    inputSize: rows * columns,
    initialState: (batch) => cell.initialState(batch),
    step: (x, state) => cell.step(reshape(x, [x.shape[0]!, 1, rows, columns]), state as never),
    output: (state) => reshape(cell.output(state as never), [state.h!.shape[0]!, -1]),
  };
}

export const names: readonly string[] = Object.keys(kinds);

/** Inputs → vectors → a cell → a hidden layer → answers. */
export interface Model {
  readonly units: number;
  readonly weights: number;
  readonly cell: RecordCell;
  /** Ids of characters, or numbers `[..., width]` → vectors. */
  readonly embed: (x: Tensor) => Tensor;
  readonly score: (h: Tensor) => Tensor;
  /** Everything with weights. */
  readonly parts: object;
}

export interface Ends {
  /** What the encoder takes: so many kinds of ids, or so many numbers at once. */
  readonly from: { readonly kinds: number } | { readonly width: number };
  /** Units of the hidden layer behind the cell, and answers. */
  readonly hidden: number;
  readonly outputs: number;
}

/**
 * The frame is the same for all: an embedding, or for numbers a layer with relu, before the cell, and a layer with relu and
 * a linear one behind it. A cell that is linear in its inputs, as LRU and S5 are, could not multiply without them.
 */
function model(name: string, units: number, { from, hidden, outputs }: Ends): Model {
  const { cell, inputSize = units, outputSize = units } = kinds[name]!(units);
  const encoder =
    "kinds" in from
      ? new Embedding({ count: from.kinds, size: inputSize, seed: 2 })
      : new Linear({ inputSize: from.width, outputSize: inputSize, seed: 2 });
  const [inner, outer] = [
    new Linear({ inputSize: outputSize, outputSize: hidden, seed: 3 }),
    new Linear({ inputSize: hidden, outputSize: outputs, seed: 4 }),
  ];
  const parts = { cell, encoder, inner, outer };
  return {
    units,
    weights: Object.values(parameters(parts)).reduce((sum, { value }) => sum + value.data.length, 0),
    cell: cell as RecordCell,
    embed: (x) => ("kinds" in from ? encoder.apply(x) : relu(encoder.apply(x))),
    score: (h) => outer.apply(relu(inner.apply(h))),
    parts,
  };
}

/** The model whose units, an even number, come closest to a budget of weights. */
export function modelOf(name: string, budget: number, ends: Ends): Model {
  let [before, next] = [model(name, 2, ends), model(name, 4, ends)];
  while (next.weights < budget) [before, next] = [next, model(name, next.units + 2, ends)];
  return budget - before.weights < next.weights - budget ? before : next;
}
