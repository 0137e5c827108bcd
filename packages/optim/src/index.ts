export { chain } from "./chain.ts";
export {
  restoreCheckpoint,
  saveCheckpoint,
  type TrainingState,
} from "./checkpoints/checkpoint.ts";
export { type CheckpointDifference, CheckpointError } from "./checkpoints/checkpoint-error.ts";
export type { CheckpointStore, StoredCheckpoint } from "./checkpoints/checkpoint-store.ts";
export {
  type ConjugateGradientsOptions,
  type ConjugateGradientsResult,
  conjugateGradients,
} from "./conjugate-gradients.ts";
export { type AdaptiveClipOptions, adaptiveClip } from "./gradients/adaptive-clip.ts";
export { clipByGlobalNorm } from "./gradients/clip-by-global-norm.ts";
export { clipByNorm } from "./gradients/clip-by-norm.ts";
export { clipByValue } from "./gradients/clip-by-value.ts";
export { type GradientNoiseOptions, gradientNoise } from "./gradients/gradient-noise.ts";
export { globalNorm, type NormOptions } from "./gradients/norm.ts";
export { type WeightDecayOptions, weightDecay } from "./gradients/weight-decay.ts";
export { type LbfgsIterate, type LbfgsOptions, type LbfgsResult, lbfgs } from "./lbfgs/lbfgs.ts";
export type { LearningRate, Schedule, StatefulSchedule } from "./learning-rate.ts";
export { type Minimization, type MinimizeOptions, minimize } from "./minimize.ts";
export { type NormPreservationOptions, normPreservation } from "./norm-preservation.ts";
export { type AdadeltaOptions, adadelta } from "./optimizers/adadelta.ts";
export { type AdagradOptions, adagrad } from "./optimizers/adagrad.ts";
export { type AdamOptions, adam, type MomentOptions } from "./optimizers/adam.ts";
export { adamax } from "./optimizers/adamax.ts";
export { type AdamWOptions, adamw, type DecayOptions } from "./optimizers/adamw.ts";
export { type LionOptions, lion } from "./optimizers/lion.ts";
export { type NadamOptions, nadam } from "./optimizers/nadam.ts";
export { radam } from "./optimizers/radam.ts";
export { type RmspropOptions, rmsprop } from "./optimizers/rmsprop.ts";
export { type RpropOptions, rprop } from "./optimizers/rprop.ts";
export { type SgdOptions, sgd } from "./optimizers/sgd.ts";
export { type RidgeRegressionOptions, type RidgeWeights, ridgeRegression } from "./ridge-regression.ts";
export { constant } from "./schedules/constant.ts";
export { type CosineOptions, cosine } from "./schedules/cosine.ts";
export { type ExponentialDecayOptions, exponentialDecay } from "./schedules/exponential-decay.ts";
export { type OneCycleOptions, oneCycle } from "./schedules/one-cycle.ts";
export { piecewise } from "./schedules/piecewise.ts";
export { type PolynomialOptions, polynomial } from "./schedules/polynomial.ts";
export { type ReduceOnPlateauOptions, reduceOnPlateau } from "./schedules/reduce-on-plateau.ts";
export { type StepOptions, step } from "./schedules/step.ts";
export { type WarmRestartsOptions, warmRestarts } from "./schedules/warm-restarts.ts";
export { type WarmupCosineOptions, warmupCosine } from "./schedules/warmup-cosine.ts";
export type { Selection } from "./selection.ts";
export { type SplitUpdates, splitUpdates } from "./split-updates.ts";
export type {
  Callback,
  TrainingEnd,
  TrainingEvent,
  TrainingPosition,
  TrainingResult,
  TrainingStart,
} from "./training/callback.ts";
export type { EarlyStoppingOptions } from "./training/early-stopping.ts";
export type { ImprovementOptions } from "./training/improvement.ts";
export type { KeepBestOptions } from "./training/keep-best.ts";
export type { Metrics, Numbers } from "./training/metrics.ts";
export type { CheckpointOptions } from "./training/saving.ts";
export { type TrainOptions, train } from "./training/train.ts";
export type { TrainingData } from "./training/training-data.ts";
export { TrainingError } from "./training/training-error.ts";
export type { ParameterRecord, TensorRecord, Transform, TransformResult } from "./transform.ts";
export { accumulate } from "./wrappers/accumulate.ts";
export { type AverageWeightsOptions, averageWeights } from "./wrappers/average-weights.ts";
export { freeze } from "./wrappers/freeze.ts";
export { type LookaheadOptions, lookahead } from "./wrappers/lookahead.ts";
export { masked } from "./wrappers/masked.ts";
export { type Group, partition } from "./wrappers/partition.ts";
export { skipNonFinite } from "./wrappers/skip-non-finite.ts";
