import { LSTMCell, type LSTMCellOptions, type LSTMState } from "../cells/lstm-cell.ts";
import { RecurrentStack } from "./recurrent-stack.ts";
import { ofStack, type RecurrentLayerOptions, stackedCells } from "./stacked-cells.ts";

/** What an LSTM takes: the options of its cells, and those of the stack. */
export interface LSTMOptions extends LSTMCellOptions, RecurrentLayerOptions {}

/**
 * Layers of long short-term memory, each with the equations of `LSTMCell` and its options `peephole`, `layerNorm` and
 * `projectionSize`.
 * Shapes: `x [time, batch, input]` → `outputs [time, batch, hidden]`, of two directions `[time, batch, 2 hidden]`; with
 *   projections, `projection` in place of `hidden`, also in what the next layer sees
 * State:  `{ h, c }` for each layer and direction, layer by layer, forward first
 * @throws as `RecurrentStack` does
 * @example
 * const lstm = new LSTM({ inputSize: 2, hiddenSize: 3, layers: 2, dropout: 0.5, seed: 1 });
 * const { outputs, state } = lstm.apply([[[1, 2]], [[3, 4]]], { training: true, key: randomKey(2) });
 * outputs.shape; // → [2, 1, 3]
 * state.length; // → 2
 * lstm.apply([[[1, 2]]], { initialState: state }).state[1].c.shape; // → [1, 3]
 * lstm.apply([[[1, 2]]], { training: true }); // throws GraphError
 * const small = new LSTM({ inputSize: 2, hiddenSize: 8, projectionSize: 3, layers: 2, bidirectional: true, seed: 1 });
 * small.apply([[[1, 2]]]).outputs.shape; // → [1, 1, 6]
 */
export class LSTM extends RecurrentStack<LSTMState> {
  constructor(options: LSTMOptions) {
    super(
      stackedCells(
        "LSTM",
        options,
        ["forgetBias", "peephole", "projectionSize", "layerNorm"],
        (each) => new LSTMCell(each),
        ({ projectionSize, hiddenSize }) => projectionSize ?? hiddenSize,
      ),
      ofStack(options),
      "LSTM",
    );
  }
}
