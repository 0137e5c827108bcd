import { add, mul } from "@org/core";
import { stateless, type Transform } from "./transform.ts";

/**
 * Adds a part of each parameter to its gradient: `g + rate · p`. Before `sgd` this is the gradient of an L2 penalty,
 * PyTorch's `weight_decay`; `adamw` has decay of its own, apart from the gradient.
 * @example
 * const w = parameter("w", [10]);
 * const updates = minimize(sum(mul(w, 0)), { w }, chain(weightDecay(0.1), sgd({ learningRate: 1 })));
 * compile({ updates })();
 * w.value; // → [9]
 */
export const weightDecay = (rate: number): Transform =>
  stateless((gradient, parameter) => add(gradient, mul(parameter, rate)));
