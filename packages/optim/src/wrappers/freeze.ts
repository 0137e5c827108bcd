import { GraphError } from "@org/core";
import { type Selection, selected } from "../selection.ts";
import { mapRecord, pick, requireTransform, still, type TensorRecord, type Transform } from "../transform.ts";

/**
 * Holds some of the parameters in place, and applies a transform to the others: norms are of their gradients alone, and
 * the frozen ones have no state. PyTorch's `requires_grad_(false)`.
 * State: that of the transform, for the parameters that are not frozen
 * @throws GraphError for no path, an empty path, a path that selects nothing, and where nothing is left to train
 * @example
 * const [w, bias] = [parameter("w", [10]), parameter("bias", [10])];
 * const transform = freeze(adam({ learningRate: 1 }), "bias");
 * compile({ updates: minimize(add(sum(w), sum(bias)), { w, bias }, transform) })();
 * [w.value, bias.value]; // → [[9], [10]]
 */
export function freeze(transform: Transform, selection: Selection): Transform {
  requireTransform("freeze", transform);
  const moving = (record: TensorRecord): Set<string> => {
    const names = Object.keys(record);
    const frozen = selected("freeze", selection, names);
    if (frozen.size < names.length) return new Set(names.filter((name) => !frozen.has(name)));
    throw new GraphError({ op: "freeze", problem: `nothing is left to train of ${names.join(", ")}` });
  };
  return {
    init: (parameters) => transform.init(pick(parameters, moving(parameters))),
    update(gradients, state, parameters) {
      const names = moving(parameters);
      const { updates, state: next } = transform.update(
        pick(gradients, names),
        state,
        pick(parameters, names),
      );
      return { updates: mapRecord(gradients, (g, name) => updates[name] ?? still(g)), state: next };
    },
  };
}
