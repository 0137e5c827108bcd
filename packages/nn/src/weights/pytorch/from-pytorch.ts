import type { ArrayValue } from "@org/core";
import { setAll } from "../set-all.ts";
import { targetsIn } from "./targets-in.ts";

/**
 * Sets parameters from PyTorch's, as its `state_dict()` names and stacks them, all or none of them:
 * - `RNN LSTM GRU` of any depth and direction: `weight_ih_l0`, `weight_hh_l0_reverse`, `bias_ih_l1`, …, rows stacked by
 *   gate (`i f g o`; `r z n`) and multiplied from the left. Where a block has one bias, PyTorch's two are added up.
 *   A GRU has to have `reset: "after"`; with `update: "write"`, the update gate's weights change sign. An LSTM with
 *   `projectionSize` takes `weight_hr_l0`, PyTorch's `proj_size`.
 * - Their cells: the same names without an ending.
 * - `Linear Embedding LayerNorm Conv2d`: `weight`, `bias`.
 * - Records and arrays of these and of single parameters, and `Sequential`: names are paths, `encoder.weight_ih_l0`.
 * @throws GraphError that lists every name and shape that differs, and every layer that PyTorch has no like of; nothing
 *   changes then
 * @example
 * const head = new Linear({ inputSize: 2, outputSize: 1, seed: 1 });
 * fromPyTorch(head, { weight: [[1, 2]], bias: [3] });
 * head.apply([[10, 100]]); // → [[213]]
 * fromPyTorch({ head }, { "head.weight": [[1, 2, 3]] }); // throws GraphError
 */
export function fromPyTorch(model: unknown, record: Readonly<Record<string, ArrayValue>>): void {
  const differences: string[] = [];
  setAll("fromPyTorch", targetsIn("fromPyTorch", model, differences), record, differences);
}
