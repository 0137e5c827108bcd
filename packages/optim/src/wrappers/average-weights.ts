import {
  add,
  cast,
  checkOptionNames,
  checkOptionValues,
  constant,
  equal,
  minimum,
  parameter,
  where,
} from "@org/core";
import { math } from "../equation.ts";
import { decay as decayRange } from "../options.ts";
import { filledLike, inRegion, mapRecord, prefixed, type Transform } from "../transform.ts";

/** What `averageWeights` takes. */
export interface AverageWeightsOptions {
  /** Let early averages forget sooner: the decay of average t is at most `(1 + t) / (10 + t)`. @default false */
  readonly warmup?: boolean;
}

/**
 * Keeps an exponential moving average of the weights, to evaluate with: `a ← β a + (1 - β) p`, where p are the parameters
 * after the step. Updates go through unchanged, so it is the last of a chain. The first average is the weights after the
 * first step, which leaves no bias towards zero.
 *
 * State: `count` (i32), `average.<name>` (a)
 * @throws GraphError for a decay out of its range
 * Source: Polyak & Juditsky 1992 for averaging; with decay, TensorFlow's `ExponentialMovingAverage`, from which `warmup`
 * comes. The same as PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`.
 * @example
 * const w = parameter("w", [10]);
 * const updates = minimize(sum(w), { w }, chain(sgd({ learningRate: 1 }), averageWeights(0.75)));
 * const step = compile({ updates });
 * step();
 * step();
 * [w.value, updates.state["1.average.w"].value]; // → [[8], [8.75]]
 */
export function averageWeights(decay = 0.999, options: AverageWeightsOptions = {}): Transform {
  const { warmup = false } = checkOptionNames("averageWeights", options, "warmup");
  checkOptionValues("averageWeights", { decay: [decay, decayRange] });
  return inRegion("averageWeights", {
    init: (parameters) => ({
      count: parameter("count", 0, "i32"),
      ...filledLike("average", 0, parameters),
    }),
    update(gradients, state, parameters) {
      const t = cast(state.count!, "f64");
      const rate = warmup ? minimum(math`(1 + ${t}) / (10 + ${t})`, decay) : decay;
      const kept = where(equal(t, 0), constant(0, "f64"), rate);
      const averages = mapRecord(gradients, (u, name) => {
        const [a, beta] = [state[`average.${name}`]!, cast(kept, u.dtype)];
        const p = add(parameters[name]!, u);
        return math`${p} + ${beta} * (${a} - ${p})`;
      });
      return { updates: gradients, state: { count: add(state.count!, 1), ...prefixed("average", averages) } };
    },
  });
}
