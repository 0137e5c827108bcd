import { cast, checkOptionNames, checkOptionValues, mul, type Tensor } from "@org/core";
import { checkNumber, positive } from "../options.ts";
import { inRegion, mapRecord, type Transform } from "../transform.ts";
import { clipScale, globalNorm, type NormOptions } from "./norm.ts";

/**
 * Scales all gradients together so that their norm is at most `maxNorm`: `g · min(1, maxNorm / (norm + 1e-6))`. The
 * direction stays; below `maxNorm - 1e-6` nothing changes, and gradients of zero stay zero. A norm that is not finite
 * makes every update NaN, not a step: see `skipNonFinite`. The bound is a number, or a scalar tensor such as a parameter,
 * which the program may assign between steps; infinity clips nothing.
 * To log the norm before clipping, give `globalNorm(minimize(…).gradients)` to the outputs; it is computed once.
 * @throws GraphError for a bound or an order that is not above 0; ShapeError for a tensor that is no scalar
 * Source: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks", algorithm 1. The
 * `1e-6` is PyTorch's, which turns finite gradients into zeros where their norm is infinite.
 * @example
 * const w = parameter("w", [3, 4]);
 * const updates = minimize(sum(square(w)), { w }, chain(clipByGlobalNorm(5), sgd({ learningRate: 0.5 })));
 * const norm = globalNorm(updates.gradients);
 * compile({ outputs: { norm }, updates })().norm; // → 10
 * w.value; // → [1.5, 2]
 */
export function clipByGlobalNorm(maxNorm: number | Tensor, options: NormOptions = {}): Transform {
  const { order = 2 } = checkOptionNames("clipByGlobalNorm", options, "order");
  checkNumber("clipByGlobalNorm", "maxNorm", maxNorm, positive);
  checkOptionValues("clipByGlobalNorm", { order: [order, positive] });
  return inRegion("clipByGlobalNorm", {
    init: () => ({}),
    update(gradients) {
      const scale = clipScale(maxNorm, globalNorm(gradients, { order }));
      return { updates: mapRecord(gradients, (g) => mul(g, cast(scale, g.dtype))), state: {} };
    },
  });
}
