import { checkOptionNames, checkOptionValues, mul, type Tensor } from "@org/core";
import { checkNumber, positive } from "../options.ts";
import { inRegion, stateless, type Transform } from "../transform.ts";
import { clipScale, globalNorm, type NormOptions } from "./norm.ts";

/**
 * Scales each gradient by itself so that its norm is at most `maxNorm`: `g · min(1, maxNorm / (norm + 1e-6))`. Unlike
 * `clipByGlobalNorm` it changes the direction of the whole step. A gradient of zero stays zero; one whose norm is not
 * finite becomes NaN. The bound is a number, or a scalar tensor such as a parameter, which the program may assign between
 * steps.
 * @throws GraphError for a bound or an order that is not above 0; ShapeError for a tensor that is no scalar
 * Source: Mikolov 2012, "Statistical language models based on neural networks", whose bound is on values,
 * as a norm. The formula is that of PyTorch's `clip_grad_norm_`, called once for each parameter.
 * @example
 * const [a, b] = [parameter("a", [3, 4]), parameter("b", [0.5])];
 * const updates = minimize(add(sum(square(a)), sum(square(b))), { a, b }, clipByNorm(5));
 * compile({ updates })();
 * [a.value, b.value]; // → [[5.9999997, 7.9999996], [1.5]]
 */
export function clipByNorm(maxNorm: number | Tensor, options: NormOptions = {}): Transform {
  const { order = 2 } = checkOptionNames("clipByNorm", options, "order");
  checkNumber("clipByNorm", "maxNorm", maxNorm, positive);
  checkOptionValues("clipByNorm", { order: [order, positive] });
  return inRegion(
    "clipByNorm",
    stateless((g) => mul(g, clipScale(maxNorm, globalNorm({ g }, { order })))),
  );
}
