export { gaussNewtonProduct, hvp, jvp } from "./autodiff/forward.ts";
export { gradOf, valueAndGrad, type WithRespectTo } from "./autodiff/functional.ts";
export { type Gradients, grad, type Tensors, vjp } from "./autodiff/gradient.ts";
export { type Axes, type VmapOptions, vmap } from "./batching/vmap.ts";
export {
  type CompileOptions,
  compile,
  compileAsync,
  type Executable,
  type Update,
} from "./compile.ts";
export { createRuntime, type RuntimeOptions } from "./create-runtime.ts";
export { defaultDType, withDType } from "./default-dtype.ts";
export { type Data, type DType, nextBelow } from "./dtype.ts";
export {
  DTypeError,
  EquationError,
  FeedError,
  GraphError,
  NumericError,
  type OperandDescription,
  ShapeError,
} from "./errors.ts";
export { type EvaluateOptions, evaluate, type Feeds, type Values } from "./evaluate.ts";
export {
  clip,
  elu,
  gelu,
  hardSigmoid,
  hardTanh,
  leakyRelu,
  mish,
  selu,
  silu,
} from "./functions/activation.ts";
export { expandDims, repeat, split, squeeze, stack, swapAxes, tile } from "./functions/arrangement.ts";
export { type AssociativeScanOptions, associativeScan } from "./functions/associative-scan.ts";
export { cholesky } from "./functions/cholesky.ts";
export { avgPool2d, conv2d, maxPool2d } from "./functions/convolution.ts";
export { hessian, type JacobianOptions, jacobian } from "./functions/derivatives.ts";
export { det, logDet } from "./functions/determinant.ts";
export { type Eigh, eigh } from "./functions/eigh.ts";
export { einsum } from "./functions/einsum.ts";
export { hypot, log2, log10, reciprocal } from "./functions/elementary.ts";
export { eye, full, ones, onesLike, zeros, zerosLike } from "./functions/filled.ts";
export { dot, outer } from "./functions/linear.ts";
export { type QR, qr } from "./functions/qr.ts";
export {
  randomBernoulli,
  randomCategorical,
  randomNormal,
  randomUniform,
  splitKey,
} from "./functions/random.ts";
export { cumprod, logCumSumExp } from "./functions/running.ts";
export { oneHot, takeAlong } from "./functions/selection.ts";
export { inverse, solve } from "./functions/solve.ts";
export { sort, type TopK, topK } from "./functions/sorting.ts";
export {
  all,
  any,
  logSoftmax,
  logSumExp,
  mean,
  norm,
  prod,
  softmax,
  std,
  variance,
} from "./functions/statistics.ts";
export { type SVD, svd } from "./functions/svd.ts";
export { type TriangularSolveOptions, triangularSolve } from "./functions/triangular.ts";
export { acos, asin, cosh, sinh, tan } from "./functions/trigonometric.ts";
export type { IndexCheck } from "./graph/index-check.ts";
export { constant, input, Parameter, parameter } from "./graph/leaves.ts";
export type { Op } from "./graph/op.ts";
export { type CodeRange, ownCode } from "./graph/own-code.ts";
export { type Origin, type Scope, sourceLine, withScope } from "./graph/provenance.ts";
export { type Renewal, renewed } from "./graph/renewal.ts";
export { Node, Tensor, type TensorType } from "./graph/tensor.ts";
export { ancestors, descendants, substitute } from "./graph/walk.ts";
export { inWords } from "./inspection.ts";
export { MemoryMeter, type PlanOptions } from "./interpreter.ts";
export { type JitOptions, type Jitted, jit } from "./jit.ts";
export { checkpoint } from "./loops/checkpoint.ts";
export { cond } from "./loops/cond.ts";
export type { Loop } from "./loops/loop.ts";
export {
  type EndedResult,
  type ScanOptions,
  type ScanResult,
  type Step,
  type StepResult,
  scan,
} from "./loops/scan.ts";
export type { Inside, Operands } from "./loops/scan-operands.ts";
export { isLoop, unroll, unrollNode } from "./loops/unroll.ts";
export { type WhileOptions, type WhileResult, whileLoop } from "./loops/while-loop.ts";
export { math } from "./math/math.ts";
export { type EquationFunction, type EquationTag, mathWith } from "./math/math-with.ts";
export { type ArrayValue, array, deferredArray, NDArray, type Nested } from "./ndarray.ts";
export { atan, atan2 } from "./ops/arc-tangent.ts";
export { add, div, mul, neg, square, sub } from "./ops/arithmetic.ts";
export { broadcastTo, sum } from "./ops/broadcast.ts";
export { cast } from "./ops/cast.ts";
export {
  equal,
  greater,
  greaterEqual,
  isFinite,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  notEqual,
  where,
} from "./ops/comparison.ts";
export { customGradient, type GradientRule, named, stopGradient } from "./ops/control.ts";
export { dynamicSlice, dynamicUpdateSlice } from "./ops/dynamic-slice.ts";
export { erf } from "./ops/error-function.ts";
export {
  cos,
  exp,
  expm1,
  log,
  log1p,
  pow,
  rsqrt,
  sigmoid,
  sin,
  softplus,
  sqrt,
  tanh,
} from "./ops/exponential.ts";
export { digamma, logGamma, polygamma } from "./ops/gamma.ts";
export { arange, scatterAdd, type TakeOptions, take } from "./ops/indexing.ts";
export { matmul } from "./ops/matmul.ts";
export type { Operand, ReductionOptions } from "./ops/operand.ts";
export { argsort, type SortOptions } from "./ops/ordering.ts";
export { abs, floor, relu, round, sign } from "./ops/piecewise.ts";
export { tensorBeside } from "./ops/promotion.ts";
export { randomKey } from "./ops/random.ts";
export { concat, flip, pad, slice } from "./ops/rearrange.ts";
export { argmax, argmin, cumsum, max, min } from "./ops/reduction.ts";
export { mod } from "./ops/remainder.ts";
export { reshape, transpose } from "./ops/reshape.ts";
export { checkOptionNames } from "./option-names.ts";
export { checkOptionValues, type OptionKind } from "./option-values.ts";
export type { Profile, ProfiledKernel, ProfiledPart } from "./profile.ts";
export type { Report } from "./report.ts";
export type { RewriteName, RewriteOptions } from "./rewrite/pipeline.ts";
export type { RewriteReport } from "./rewrite/rewrite.ts";
export type { Runtime } from "./runtime.ts";
export {
  type LoadTensorsOptions,
  loadMetadata,
  loadTensors,
  type SaveTensorsOptions,
  saveTensors,
} from "./safetensors.ts";
export type { Shape } from "./shape.ts";
export { type Mapped, requireEnd, type Structure } from "./structure.ts";
