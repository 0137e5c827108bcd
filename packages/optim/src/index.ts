export { type AdamOptions, type AdamWOptions, adam, adamw } from "./adam.ts";
export { chain } from "./chain.ts";
export { clipByGlobalNorm, globalNorm, type NormOptions } from "./clip.ts";
export type { LearningRate } from "./learning-rate.ts";
export { type Minimization, minimize } from "./minimize.ts";
export { type SgdOptions, sgd } from "./sgd.ts";
export type { ParameterRecord, TensorRecord, Transform, TransformResult } from "./transform.ts";
export { weightDecay } from "./weight-decay.ts";
