/**
 * Every op record by its name, with what its nodes carry as attributes: for programs that translate graphs (exporters,
 * targets). `rewriteGraph` gives the graph as `compile` sees it.
 */
import type { DType } from "./dtype.ts";
import type { IndexCheck } from "./graph/index-check.ts";
import { constantOp, inputOp, type ParameterCell, parameterOp, placeholderOp } from "./graph/leaves.ts";
import type { Body, Op } from "./graph/op.ts";
import type { TensorType } from "./graph/tensor.ts";
import { callOp } from "./loops/checkpoint.ts";
import { type Loop, loopOp } from "./loops/loop.ts";
import type { NDArray } from "./ndarray.ts";
import { atan2Op, atanOp } from "./ops/arc-tangent.ts";
import { addOp, divOp, mulOp, negOp, squareOp, subOp } from "./ops/arithmetic.ts";
import { broadcastToOp, sumOp } from "./ops/broadcast.ts";
import { castOp } from "./ops/cast.ts";
import {
  equalOp,
  greaterEqualOp,
  greaterOp,
  isFiniteOp,
  lessEqualOp,
  lessOp,
  logicalAndOp,
  logicalNotOp,
  logicalOrOp,
  maximumOp,
  minimumOp,
  notEqualOp,
  whereOp,
} from "./ops/comparison.ts";
import { customGradientOp, identityOp, stopGradientOp } from "./ops/control.ts";
import { dynamicSliceOp, dynamicUpdateSliceOp } from "./ops/dynamic-slice.ts";
import { erfOp } from "./ops/error-function.ts";
import {
  cosOp,
  expm1Op,
  expOp,
  log1pOp,
  logOp,
  powOp,
  rsqrtOp,
  sigmoidOp,
  sinOp,
  softplusOp,
  sqrtOp,
  tanhOp,
} from "./ops/exponential.ts";
import { logGammaOp, polygammaOp } from "./ops/gamma.ts";
import { arangeOp, scatterAddOp, takeOp } from "./ops/indexing.ts";
import type { Box } from "./ops/layout.ts";
import { matmulOp } from "./ops/matmul.ts";
import { argsortOp, type Ordering } from "./ops/ordering.ts";
import { absOp, floorOp, reluOp, roundOp, signOp } from "./ops/piecewise.ts";
import { randomBitsOp, randomUnitOp } from "./ops/random.ts";
import { concatOp, flipOp, padOp, sliceOp } from "./ops/rearrange.ts";
import { argmaxOp, argminOp, cumsumOp, maxOp, minOp } from "./ops/reduction.ts";
import { modOp } from "./ops/remainder.ts";
import { reshapeOp, transposeOp } from "./ops/reshape.ts";
import { patchesOp, unpatchesOp, type Window } from "./ops/windows.ts";
import type { Shape } from "./shape.ts";

export {
  noRewrites,
  type RewriteOptions,
  type Rewritten,
  rewriteAll as rewriteGraph,
} from "./rewrite/pipeline.ts";
export type { Body, Box, IndexCheck, Loop, Op, Ordering, ParameterCell, Window };

type Axis = { readonly axis: number };
type Axes = { readonly axes: readonly number[] };
type Drawn<D extends DType> = { readonly shape: Shape; readonly dtype: D };
type Counted = {
  readonly start: number;
  readonly step: number;
  readonly length: number;
  readonly dtype: "i32" | "f32" | "f64";
};

/** What a node of an op carries beside its operands, for the ops that carry anything. */
export interface Attributes {
  readonly arange: Counted;
  readonly argmax: Axis;
  readonly argmin: Axis;
  readonly argsort: Ordering;
  readonly broadcastTo: { readonly shape: Shape };
  readonly cast: { readonly dtype: DType };
  readonly checkpoint: Body;
  readonly concat: Axis;
  readonly constant: TensorType & { readonly value: NDArray };
  readonly cumsum: Axis;
  readonly dynamicSlice: { readonly sizes: Shape };
  readonly flip: Axes;
  readonly input: TensorType & { readonly name: string };
  readonly max: Axes;
  readonly min: Axes;
  readonly pad: {
    readonly before: readonly number[];
    readonly after: readonly number[];
    /** How many elements come between two neighbours. */
    readonly between: readonly number[];
    readonly value: number;
  };
  readonly parameter: TensorType & { readonly cell: ParameterCell };
  readonly patches: Window;
  readonly placeholder: TensorType;
  readonly polygamma: { readonly order: number };
  readonly randomBits: Drawn<"i32">;
  readonly randomUnit: Drawn<"f32" | "f64">;
  readonly reshape: { readonly shape: Shape };
  readonly scan: Loop;
  readonly scatterAdd: { readonly check: IndexCheck };
  readonly slice: Box;
  readonly sum: Axes;
  readonly take: { readonly check: IndexCheck };
  readonly transpose: { readonly permutation: readonly number[] };
  readonly unpatches: Window & { readonly images: readonly number[] };
}

/** Ops whose nodes have operands and nothing else. */
type Plain =
  | "abs"
  | "add"
  | "atan"
  | "atan2"
  | "cos"
  | "div"
  | "dynamicUpdateSlice"
  | "equal"
  | "erf"
  | "exp"
  | "expm1"
  | "floor"
  | "greater"
  | "greaterEqual"
  | "identity"
  | "isFinite"
  | "less"
  | "lessEqual"
  | "log"
  | "log1p"
  | "logGamma"
  | "logicalAnd"
  | "logicalNot"
  | "logicalOr"
  | "matmul"
  | "maximum"
  | "minimum"
  | "mod"
  | "mul"
  | "neg"
  | "notEqual"
  | "pow"
  | "relu"
  | "round"
  | "rsqrt"
  | "sigmoid"
  | "sign"
  | "sin"
  | "softplus"
  | "sqrt"
  | "square"
  | "stopGradient"
  | "sub"
  | "tanh"
  | "where";

/** The name of an op record. `customGradient` carries a rule, which is of no use once gradients are taken. */
export type OpName = keyof Attributes | Plain | "customGradient";

/** What nodes of an op carry. */
export type AttributesOf<Name extends OpName> = Name extends keyof Attributes ? Attributes[Name] : unknown;

/**
 * Every op record, under its name.
 * @example
 * ops.tanh.rule; // → "[...s] → [...s]"
 * nameOf(tanh(constant(1)).node); // → "tanh"
 */
export const ops: { readonly [Name in OpName]: Op } = {
  abs: absOp,
  add: addOp,
  arange: arangeOp,
  argmax: argmaxOp,
  argmin: argminOp,
  argsort: argsortOp,
  atan: atanOp,
  atan2: atan2Op,
  broadcastTo: broadcastToOp,
  cast: castOp,
  checkpoint: callOp,
  concat: concatOp,
  constant: constantOp,
  cos: cosOp,
  cumsum: cumsumOp,
  customGradient: customGradientOp,
  div: divOp,
  dynamicSlice: dynamicSliceOp,
  dynamicUpdateSlice: dynamicUpdateSliceOp,
  equal: equalOp,
  erf: erfOp,
  exp: expOp,
  expm1: expm1Op,
  flip: flipOp,
  floor: floorOp,
  greater: greaterOp,
  greaterEqual: greaterEqualOp,
  identity: identityOp,
  input: inputOp,
  isFinite: isFiniteOp,
  less: lessOp,
  lessEqual: lessEqualOp,
  log: logOp,
  log1p: log1pOp,
  logGamma: logGammaOp,
  logicalAnd: logicalAndOp,
  logicalNot: logicalNotOp,
  logicalOr: logicalOrOp,
  matmul: matmulOp,
  max: maxOp,
  maximum: maximumOp,
  min: minOp,
  minimum: minimumOp,
  mod: modOp,
  mul: mulOp,
  neg: negOp,
  notEqual: notEqualOp,
  pad: padOp,
  parameter: parameterOp,
  patches: patchesOp,
  placeholder: placeholderOp,
  polygamma: polygammaOp,
  pow: powOp,
  randomBits: randomBitsOp,
  randomUnit: randomUnitOp,
  relu: reluOp,
  reshape: reshapeOp,
  round: roundOp,
  rsqrt: rsqrtOp,
  scan: loopOp,
  scatterAdd: scatterAddOp,
  sigmoid: sigmoidOp,
  sign: signOp,
  sin: sinOp,
  slice: sliceOp,
  softplus: softplusOp,
  sqrt: sqrtOp,
  square: squareOp,
  stopGradient: stopGradientOp,
  sub: subOp,
  sum: sumOp,
  take: takeOp,
  tanh: tanhOp,
  transpose: transposeOp,
  unpatches: unpatchesOp,
  where: whereOp,
};

const names: ReadonlyMap<Op, OpName> = new Map(
  Object.entries(ops).map(([name, op]) => [op, name as OpName] as const),
);

/** Which of the records a node applies; undefined for an op of the user's own. */
export const nameOf = ({ op }: { readonly op: Op }): OpName | undefined => names.get(op);
