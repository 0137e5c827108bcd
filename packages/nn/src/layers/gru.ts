import { GRUCell, type GRUCellOptions, type GRUState } from "../cells/gru-cell.ts";
import { RecurrentStack } from "./recurrent-stack.ts";
import { ofStack, type RecurrentLayerOptions, stackedCells } from "./stacked-cells.ts";

/** What a GRU takes: the options of its cells, `update` and `reset` among them, and those of the stack. */
export interface GRUOptions extends GRUCellOptions, RecurrentLayerOptions {}

/**
 * Layers of gated recurrent units, each with the equations of `GRUCell`. `update: "keep", reset: "after"` is PyTorch's.
 * Shapes: `x [time, batch, input]` → `outputs [time, batch, hidden]`, of two directions `[time, batch, 2 hidden]`
 * State:  `{ h }` for each layer and direction, layer by layer, forward first
 * @throws GraphError for an `update` or a `reset` that is none; else as `RecurrentStack` does
 * @example
 * const gru = new GRU({ inputSize: 2, hiddenSize: 3, bidirectional: true, update: "keep", reset: "after", seed: 1 });
 * const { outputs, state } = gru.apply([[[1, 2]], [[3, 4]]]);
 * outputs.shape; // → [2, 1, 6]
 * state.length; // → 2
 */
export class GRU extends RecurrentStack<GRUState> {
  constructor(options: GRUOptions) {
    super(
      stackedCells("GRU", options, ["update", "reset"], (each) => new GRUCell(each)),
      ofStack(options),
      "GRU",
    );
  }
}
