import { add, checkOptionNames, checkOptionValues, square } from "@org/core";
import { math } from "../equation.ts";
import { descend, type LearningRate } from "../learning-rate.ts";
import { nonNegative } from "../options.ts";
import { perParameter } from "../per-parameter.ts";
import type { Transform } from "../transform.ts";

/** What `adagrad` takes. */
export interface AdagradOptions {
  /** η: a number, a tensor or a schedule. */
  readonly learningRate: LearningRate;
  /** What the sum of squares begins with. @default 0 */
  readonly initialSquare?: number;
  /** Keeps the step finite where gradients are zero. @default 1e-10 */
  readonly epsilon?: number;
}

/**
 * Adagrad: gradients divided by the root of the sum of all squares so far: `s ← s + g²; p ← p - η g / (√s + ε)`.
 * State: `square.<name>` (s), `initialSquare` everywhere at first
 * @throws GraphError for options out of their ranges
 * Source: Duchi, Hazan & Singer 2011, figure 1 with diagonal matrices, whose δ is our ε. PyTorch's `lr_decay` is a schedule
 * here: `(step) => div(rate, add(1, mul(decay, cast(step, "f64"))))`.
 * @example
 * const w = parameter("w", [1, -100]);
 * compile({ updates: minimize(sum(square(w)), { w }, adagrad({ learningRate: 0.5 })) })();
 * w.value; // → [0.5, -99.5]
 */
export function adagrad(options: AdagradOptions): Transform {
  const {
    learningRate,
    initialSquare = 0,
    epsilon = 1e-10,
  } = checkOptionNames("adagrad", options, "learningRate initialSquare epsilon");
  checkOptionValues("adagrad", {
    initialSquare: [initialSquare, nonNegative],
    epsilon: [epsilon, nonNegative],
  });
  const directions = perParameter({ square: initialSquare }, (g, memory) => {
    const total = add(memory.square, square(g));
    return { square: total, direction: math`${g} / (sqrt(${total}) + ${epsilon})` };
  });
  return descend("adagrad", learningRate, directions);
}
