import type { DType } from "../../../dtype.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { FloatLanes } from "../assembler/instruction-types.ts";
import { signOf, type Vector, type VectorValue } from "../math/lanes.ts";
import { emitPow, emitUnary, powFunction, type UnaryName, unaryFunction } from "../math/vector-math.ts";
import type { Instruction } from "./emitter.ts";

/** How many elements a kernel computes at once: 2 where it has doubles, else 4. */
export type LaneCount = 2 | 4;

const INTEGER_COMPARISONS = {
  equal: "eq",
  notEqual: "ne",
  less: "lt_s",
  lessEqual: "le_s",
  greater: "gt_s",
  greaterEqual: "ge_s",
} as const;
const FLOAT_COMPARISONS = {
  equal: "eq",
  notEqual: "ne",
  less: "lt",
  lessEqual: "le",
  greater: "gt",
  greaterEqual: "ge",
} as const;
type Comparison = keyof typeof FLOAT_COMPARISONS;

/** Lanes 0 and 1 of 64 bits as lanes 0 and 1 of 32 bits. */
const NARROW = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];

/**
 * Instructions on vectors of elements. Of four lanes, each has 32 bits; of two, doubles have 64 and `f32` and `i32`
 * are the two low lanes of 32. A `bool` is a mask: all bits of its lane, which is 64 bits wide where there are two.
 */
export class LaneCode {
  readonly f: FunctionBuilder;
  readonly lanes: LaneCount;
  /** Whether functions of many instructions are called instead of written in place. */
  readonly calls: boolean;

  constructor(f: FunctionBuilder, lanes: LaneCount, calls = false) {
    this.f = f;
    this.lanes = lanes;
    this.calls = calls;
  }

  constant(value: number, dtype: DType): VectorValue {
    if (dtype === "f32") return this.f.f32x4.const(value);
    if (dtype === "f64") return this.f.f64x2.const(value);
    return this.f.i32x4.const(dtype === "bool" ? -value : value);
  }

  #float(dtype: DType): FloatLanes {
    return this.f[dtype === "f64" ? "f64x2" : "f32x4"] as FloatLanes;
  }

  /** A mask of 32-bit lanes as a `bool`. */
  #mask(narrow: VectorValue): VectorValue {
    return this.lanes === 2 ? this.f.i64x2.extend_low_i32x4_s(narrow) : narrow;
  }

  /** A `bool` as a mask of 32-bit lanes. */
  narrow(mask: Vector): VectorValue {
    return this.lanes === 2 ? this.f.i8x16.shuffle(NARROW, mask, mask) : this.f.get(mask);
  }

  /** What an instruction computes from its operands: everything but loads and positions. */
  write({ kind, name, dtype, value, operands }: Instruction, xs: readonly Vector[]): VectorValue {
    const [a, b, c] = xs as [Vector, Vector, Vector];
    const from = operands[0]?.dtype ?? dtype;
    const { v128, i32x4 } = this.f;
    if (kind === "constant") return this.constant(value, dtype);
    if (kind === "apply") return this.apply(name, a, from);
    if (kind === "combine") return this.#limit(name, a, b, operands) ?? this.combine(name, a, b, from);
    if (kind === "compare") return this.compare(name as Comparison, a, b, from);
    if (kind === "bits") return v128[name as "and" | "or" | "xor"](a, b);
    if (kind === "not") return v128.not(a);
    if (kind === "shift") return name === "left" ? i32x4.shl(a, value) : i32x4.shr_u(a, value);
    if (kind === "choose") return this.choose(a, b, c, dtype);
    if (kind === "cast") return this.cast(a, from, dtype);
    throw new Error(`[wasm] ${kind} has no lanes`);
  }

  apply(name: string, x: Vector, dtype: DType): VectorValue {
    const { f } = this;
    if (dtype === "i32") return f.i32x4[name as "abs" | "neg"](x);
    const type = dtype === "f64" ? "f64x2" : "f32x4";
    if (name === "abs" || name === "neg") return signOf(f, type, name, x);
    const cheap = name === "sqrt" || name === "rsqrt" || name === "floor" || name === "round";
    if (!this.calls || cheap) return emitUnary(f, name as UnaryName, type, x);
    return f.call(unaryFunction(f.module, name as UnaryName, type), x);
  }

  combine(name: string, a: Vector, b: Vector, dtype: DType): VectorValue {
    const { f } = this;
    if (dtype === "bool") return name === "max" ? f.v128.or(a, b) : f.v128.and(a, b);
    if (dtype === "i32") {
      const integer = name === "min" ? "min_s" : name === "max" ? "max_s" : name;
      return f.i32x4[integer as "add" | "sub" | "mul" | "min_s" | "max_s"](a, b);
    }
    if (name !== "pow")
      return this.#float(dtype)[name as "add" | "sub" | "mul" | "div" | "min" | "max"](a, b);
    const type = dtype === "f64" ? "f64x2" : "f32x4";
    return this.calls ? f.call(powFunction(f.module, type), a, b) : emitPow(f, type, a, b);
  }

  /**
   * The larger or smaller of a float and a constant: one instruction where the general one is eight of the processor's.
   * It gives the first operand for NaN and for equal numbers, which only zeros have different ones of.
   */
  #limit(name: string, a: Vector, b: Vector, operands: readonly Instruction[]): VectorValue | undefined {
    if (name !== "max" && name !== "min") return undefined;
    const { dtype } = operands[0]!;
    const side = operands.findIndex(({ kind }) => kind === "constant");
    if (side < 0 || (dtype !== "f32" && dtype !== "f64")) return undefined;
    const { value } = operands[side]!;
    const lanes = this.#float(dtype);
    const [x, bound] = side === 1 ? [a, b] : [b, a];
    if (Number.isNaN(value) || (name === "min" && Object.is(value, -0))) return undefined;
    if (name === "min") return lanes.pmin(x, bound);
    const larger = lanes.pmax(x, bound);
    return Object.is(value, 0) ? lanes.add(larger, 0) : larger;
  }

  compare(name: Comparison, a: Vector, b: Vector, dtype: DType): VectorValue {
    const { f } = this;
    if (dtype === "f64") return f.f64x2[FLOAT_COMPARISONS[name]](a, b);
    if (dtype === "f32") return this.#mask(f.f32x4[FLOAT_COMPARISONS[name]](a, b));
    if (dtype === "i32") return this.#mask(f.i32x4[INTEGER_COMPARISONS[name]](a, b));
    return f.i32x4[INTEGER_COMPARISONS[name]](b, a); // true is -1, below 0
  }

  choose(condition: Vector, a: Vector, b: Vector, dtype: DType): VectorValue {
    const { f } = this;
    const wide = dtype === "f64" || dtype === "bool" || this.lanes === 4;
    return f.v128.bitselect(a, b, wide ? condition : f.keep(this.narrow(condition)));
  }

  cast(x: Vector, from: DType, to: DType): VectorValue {
    const { f } = this;
    if (to === "bool") return this.compare("notEqual", x, f.keep(this.constant(0, from)), from);
    if (from === "bool") {
      if (to === "i32") return f.i32x4.neg(this.narrow(x));
      if (to === "f64") return f.v128.and(x, f.f64x2.const(1));
      return f.v128.and(this.narrow(x), f.f32x4.const(1));
    }
    if (from === "f32") return to === "f64" ? f.f64x2.promote_low_f32x4(x) : f.i32x4.trunc_sat_f32x4_s(x);
    if (from === "f64")
      return to === "f32" ? f.f32x4.demote_f64x2_zero(x) : f.i32x4.trunc_sat_f64x2_s_zero(x);
    return to === "f64" ? f.f64x2.convert_low_i32x4_s(x) : f.f32x4.convert_i32x4_s(x);
  }
}
