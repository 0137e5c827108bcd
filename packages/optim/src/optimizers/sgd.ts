import { add, checkOptionNames, checkOptionValues, GraphError, mul } from "@org/core";
import { math } from "../equation.ts";
import { descend, type LearningRate } from "../learning-rate.ts";
import { flag, nonNegative } from "../options.ts";
import { perParameter } from "../per-parameter.ts";
import { stateless, type Transform } from "../transform.ts";

/** What `sgd` takes. */
export interface SgdOptions {
  /** η: a number, a tensor or a schedule. */
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
 * @throws GraphError for options out of their ranges, and for `nesterov` without momentum
 * Source: Polyak 1964 for momentum; Sutskever, Martens, Dahl & Hinton 2013, equations 3 and 4, for
 * Nesterov's, in the variables of Bengio, Boulanger-Lewandowski & Pascanu 2013, section 3.5.
 * @example
 * const w = parameter("w", 3);
 * const step = compile({ updates: minimize(square(w), { w }, sgd({ learningRate: 0.1, momentum: 0.5 })) });
 * step();
 * step();
 * w.value; // → 1.62
 */
export function sgd(options: SgdOptions): Transform {
  checkOptionNames("sgd", options, "learningRate momentum nesterov", "learningRate");
  const { learningRate, momentum = 0, nesterov = false } = options;
  checkOptionValues("sgd", { momentum: [momentum, nonNegative], nesterov: [nesterov, flag] });
  if (momentum === 0) {
    if (nesterov) throw new GraphError({ op: "sgd", problem: "nesterov needs a momentum above 0" });
    return descend(
      "sgd",
      learningRate,
      stateless((g) => g),
    );
  }
  const directions = perParameter({ velocity: 0 }, (g, memory) => {
    const velocity = add(mul(memory.velocity, momentum), g);
    return { velocity, direction: nesterov ? math`${g} + ${momentum} * ${velocity}` : velocity };
  });
  return descend("sgd", learningRate, directions);
}
