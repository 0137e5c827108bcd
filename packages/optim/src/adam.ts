import { add, cast, div, math, parameter, square, type Tensor } from "@org/core";
import { descend, type LearningRate } from "./learning-rate.ts";
import { mapRecord, type TensorRecord, type Transform, zerosLike } from "./transform.ts";
import { weightDecay } from "./weight-decay.ts";

export interface AdamOptions {
  /** η, a number or a tensor. */
  readonly learningRate: LearningRate;
  /** Decay of the mean of gradients. @default 0.9 */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients. @default 0.999 */
  readonly beta2?: number;
  /** Keeps the step finite where gradients are zero. @default 1e-8 */
  readonly epsilon?: number;
}

export interface AdamWOptions extends AdamOptions {
  /** How much of each parameter a step of rate 1 takes away. @default 0.01 */
  readonly weightDecay?: number;
}

/**
 * Adam: steps of about η in each direction, whatever the size of the gradient.
 *
 *     t ← t + 1;  m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²
 *     p ← p - η (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)
 *
 * State: `count` (t, i32), `mean.<name>` (m) and `variance.<name>` (v), zeros at first
 * Source: Kingma & Ba 2015, algorithm 1. PyTorch places ε outside the root; so do we.
 * @example
 * const w = parameter("w", [1, -100]);
 * const updates = minimize(sum(square(w)), { w }, adam({ learningRate: 0.5 }));
 * compile({ updates })();
 * w.value; // → [0.5, -99.5]
 * updates.state["count"].value; // → 1
 */
export const adam = ({ learningRate, ...options }: AdamOptions): Transform => ({
  init: initialMoments,
  update(gradients, state) {
    const { directions, next } = adamDirections(gradients, state, options);
    return { updates: mapRecord(directions, (u) => descend(learningRate, u)), state: next };
  },
});

/**
 * Adam with weight decay apart from the gradient: Adam's step, and `p ← p - η λ p` beside it.
 * State: that of `adam`
 * Source: Loshchilov & Hutter 2019, algorithm 2, with λ scaled by the learning rate as in PyTorch.
 */
export const adamw = ({ learningRate, weightDecay: rate = 0.01, ...options }: AdamWOptions): Transform => ({
  init: initialMoments,
  update(gradients, state, parameters) {
    const { directions, next } = adamDirections(gradients, state, options);
    const { updates } = weightDecay(rate).update(directions, {}, parameters);
    return { updates: mapRecord(updates, (u) => descend(learningRate, u)), state: next };
  },
});

const initialMoments: Transform["init"] = (parameters) => ({
  count: parameter("count", 0, "i32"),
  ...zerosLike("mean", parameters),
  ...zerosLike("variance", parameters),
});

/** `m̂ / (√v̂ + ε)`. Powers of β are of f64: in f32, `1 - β₂` alone is wrong by 1e-5. */
function adamDirections(
  gradients: TensorRecord,
  state: TensorRecord,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: Omit<AdamOptions, "learningRate">,
): { directions: TensorRecord; next: TensorRecord } {
  const count = add(state.count!, 1);
  const t = cast(count, "f64");
  const meanScale = div(1, math`1 - ${beta1} ^ ${t}`);
  const rootScale = math`1 / sqrt(1 - ${beta2} ^ ${t})`;
  const next: Record<string, Tensor> = { count };
  const directions = mapRecord(gradients, (g, name) => {
    const m = math`${beta1} * ${state[`mean.${name}`]!} + ${1 - beta1} * ${g}`;
    const v = math`${beta2} * ${state[`variance.${name}`]!} + ${1 - beta2} * ${square(g)}`;
    next[`mean.${name}`] = m;
    next[`variance.${name}`] = v;
    return math`${m} * ${cast(meanScale, g.dtype)} / (sqrt(${v}) * ${cast(rootScale, g.dtype)} + ${epsilon})`;
  });
  return { directions, next };
}
