import { checkOptionNames, checkOptionValues } from "@org/core";
import { addDecay } from "../gradients/weight-decay.ts";
import { descend } from "../learning-rate.ts";
import { nonNegative } from "../options.ts";
import type { Selection } from "../selection.ts";
import type { Transform } from "../transform.ts";
import { type AdamOptions, adamDirections } from "./adam.ts";

/** Options of methods with weight decay of their own, apart from the gradient. */
export interface DecayOptions {
  /** How much of each parameter a step of rate 1 takes away. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all of them. */
  readonly decayed?: Selection;
}

export interface AdamWOptions extends AdamOptions, DecayOptions {
  /** How much of each parameter a step of rate 1 takes away. @default 0.01 */
  readonly weightDecay?: number;
}

/**
 * Adam with weight decay apart from the gradient: Adam's step, and `p ← p - η λ p` beside it.
 * State: that of `adam`
 * @throws GraphError for options out of their ranges
 * Source: Loshchilov & Hutter 2019, algorithm 2, with λ scaled by the learning rate as in PyTorch; there λ is scaled by
 * the schedule's multiplier alone.
 * @example
 * const [w, bias] = [parameter("w", [10]), parameter("bias", [10])];
 * const transform = adamw({ learningRate: 0.1, weightDecay: 0.5, decayed: "w" });
 * compile({ updates: minimize(add(sum(w), sum(bias)), { w, bias }, transform) })();
 * [w.value, bias.value]; // → [[9.4], [9.9]]
 */
export function adamw(options: AdamWOptions): Transform {
  checkOptionNames(
    "adamw",
    options,
    "learningRate beta1 beta2 epsilon amsgrad weightDecay decayed",
    "learningRate",
  );
  const { learningRate, weightDecay: rate = 0.01, decayed, ...rest } = options;
  return descend("adamw", learningRate, decaying("adamw", adamDirections("adamw", rest), rate, decayed));
}

/** Directions with `λ p` added. */
export function decaying(
  op: string,
  directions: Transform,
  rate: number,
  decayed: Selection | undefined,
): Transform {
  checkOptionValues(op, { weightDecay: [rate, nonNegative] });
  const decay = addDecay(op, rate, decayed);
  return {
    init: (parameters) => ({ ...directions.init(parameters), ...decay.init(parameters) }),
    update(gradients, state, parameters) {
      const { updates, state: next } = directions.update(gradients, state, parameters);
      return { updates: decay.update(updates, {}, parameters).updates, state: next };
    },
  };
}
