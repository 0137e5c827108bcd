import { mul, type Parameter } from "@org/core";
import {
  adagrad,
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  constant,
  cosine,
  exponentialDecay,
  lion,
  oneCycle,
  rmsprop,
  type Schedule,
  sgd,
  type Transform,
  warmupCosine,
} from "@org/optim";
import type { Settings } from "../settings.ts";

/**
 * Clipping and an optimizer, whose rate is `learningRate` times a schedule of height 1. Both dials are parameters: to
 * turn them, assign them.
 */
export function transformOf(
  { optimizer, schedule, horizon }: Settings,
  { learningRate, clip }: { readonly learningRate: Parameter; readonly clip: Parameter },
): Transform {
  const height = heightOf(schedule, horizon);
  const options = { learningRate: (t: Parameters<Schedule>[0]) => mul(height(t), learningRate) };
  const made = {
    sgd: () => sgd(options),
    momentum: () => sgd({ ...options, momentum: 0.9 }),
    adagrad: () => adagrad(options),
    rmsprop: () => rmsprop(options),
    adam: () => adam({ ...options, beta2: 0.99 }),
    adamw: () => adamw({ ...options, beta2: 0.99 }),
    lion: () => lion(options),
  }[optimizer]();
  return chain(clipByGlobalNorm(clip), made);
}

function heightOf(schedule: Settings["schedule"], steps: number): Schedule {
  return {
    constant: () => constant(1),
    warmupCosine: () => warmupCosine(1, { warmup: Math.ceil(steps / 20), steps, start: 0.01 }),
    cosine: () => cosine(1, { steps }),
    exponential: () => exponentialDecay(1, { factor: 0.1, steps }),
    oneCycle: () => oneCycle(1, { steps }),
  }[schedule]();
}
