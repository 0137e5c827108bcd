import { type Selection, selected } from "../selection.ts";
import { pick, requireTransform, type Transform } from "../transform.ts";

/**
 * Applies a transform to some of the parameters only. The gradients of the others go on as they came: to hold
 * parameters in place, `freeze` them.
 * State: that of the transform, for the selected parameters
 * @throws GraphError for no path, an empty path, and a path that selects nothing
 * @example
 * const [w, bias] = [parameter("w", [10]), parameter("bias", [10])];
 * const transform = chain(masked(clipByGlobalNorm(1), "w"), sgd({ learningRate: 1 }));
 * compile({ updates: minimize(mul(2, add(sum(w), sum(bias))), { w, bias }, transform) })();
 * [w.value, bias.value]; // → [[9], [8]]
 */
export const masked = (transform: Transform, selection: Selection): Transform =>
  maskedBy("masked", transform, selection);

/** `masked`, whose errors name `op`. */
export function maskedBy(op: string, transform: Transform, selection: Selection): Transform {
  requireTransform(op, transform);
  const chosen = (record: object): Set<string> => selected(op, selection, Object.keys(record));
  return {
    init: (parameters) => transform.init(pick(parameters, chosen(parameters))),
    update(gradients, state, parameters) {
      const names = chosen(parameters);
      const { updates, state: next } = transform.update(
        pick(gradients, names),
        state,
        pick(parameters, names),
      );
      return { updates: { ...gradients, ...updates }, state: next };
    },
  };
}
