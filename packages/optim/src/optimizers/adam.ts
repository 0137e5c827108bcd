import { cast, checkOptionNames, checkOptionValues, div, maximum, square, type Tensor } from "@org/core";
import { math } from "../equation.ts";
import { descend, type LearningRate } from "../learning-rate.ts";
import { decay, flag, nonNegative } from "../options.ts";
import { counted } from "../per-parameter.ts";
import type { Transform } from "../transform.ts";

/** What every method of Adam's family takes. */
export interface MomentOptions {
  /** η: a number, a tensor or a schedule. */
  readonly learningRate: LearningRate;
  /** Decay of the mean of gradients. @default 0.9 */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients. @default 0.999 */
  readonly beta2?: number;
  /** Keeps the step finite where gradients are zero. @default 1e-8 */
  readonly epsilon?: number;
}

export interface AdamOptions extends MomentOptions {
  /** Divide by the largest v so far instead of the present one. @default false */
  readonly amsgrad?: boolean;
}

/**
 * Adam: steps of about η in each direction, whatever the size of the gradient.
 *
 *     t ← t + 1;  m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²
 *     p ← p - η (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)
 *
 * With `amsgrad`, `v̂ ← max(v̂, v)` stands for v in the step; then the step never grows again where gradients were large.
 * State: `count` (t, i32), `mean.<name>` (m) and `variance.<name>` (v), zeros at first; with `amsgrad` also
 * `largest.<name>` (v̂)
 * @throws GraphError for options out of their ranges
 * Source: Kingma & Ba 2015, algorithm 1; Reddi, Kale & Kumar 2018, algorithm 2, for AMSGrad, which has no bias
 * correction there. PyTorch corrects it, and places ε outside the root; so do we.
 * @example
 * const w = parameter("w", [1, -100]);
 * const updates = minimize(sum(square(w)), { w }, adam({ learningRate: 0.5 }));
 * compile({ updates })();
 * w.value; // → [0.5, -99.5]
 * updates.state["count"].value; // → 1
 */
export function adam(options: AdamOptions): Transform {
  const names = "learningRate beta1 beta2 epsilon amsgrad";
  const { learningRate, ...rest } = checkOptionNames("adam", options, names, "learningRate");
  return descend("adam", learningRate, adamDirections("adam", rest));
}

/** Adam's `m̂ / (√v̂ + ε)`. Powers of β are of f64: in f32, `1 - β₂` alone is wrong by 1e-5. */
export function adamDirections(
  op: string,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, amsgrad = false }: Omit<AdamOptions, "learningRate">,
): Transform {
  checkOptionValues(op, {
    beta1: [beta1, decay],
    beta2: [beta2, decay],
    epsilon: [epsilon, nonNegative],
    amsgrad: [amsgrad, flag],
  });
  const scales = (t: Tensor): { mean: Tensor; root: Tensor } => ({
    mean: div(1, math`1 - ${beta1} ^ ${t}`),
    root: math`1 / sqrt(1 - ${beta2} ^ ${t})`,
  });
  const direction = (m: Tensor, v: Tensor, { mean, root }: ReturnType<typeof scales>): Tensor =>
    math`${m} * ${cast(mean, m.dtype)} / (sqrt(${v}) * ${cast(root, m.dtype)} + ${epsilon})`;
  const moments = (g: Tensor, memory: Readonly<Record<"mean" | "variance", Tensor>>) => ({
    mean: math`${beta1} * ${memory.mean} + ${1 - beta1} * ${g}`,
    variance: math`${beta2} * ${memory.variance} + ${1 - beta2} * ${square(g)}`,
  });
  if (!amsgrad) {
    return counted({ mean: 0, variance: 0 }, scales, (g, memory, scale) => {
      const { mean, variance } = moments(g, memory);
      return { mean, variance, direction: direction(mean, variance, scale) };
    });
  }
  return counted({ mean: 0, variance: 0, largest: 0 }, scales, (g, memory, scale) => {
    const { mean, variance } = moments(g, memory);
    const largest = maximum(memory.largest, variance);
    return { mean, variance, largest, direction: direction(mean, largest, scale) };
  });
}
