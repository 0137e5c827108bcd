/** Every cell of nn that has no row of the checklist, over two steps: gates have their letters, what is carried its name. */
import { input, type Tensor } from "@org/core";
import * as nn from "@org/nn";
import { renderSvg } from "@org/viz";
import type { Figure } from "./figure.ts";

const sizes = { inputSize: 2, hiddenSize: 3, seed: 1 };
const over = (cell: unknown, shape: readonly number[] = [2]): Tensor =>
  nn.recurrent(cell as nn.Cell, input("x", [2, 1, ...shape])).outputs;

const drawn = (name: string, title: string, text: string, draw: () => Tensor): Figure => ({
  row: "",
  name,
  title,
  text,
  draw: () => renderSvg(draw(), { unroll: 2 }),
});

export const cellsOfToday: readonly Figure[] = [
  drawn("minimal-gated-unit", "Minimal gated unit", "One gate for the two of a GRU.", () =>
    over(new nn.MinimalGatedUnitCell(sizes)),
  ),
  drawn("ind-rnn", "IndRNN", "Each unit sees of the state itself alone.", () =>
    over(new nn.IndRNNCell(sizes)),
  ),
  drawn("sru", "Simple recurrent unit", "Products see the input, gates their own memory.", () =>
    over(new nn.SRUCell(sizes)),
  ),
  drawn("qrnn", "Quasi-recurrent network", "Gates of two inputs; what runs in time is elementwise.", () =>
    over(new nn.QRNNCell(sizes)),
  ),
  drawn("min-gru", "minGRU", "A GRU whose gate sees the input alone.", () => over(new nn.MinGRUCell(sizes))),
  drawn("min-lstm", "minLSTM", "Gates that see the input alone and sum to one.", () =>
    over(new nn.MinLSTMCell(sizes)),
  ),
  drawn("lru", "Linear recurrent unit", "A diagonal complex state, read by a real output.", () =>
    over(new nn.LRUCell(sizes)),
  ),
  drawn("s5", "S5", "A diagonal state space in time of its own.", () => over(new nn.S5Cell(sizes))),
  drawn("rg-lru", "RG-LRU", "A gated decay, and a gated input, as in Griffin.", () =>
    over(new nn.RGLRUCell({ hiddenSize: 2, seed: 1 })),
  ),
  drawn(
    "selective-state-space",
    "Selective state space",
    "The input says how long it lasts, as in Mamba.",
    () => over(new nn.SelectiveStateSpaceCell({ inputSize: 2, seed: 1 })),
  ),
  drawn("slstm", "sLSTM", "Exponential gates, a memory that is normalised.", () =>
    over(new nn.SLSTMCell(sizes)),
  ),
  drawn("mlstm", "mLSTM", "The memory is a matrix of keys and values.", () => over(new nn.MLSTMCell(sizes))),
  drawn("gated-delta", "Gated delta rule", "What a key had in the matrix is replaced.", () =>
    over(new nn.GatedDeltaCell(sizes)),
  ),
  drawn(
    "ode",
    "Neural ODE",
    "A state that moves in continuous time, one step of Runge and Kutta's method.",
    () => over(new nn.ODECell({ ...sizes, steps: 1 })),
  ),
  drawn("legendre-memory", "Legendre memory", "A window of one signal, as coefficients of polynomials.", () =>
    over(new nn.LegendreMemoryCell({ ...sizes, order: 4, window: 8 })),
  ),
  drawn("conv-lstm", "Convolutional LSTM", "The products of an LSTM are convolutions.", () => {
    const images = { inputChannels: 1, hiddenChannels: 1, height: 4, width: 4, seed: 1 };
    return over(new nn.ConvLSTMCell(images), [1, 4, 4]);
  }),
];
