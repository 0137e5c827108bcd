import type { ArrayValue } from "@org/core";
import { partsOf } from "../parts.ts";
import { setAll } from "../set-all.ts";
import { targetsOf } from "./targets.ts";

/**
 * Sets parameters from those of a Keras model, by the paths of its variables, all or none of them. In Python:
 *
 *     from safetensors.numpy import save_file
 *     save_file({w.path: w.numpy() for w in model.weights}, "model.safetensors")
 *
 * `w.path` is `sequential/lstm/lstm_cell/kernel`: the keys of `model` here are the names of Keras's layers, and a key may
 * lie anywhere in the path.
 * - `RNN LSTM GRU` of one layer, or their cells: `kernel`, `recurrent_kernel`, `bias`, gates side by side (`i f c o`;
 *   `z r h`). Keras's `SimpleRNN`, and its `GRU` with `reset_after` as `reset: "after"`, without it as `"before"`; with
 *   `update: "write"`, the update gate's weights change sign. A `Bidirectional` wrapper is a bidirectional layer.
 * - `Linear`, which is `Dense`: `kernel`, `bias`; `Embedding`: `embeddings`; `LayerNorm`: `gamma`, `beta`; `Conv2d`:
 *   `kernel`, turned to channels first, and `bias`.
 * Keras reads batches first, `[batch, time, features]`: `layout: "batch-major"`. Sources: Keras 3, `layers/rnn`.
 * @throws GraphError that lists every path and shape that differs, and every layer that Keras has no like of; nothing
 *   changes then
 * @example
 * const head = new Linear({ inputSize: 2, outputSize: 1, seed: 1 });
 * fromKeras({ head }, { "sequential/head/kernel": [[1], [2]], "sequential/head/bias": [3] });
 * head.apply([[10, 100]]); // → [[213]]
 * fromKeras({ head }, { "head/kernel": [[1]] }); // throws GraphError
 */
export function fromKeras(model: unknown, record: Readonly<Record<string, ArrayValue>>): void {
  const differences: string[] = [];
  setAll("fromKeras", partsOf("fromKeras", model, targetsOf, differences), record, differences, pathOf);
}

/** The path among `names` that goes through the keys of `path`, in their order, and ends as Keras calls the tensor. */
function pathOf(path: string, own: string, names: readonly string[]): string {
  const keys = path.split(".").filter(Boolean);
  const [end, direction] = own.split(" ").toReversed();
  const found = names.filter((name) => {
    const parts = name.split("/");
    if (end !== "" && parts.pop() !== end) return false;
    let next = 0;
    for (const key of keys) {
      const at = parts.indexOf(key, next);
      if (at < 0) return false;
      next = at + 1;
    }
    return direction === undefined || parts.some((part) => part.startsWith(`${direction}_`));
  });
  const missing = [...keys, ...(direction ? [`${direction}_…`] : []), end].filter(Boolean).join("/");
  return found.length === 1 ? found[0]! : missing;
}
