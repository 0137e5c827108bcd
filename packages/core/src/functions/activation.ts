import { GraphError } from "../errors.ts";
import type { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { add, div, mul } from "../ops/arithmetic.ts";
import { greater, less, where } from "../ops/comparison.ts";
import { erf } from "../ops/error-function.ts";
import { expm1, sigmoid, softplus, tanh } from "../ops/exponential.ts";
import type { Operand } from "../ops/operand.ts";
import { promoteAll, toFloat } from "../ops/promotion.ts";
import { checkOptionNames } from "../option-names.ts";
import { requireFinite } from "../sizes.ts";

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/**
 * Leaky rectifier, elementwise: `y = x` for `x > 0`, else `slope x`.
 * Shapes: `x [...s]` → `[...s]`
 * `slope` is 0.01 by default.
 * @throws GraphError for a slope that is not finite
 */
export function leakyRelu(x: Operand, options: { readonly slope?: number } = {}): Tensor {
  const { slope = 0.01 } = checkOptionNames("leakyRelu", options, "slope");
  requireFinite("leakyRelu", "slope", slope);
  const a = toFloat("leakyRelu", x);
  return where(greater(a, 0), a, mul(a, slope));
}

/**
 * Exponential linear unit, elementwise: `y = x` for `x > 0`, else `α (eˣ - 1)`.
 * Shapes: `x [...s]` → `[...s]`
 * `alpha` is 1 by default.
 * @throws GraphError for an alpha that is not finite
 * Source: Clevert, Unterthiner & Hochreiter 2016.
 */
export function elu(x: Operand, options: { readonly alpha?: number } = {}): Tensor {
  const { alpha = 1 } = checkOptionNames("elu", options, "alpha");
  requireFinite("elu", "alpha", alpha);
  const a = toFloat("elu", x);
  return where(greater(a, 0), a, mul(expm1(where(greater(a, 0), 0, a)), alpha));
}

/**
 * Scaled exponential linear unit, elementwise: `y = λ elu(x, α)`, λ ≈ 1.0507, α ≈ 1.6733.
 * Shapes: `x [...s]` → `[...s]`
 * Source: Klambauer, Unterthiner, Mayr & Hochreiter 2017.
 */
export const selu = (x: Operand): Tensor => mul(elu(toFloat("selu", x), { alpha: SELU_ALPHA }), SELU_SCALE);

/**
 * Gaussian error linear unit, elementwise: `y = x Φ(x) = x (1 + erf(x / √2)) / 2`, exact, not the tanh approximation.
 * Shapes: `x [...s]` → `[...s]`
 * Source: Hendrycks & Gimpel 2016.
 */
export function gelu(x: Operand): Tensor {
  const a = toFloat("gelu", x);
  return mul(a, add(erf(div(a, Math.SQRT2)), 1), 0.5);
}

/**
 * Sigmoid linear unit (swish), elementwise: `y = x σ(x)`.
 * Shapes: `x [...s]` → `[...s]`
 * Source: Elfwing, Uchibe & Doya 2018.
 */
export function silu(x: Operand): Tensor {
  const a = toFloat("silu", x);
  return mul(a, sigmoid(a));
}

/**
 * Mish, elementwise: `y = x tanh(ln(1 + eˣ))`.
 * Shapes: `x [...s]` → `[...s]`
 * Source: Misra 2020.
 * @example
 * evaluate(mish([0, 1])); // → [0, 0.8650984]
 */
export function mish(x: Operand): Tensor {
  const a = toFloat("mish", x);
  return mul(a, tanh(softplus(a)));
}

/**
 * Hyperbolic tangent in three lines, elementwise: `y = min(max(x, -1), 1)`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `g` from -1 to 1 and on them, 0 outside
 * Source: Collobert 2004.
 * @example
 * evaluate(hardTanh([-3, 0.5])); // → [-1, 0.5]
 */
export const hardTanh = (x: Operand): Tensor => clip(toFloat("hardTanh", x), { low: -1, high: 1 });

/**
 * Sigmoid in three lines, elementwise: `y = min(max(x + 3, 0), 6) / 6`, as in PyTorch and JAX (Keras 2 has `0.2 x + 0.5`).
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `g / 6` from -3 to 3 and on them, 0 outside
 * Source: Howard et al. 2019 (MobileNetV3), section 5.2.
 * @example
 * evaluate(hardSigmoid([-4, 0, 4])); // → [0, 0.5, 1]
 */
export const hardSigmoid = (x: Operand): Tensor =>
  div(clip(add(toFloat("hardSigmoid", x), 3), { low: 0, high: 6 }), 6);

/**
 * Elementwise limits: `low` below it, `high` above it, else `x`. Either may be left out.
 * Shapes:   `x, low, high` broadcast together → their common shape
 * Gradient: `g` to `x` between the limits and on them, to the limit outside
 * @throws GraphError for a limit that is the number NaN
 * @example
 * evaluate(clip([-2, 0.5, 3], { low: -1, high: 1 })); // → [-1, 0.5, 1]
 */
export function clip(x: Operand, options: { readonly low?: Operand; readonly high?: Operand }): Tensor {
  const { low, high } = checkOptionNames("clip", options, "low high");
  const limits = [low, high].filter((limit) => limit !== undefined);
  if (limits.some(Number.isNaN))
    throw new GraphError({
      op: "clip",
      problem: `a limit is a number, received ${inWords(low)} and ${inWords(high)}`,
    });
  const [operand, ...bounds] = promoteAll("clip", [x, ...limits]);
  let y = operand!;
  if (low !== undefined) {
    const bound = bounds.shift()!;
    y = where(less(y, bound), bound, y);
  }
  if (high !== undefined) {
    const bound = bounds.shift()!;
    y = where(greater(y, bound), bound, y);
  }
  return y;
}
