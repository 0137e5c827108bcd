import { add, all, isFinite, logicalAnd, parameter, type Tensor, where } from "@org/core";
import {
  choose,
  inRegion,
  mapRecord,
  prefixed,
  requireTransform,
  still,
  type TensorRecord,
  type Transform,
  within,
} from "../transform.ts";

/**
 * Applies a transform, and drops the step where a gradient or an update is NaN or infinite: parameters and the
 * transform's state stay as they were. `inARow` tells when to give up.
 * State: `skipped` (i32, dropped steps), `inARow` (i32, since the last good one); that of the transform under `inner.`
 * Source: optax's `apply_if_finite`, which looks at gradients alone and gives up by itself; the skipped steps of PyTorch's
 * `GradScaler`.
 * @example
 * const x = input("x", []);
 * const w = parameter("w", [1]);
 * const updates = minimize(sum(mul(w, x)), { w }, skipNonFinite(adam({ learningRate: 0.5 })));
 * const step = compile({ inputs: { x }, updates });
 * step({ x: NaN });
 * [w.value, updates.state["inner.count"].value, updates.state.skipped.value]; // → [[1], 0, 1]
 * step({ x: 3 });
 * w.value; // → [0.5]
 */
export function skipNonFinite(transform: Transform): Transform {
  requireTransform("skipNonFinite", transform);
  return inRegion("skipNonFinite", {
    init: (parameters) => ({
      skipped: parameter("skipped", 0, "i32"),
      inARow: parameter("inARow", 0, "i32"),
      ...prefixed("inner", transform.init(parameters)),
    }),
    update(gradients, state, parameters) {
      const inner = within("inner", state);
      const result = transform.update(gradients, inner, parameters);
      const good = logicalAnd(allFinite(gradients), allFinite(result.updates));
      return {
        updates: choose(good, result.updates, mapRecord(gradients, still)),
        state: {
          skipped: where(good, state.skipped!, add(state.skipped!, 1)),
          inARow: where(good, 0, add(state.inARow!, 1)),
          ...prefixed("inner", choose(good, result.state, inner)),
        },
      };
    },
  });
}

const allFinite = (record: TensorRecord): Tensor =>
  Object.values(record)
    .map((x) => all(isFinite(x)))
    .reduce(logicalAnd);
