import { add, checkOptionValues, div, equal, parameter, where } from "@org/core";
import { math } from "../equation.ts";
import { natural } from "../options.ts";
import {
  choose,
  filledLike,
  inRegion,
  mapRecord,
  prefixed,
  requireTransform,
  still,
  type Transform,
  within,
} from "../transform.ts";

/**
 * Waits for `batches` micro-batches, and then applies a transform to the mean of their gradients; until then parameters
 * and the transform's state stay. With losses that are means over batches of one size, this is one step on the large
 * batch. Clipping and schedules belong inside. The optimizer's arithmetic is done, and dropped, in the steps between.
 * State: `count` (i32, micro-batches seen), `sum.<name>` (of gradients), zeros at first; that of the transform under
 * `inner.`
 * @throws GraphError for a number of batches that is not a whole number from 1 up
 * Source: optax's `MultiSteps`. In PyTorch, several `backward()` of `loss / batches` before one `step()`.
 * @example
 * const x = input("x", []);
 * const w = parameter("w", [0]);
 * const updates = minimize(sum(mul(w, x)), { w }, accumulate(sgd({ learningRate: 1 }), 2));
 * const step = compile({ inputs: { x }, updates });
 * step({ x: 2 });
 * const waiting = w.value.toNested(); // → [0]
 * step({ x: 4 });
 * w.value; // → [-3]
 */
export function accumulate(transform: Transform, batches: number): Transform {
  requireTransform("accumulate", transform);
  checkOptionValues("accumulate", { batches: [batches, natural] });
  return inRegion("accumulate", {
    init: (parameters) => ({
      count: parameter("count", 0, "i32"),
      ...filledLike("sum", 0, parameters),
      ...prefixed("inner", transform.init(parameters)),
    }),
    update(gradients, state, parameters) {
      const count = math`${state.count!} + 1`;
      const due = equal(count, batches);
      const sums = mapRecord(gradients, (g, name) => add(state[`sum.${name}`]!, g));
      const inner = within("inner", state);
      const result = transform.update(
        mapRecord(sums, (total) => div(total, batches)),
        inner,
        parameters,
      );
      const idle = mapRecord(gradients, still);
      return {
        updates: choose(due, result.updates, idle),
        state: {
          count: where(due, 0, count),
          ...prefixed("sum", choose(due, idle, sums)),
          ...prefixed("inner", choose(due, result.state, inner)),
        },
      };
    },
  });
}
