import type { Tensor } from "@org/core";
import type { ParameterRecord, TensorRecord, Transform } from "./transform.ts";

/**
 * Transforms one after another: each receives what the one before it made of the gradients.
 * State: that of each transform, its names preceded by its place (`1.mean.w`)
 * @example
 * const w = parameter("w", [3, 4]);
 * const updates = minimize(sum(square(w)), { w }, chain(clipByGlobalNorm(1), sgd({ learningRate: 0.5 })));
 * compile({ updates })();
 * w.value; // → [2.7, 3.6]
 */
export const chain = (...transforms: readonly Transform[]): Transform => ({
  init: (parameters) =>
    merge(transforms.map((transform, i): ParameterRecord => place(i, transform.init(parameters)))),

  update(gradients, state, parameters) {
    let updates = gradients;
    const states = transforms.map((transform, i): TensorRecord => {
      const result = transform.update(updates, placed(i, state), parameters);
      updates = result.updates;
      return place(i, result.state);
    });
    return { updates, state: merge(states) };
  },
});

const merge = <Value>(records: readonly Readonly<Record<string, Value>>[]): Record<string, Value> =>
  Object.assign({}, ...records);

const place = <Value>(i: number, record: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [`${i}.${name}`, value]));

/** The part of the state that the transform at place `i` made, under its own names. */
const placed = (i: number, state: TensorRecord): Record<string, Tensor> => {
  const own = Object.entries(state).filter(([name]) => name.startsWith(`${i}.`));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(`${i}.`.length), value]));
};
