import { RNNCell, type RNNCellOptions, type RNNState } from "../cells/rnn-cell.ts";
import { RecurrentStack } from "./recurrent-stack.ts";
import { ofStack, type RecurrentLayerOptions, stackedCells } from "./stacked-cells.ts";

/** What an RNN takes: the options of its cells, and those of the stack. */
export interface RNNOptions extends RNNCellOptions, RecurrentLayerOptions {}

/**
 * Layers of plain recurrent cells: `h ← φ(x W_xh + h W_hh + b_h)` in each.
 * Shapes: `x [time, batch, input]` → `outputs [time, batch, hidden]`, of two directions `[time, batch, 2 hidden]`
 * State:  `{ h }` for each layer and direction, layer by layer, forward first
 * @throws as `RecurrentStack` does
 * @example
 * const rnn = new RNN({ inputSize: 2, hiddenSize: 3, layers: 2, activation: "relu", seed: 1 });
 * rnn.apply([[[1, 2]], [[3, 4]]]).outputs.shape; // → [2, 1, 3]
 * Object.keys(parameters(rnn)); // → ["0.W_xh", "0.W_hh", "0.b_h", "1.W_xh", "1.W_hh", "1.b_h"]
 */
export class RNN extends RecurrentStack<RNNState> {
  constructor(options: RNNOptions) {
    super(
      stackedCells("RNN", options, ["activation"], (each) => new RNNCell(each)),
      ofStack(options),
      "RNN",
    );
  }
}
