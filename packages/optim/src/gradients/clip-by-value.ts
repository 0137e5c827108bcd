import { clip, neg, type Tensor } from "@org/core";
import { checkNumber, inDTypeOf, positive } from "../options.ts";
import { inRegion, stateless, type Transform } from "../transform.ts";

/**
 * Clips every element: `min(max(g, -limit), limit)`. This may change the direction of the step; `clipByGlobalNorm` keeps
 * it. Infinities become the limit, NaN stays NaN. The limit is a number, or a scalar tensor such as a parameter, which the
 * program may assign between steps.
 * @throws GraphError for a limit that is not above 0; ShapeError for a tensor that is no scalar
 * Source: Mikolov 2012, "Statistical language models based on neural networks". The same as PyTorch's
 * `clip_grad_value_`.
 * @example
 * const w = parameter("w", [0.25, -40]);
 * compile({ updates: minimize(sum(square(w)), { w }, chain(clipByValue(1), sgd({ learningRate: 1 }))) })();
 * w.value; // → [-0.25, -39]
 */
export function clipByValue(limit: number | Tensor): Transform {
  checkNumber("clipByValue", "limit", limit, positive);
  return inRegion(
    "clipByValue",
    stateless((g) => {
      const high = inDTypeOf(limit, g);
      return clip(g, { low: typeof high === "number" ? -high : neg(high), high });
    }),
  );
}
