import { add, checkOptionNames, mul, type Tensor } from "@org/core";
import { checkNumber, inDTypeOf, nonNegative } from "../options.ts";
import type { Selection } from "../selection.ts";
import { inRegion, stateless, type Transform } from "../transform.ts";
import { maskedBy } from "../wrappers/masked.ts";

/** What `weightDecay` takes. */
export interface WeightDecayOptions {
  /** Which parameters decay. Default: all of them. */
  readonly decayed?: Selection;
}

/**
 * Adds a part of each parameter to its gradient: `g + rate · p`. Before `sgd` this is the gradient of an L2 penalty,
 * PyTorch's `weight_decay`; `adamw` has decay of its own, apart from the gradient.
 * The rate is a number, or a scalar tensor such as a parameter, which the program may assign between steps.
 * @throws GraphError for a negative rate, and for paths that select nothing; ShapeError for a tensor that is no scalar
 * Source: Hanson & Pratt 1988, "Comparing biases for minimal network construction with back-propagation".
 * @example
 * const [w, bias] = [parameter("w", [10]), parameter("bias", [10])];
 * const decay = weightDecay(0.1, { decayed: "w" });
 * const updates = minimize(sum(mul(add(w, bias), 0)), { w, bias }, chain(decay, sgd({ learningRate: 1 })));
 * compile({ updates })();
 * [w.value, bias.value]; // → [[9], [10]]
 */
export function weightDecay(rate: number | Tensor, options: WeightDecayOptions = {}): Transform {
  const { decayed } = checkOptionNames("weightDecay", options, "decayed");
  checkNumber("weightDecay", "rate", rate, nonNegative);
  return inRegion("weightDecay", addDecay("weightDecay", rate, decayed));
}

/** `g + rate · p`, for a method whose errors name `op`. */
export function addDecay(op: string, rate: number | Tensor, decayed: Selection | undefined): Transform {
  const decay = stateless((gradient, parameter) => add(gradient, mul(parameter, inDTypeOf(rate, parameter))));
  return decayed === undefined ? decay : maskedBy(op, decay, decayed);
}
