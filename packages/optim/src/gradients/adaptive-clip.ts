import {
  checkOptionNames,
  checkOptionValues,
  div,
  greater,
  isFinite,
  maximum,
  mul,
  norm,
  ShapeError,
  type Tensor,
  where,
} from "@org/core";
import { positive } from "../options.ts";
import { inRegion, stateless, type Transform } from "../transform.ts";

/** What `adaptiveClip` takes. */
export interface AdaptiveClipOptions {
  /** λ, the largest gradient of a unit as a share of its weights. @default 0.01 */
  readonly clipping?: number;
  /** Counts for the norm of weights that are smaller, such as zeros at first. @default 1e-3 */
  readonly epsilon?: number;
  /** Which axis of weights, of two axes or more, counts the units. @default -1 */
  readonly axis?: number;
}

/**
 * Adaptive clipping: the gradient of each unit, a column W of the weights, is at most a share of them.
 *
 *     G ← G · min(1, λ max(‖W‖, ε) / ‖G‖)
 *
 * The unit of weights `[inputs, units]`, used as `x @ W`, is a column; with `axis: 0` it is a row. A vector or a scalar
 * is one unit. Gradients of zero stay zero; a unit whose gradient is not finite becomes NaN.
 * @throws GraphError for options out of their ranges; ShapeError for an axis that weights do not have
 * Source: Brock, De, Smith & Simonyan 2021, "High-performance large-scale image recognition without normalization",
 * equation 3; they leave the last layer out, see `masked`. PyTorch has none.
 * @example
 * const w = parameter("w", [[3, 0], [4, 1]]);
 * const updates = minimize(sum(mul(w, [[0, 2], [10, 0]])), { w }, adaptiveClip({ clipping: 0.1 }));
 * compile({ updates })();
 * w.value; // → [[3, 0.1], [4.5, 1]]
 */
export function adaptiveClip(options: AdaptiveClipOptions = {}): Transform {
  const {
    clipping = 0.01,
    epsilon = 1e-3,
    axis = -1,
  } = checkOptionNames("adaptiveClip", options, "clipping epsilon axis");
  checkOptionValues("adaptiveClip", {
    clipping: [clipping, positive],
    epsilon: [epsilon, positive],
    axis: [axis, { text: "a whole number", holds: Number.isSafeInteger }],
  });
  const clip = stateless((g, p, name) => {
    const others = withoutUnits(p, axis, name);
    const size = norm(g, { axis: others, keepDims: true });
    const bound = mul(clipping, maximum(norm(p, { axis: others, keepDims: true }), epsilon));
    const scale = where(greater(size, bound), div(bound, size), 1);
    return mul(g, where(isFinite(size), scale, Number.NaN));
  });
  return inRegion("adaptiveClip", clip);
}

/** The axes along which a unit extends: all but the one that counts units; all of a vector. */
function withoutUnits({ shape }: Tensor, axis: number, name: string): number[] {
  const axes = shape.map((_, i) => i);
  if (axes.length < 2) return axes;
  const units = axis < 0 ? axes.length + axis : axis;
  if (units in axes) return axes.filter((i) => i !== units);
  throw new ShapeError({
    op: "adaptiveClip",
    problem: `${name} has no axis ${axis}`,
    operands: [{ label: name, shape }],
  });
}
