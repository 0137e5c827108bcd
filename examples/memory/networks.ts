/** The networks that are asked to remember, each with as many units. */
import { add, clip, div, log, matmul, mul, square, sub, type Tensor, tanh } from "@org/core";
import { type Cell, GRUCell, init, LSTMCell, RNNCell, stateGradients } from "@org/nn";
import { normPreservation } from "@org/optim";

export type State = { readonly h: Tensor };

export interface Network {
  cell(width: number, length: number, seed: number): Cell<State>;
  /** Above which norm gradients are clipped; 0 for never. */
  readonly clip: number;
  /** Something to be added to the loss. */
  penalty?(cell: Cell<State>, loss: Tensor, outputs: Tensor): Tensor;
}

export const hidden = 32;
const sizes = (width: number, seed: number) => ({ inputSize: width, hiddenSize: hidden, seed });

const tanhCell = (width: number, _: number, seed: number): Cell<State> => new RNNCell(sizes(width, seed));

/**
 * Ω of Pascanu, Mikolov & Bengio 2013, equation 9, by the states before tanh: `x_{k+1} = tanh(x_k) W + …`, whose gradient is
 * that of `h = tanh(x)` times `1 - h²`.
 */
function preserveNorms(cell: Cell<State>, loss: Tensor, outputs: Tensor): Tensor {
  const W = (cell as unknown as RNNCell).parameters.W_hh;
  const h = clip(outputs, { low: -0.99999, high: 0.99999 });
  const states = mul(0.5, log(div(add(1, h), sub(1, h))));
  const gradients = mul(stateGradients(loss, outputs), sub(1, square(outputs)));
  return mul(
    0.1,
    normPreservation((x) => matmul(tanh(x), W), { states, gradients }),
  );
}

export const networks: Readonly<Record<string, Network>> = {
  "tanh RNN": { cell: tanhCell, clip: 1 },
  "tanh RNN, not clipped": { cell: tanhCell, clip: 0 },
  "tanh RNN, norms preserved": { cell: tanhCell, clip: 1, penalty: preserveNorms },
  "ReLU RNN from identity": {
    cell(width, _, seed) {
      const cell = new RNNCell({ ...sizes(width, seed), activation: "relu" });
      cell.parameters.W_hh.value = init.identity([hidden, hidden]);
      cell.parameters.W_xh.value = init.normal([width, hidden], { scale: 0.1, seed });
      return cell;
    },
    clip: 1,
  },
  GRU: {
    cell: (width, _, seed) => new GRUCell({ ...sizes(width, seed), update: "keep", reset: "after" }),
    clip: 1,
  },
  LSTM: { cell: (width, _, seed) => new LSTMCell(sizes(width, seed)) as unknown as Cell<State>, clip: 1 },
  "LSTM, chrono": {
    cell(width, length, seed) {
      const cell = new LSTMCell(sizes(width, seed));
      const { forget, input } = init.chrono(hidden, { longest: length, seed: seed + 50 });
      cell.parameters.b_f!.value = forget;
      cell.parameters.b_i!.value = input;
      return cell as unknown as Cell<State>;
    },
    clip: 1,
  },
};
