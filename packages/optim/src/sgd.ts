import { add, GraphError, math, mul, type Tensor } from "@org/core";
import { descend, type LearningRate } from "./learning-rate.ts";
import { mapRecord, stateless, type Transform, zerosLike } from "./transform.ts";

export interface SgdOptions {
  /** η, a number or a tensor. */
  readonly learningRate: LearningRate;
  /** How much of the last step's direction is kept. @default 0 */
  readonly momentum?: number;
  /** Look ahead along the momentum; needs one. @default false */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent: `p ← p - η g`; with momentum μ, `v ← μ v + g; p ← p - η v`; Nesterov's form takes
 * `g + μ v` for `v` in the step. The rate stands outside of v, as in PyTorch; in Sutskever et al. 2013 it is inside.
 * State: with momentum, `velocity.<name>`, zeros at first
 * @throws GraphError for `nesterov` without momentum
 * @example
 * const w = parameter("w", 3);
 * const step = compile({ updates: minimize(square(w), { w }, sgd({ learningRate: 0.1, momentum: 0.5 })) });
 * step();
 * step();
 * w.value; // → 1.62
 */
export function sgd({ learningRate, momentum = 0, nesterov = false }: SgdOptions): Transform {
  if (momentum === 0) {
    if (nesterov) throw new GraphError({ op: "sgd", problem: "nesterov needs a momentum above 0" });
    return stateless((g) => descend(learningRate, g));
  }
  return {
    init: (parameters) => zerosLike("velocity", parameters),
    update(gradients, state) {
      const next: Record<string, Tensor> = {};
      const updates = mapRecord(gradients, (g, name) => {
        const key = `velocity.${name}`;
        const v = add(mul(state[key]!, momentum), g);
        next[key] = v;
        return descend(learningRate, nesterov ? math`${g} + ${momentum} * ${v}` : v);
      });
      return { updates, state: next };
    },
  };
}
