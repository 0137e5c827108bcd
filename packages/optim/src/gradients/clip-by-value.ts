import { checkOptionValues, clip } from "@org/core";
import { positive } from "../options.ts";
import { inRegion, stateless, type Transform } from "../transform.ts";

/**
 * Clips every element: `min(max(g, -limit), limit)`. This may change the direction of the step; `clipByGlobalNorm` keeps
 * it. Infinities become the limit, NaN stays NaN.
 * @throws GraphError for a limit that is not above 0
 * Source: Mikolov 2012, "Statistical language models based on neural networks". The same as PyTorch's
 * `clip_grad_value_`.
 * @example
 * const w = parameter("w", [0.25, -40]);
 * compile({ updates: minimize(sum(square(w)), { w }, chain(clipByValue(1), sgd({ learningRate: 1 }))) })();
 * w.value; // → [-0.25, -39]
 */
export function clipByValue(limit: number): Transform {
  checkOptionValues("clipByValue", { limit: [limit, positive] });
  return inRegion(
    "clipByValue",
    stateless((g) => clip(g, { low: -limit, high: limit })),
  );
}
