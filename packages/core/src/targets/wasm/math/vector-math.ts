import type { ScalarFunction } from "../../../graph/kernel-rule.ts";
import type { FunctionBuilder, FunctionModule } from "../assembler/function-builder.ts";
import type { FunctionReference } from "../assembler/function-signature.ts";
import { erf } from "./error-function.ts";
import { exp, expm1 } from "./exponential.ts";
import { Lanes, type LaneType, type Vector, type VectorValue } from "./lanes.ts";
import { log, log1p } from "./logarithm.ts";
import { pow } from "./power.ts";
import { sigmoid, softplus, tanh } from "./sigmoidal.ts";
import { cos, sin } from "./trigonometric.ts";

type Unary = (l: Lanes, x: Vector) => VectorValue;

/** Functions of one vector that can be written. */
export type UnaryName = Exclude<ScalarFunction, "abs" | "neg">;

/** Functions of one vector, lane by lane. */
export const unaryMath: Readonly<Record<UnaryName, Unary>> = {
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tanh,
  sigmoid,
  softplus,
  erf,
  sqrt: (l: Lanes, x: Vector): VectorValue => l.v.sqrt(x),
  rsqrt: (l: Lanes, x: Vector): VectorValue => l.v.div(1, l.v.sqrt(x)),
  floor: (l: Lanes, x: Vector): VectorValue => l.v.floor(x),
  round: (l: Lanes, x: Vector): VectorValue => l.v.nearest(x),
};

/**
 * Writes a function of one vector in place: `x` is a local, the result is left on the stack.
 *
 *     v128.store(to, emitUnary(f, "tanh", "f32x4", f.keep(v128.load(from))));
 */
export const emitUnary = (f: FunctionBuilder, name: UnaryName, type: LaneType, x: Vector): VectorValue =>
  unaryMath[name](new Lanes(f, type), x);

/** Writes `aᵇ` in place: `a` and `b` are locals, the result is left on the stack. */
export const emitPow = (f: FunctionBuilder, type: LaneType, a: Vector, b: Vector): VectorValue =>
  pow(new Lanes(f, type), a, b);

/** The same as a function to call, one per module. */
export const unaryFunction = (
  module: FunctionModule,
  name: UnaryName,
  type: LaneType,
): FunctionReference<readonly ["v128"], readonly ["v128"]> =>
  module.once(`${name} ${type}`, () =>
    module.function(
      { name: `${name}-${type}`, params: ["v128"], results: ["v128"], hoistConstants: false },
      (f, x) => {
        emitUnary(f, name, type, x);
      },
    ),
  );

/** `aᵇ` as a function to call, one per module. */
export const powFunction = (
  module: FunctionModule,
  type: LaneType,
): FunctionReference<readonly ["v128", "v128"], readonly ["v128"]> =>
  module.once(`pow ${type}`, () =>
    module.function(
      { name: `pow-${type}`, params: ["v128", "v128"], results: ["v128"], hoistConstants: false },
      (f, a, b) => {
        emitPow(f, type, a, b);
      },
    ),
  );
