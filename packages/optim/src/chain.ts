import { prefixed, requireTransform, type Transform, within } from "./transform.ts";

/**
 * Transforms one after another: each receives what the one before it made of the gradients.
 * State: that of each transform, its names preceded by its place (`1.mean.w`)
 * @throws GraphError for what is no transform
 * @example
 * const w = parameter("w", [3, 4]);
 * const updates = minimize(sum(square(w)), { w }, chain(clipByGlobalNorm(1), sgd({ learningRate: 0.5 })));
 * compile({ updates })();
 * w.value; // → [2.7, 3.6]
 */
export function chain(...transforms: readonly Transform[]): Transform {
  for (const transform of transforms) requireTransform("chain", transform);
  return {
    init: (parameters) =>
      Object.assign({}, ...transforms.map((transform, i) => prefixed(i, transform.init(parameters)))),

    update(gradients, state, parameters) {
      let updates = gradients;
      const states = transforms.map((transform, i) => {
        const result = transform.update(updates, within(i, state), parameters);
        updates = result.updates;
        return prefixed(i, result.state);
      });
      return { updates, state: Object.assign({}, ...states) };
    },
  };
}
