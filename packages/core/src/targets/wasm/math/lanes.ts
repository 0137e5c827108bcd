import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { FloatLanes, InBoth, InstructionGroups } from "../assembler/instruction-types.ts";
import type { Local, Operand, Value } from "../assembler/operand.ts";

/** Which lanes a vector has. */
export type LaneType = "f32x4" | "f64x2";

export type Vector = Local<"v128">;
export type VectorValue = Value<"v128">;

/** Integer lanes seen as 32-bit ones; constants beyond 32 bits are bigints in 64-bit lanes. */
type IntegerLanes = InBoth<"i32x4", "i64x2">;

/**
 * `-x` or `|x|`: the sign is turned or taken away as a bit. Where V8 (Node 24, 26) makes pairs of vectors, it writes the negative of a
 * pair of doubles over what it is the negative of, which may be wanted still.
 */
export function signOf(
  f: FunctionBuilder,
  type: LaneType,
  name: "neg" | "abs",
  x: Operand<"v128">,
): VectorValue {
  const { v128, i32x4, i64x2 } = f;
  if (name === "neg") return v128.xor(x as Vector, (f[type] as FloatLanes).const(-0));
  const magnitude = type === "f32x4" ? i32x4.const(0x7fffffff) : i64x2.const(0x7fffffffffffffffn);
  return v128.and(x as Vector, magnitude);
}

/** What differs between single and double precision. Both are written with the same code. */
export class Lanes {
  readonly f: FunctionBuilder;
  readonly type: LaneType;
  readonly single: boolean;
  readonly fused: boolean;
  /** Arithmetic on the lanes. */
  readonly v: FloatLanes;
  /** The same lanes as integers. */
  readonly int: IntegerLanes;
  /** Bits of the stored mantissa and of a lane, and the bias of the exponent. */
  readonly mantissa: number;
  readonly width: number;
  readonly bias: number;
  /** 1.5 · 2^mantissa: added to a small integer, it leaves that integer in the low bits. */
  readonly magic: number;

  constructor(f: FunctionBuilder, type: LaneType) {
    this.f = f;
    this.type = type;
    this.single = type === "f32x4";
    this.fused = f.module.arithmetic.fused;
    this.v = f[type] as FloatLanes;
    this.int = f[this.single ? "i32x4" : "i64x2"] as unknown as IntegerLanes;
    this.mantissa = this.single ? 23 : 52;
    this.width = this.single ? 32 : 64;
    this.bias = this.single ? 127 : 1023;
    this.magic = 1.5 * 2 ** this.mantissa;
  }

  /** `-x`. */
  neg(x: Operand<"v128">): VectorValue {
    return signOf(this.f, this.type, "neg", x);
  }

  /** `|x|`. */
  abs(x: Operand<"v128">): VectorValue {
    return signOf(this.f, this.type, "abs", x);
  }

  /** The one of two that belongs to the precision. */
  pick<T>(single: T, double: T): T {
    return this.single ? single : double;
  }

  keep(value: VectorValue): Vector {
    return this.f.keep(value);
  }

  /** An integer constant in every lane. */
  bits(value: bigint): VectorValue {
    return (this.int as unknown as InstructionGroups["i64x2"]).const(value);
  }

  /** `x y + z`, with one rounding where arithmetic is fused and with two elsewhere. */
  multiplyAdd(x: VectorValue | Vector, y: VectorValue | Vector | number, z: Vector | number): VectorValue {
    const { v } = this;
    return this.fused ? v.relaxed_madd(x, y as Vector, z) : v.add(v.mul(x, y as Vector), z);
  }

  /** `z - x y`, in the same way. */
  subtractProduct(
    z: Vector | number,
    x: VectorValue | Vector,
    y: VectorValue | Vector | number,
  ): VectorValue {
    const { v } = this;
    if (this.fused) return v.relaxed_nmadd(x, y as Vector, z);
    return v.sub(z, v.mul(x, y as Vector));
  }

  /** `c₀ + c₁ x + c₂ x² + …`, by Horner's rule. */
  polynomial(x: Vector, coefficients: readonly number[]): VectorValue {
    const last = coefficients.length - 1;
    let sum = this.v.const(coefficients[last]!);
    for (let i = last - 1; i >= 0; i--) sum = this.multiplyAdd(sum, x, coefficients[i]!);
    return sum;
  }

  /** The same in pairs, `(c₀ + c₁ x) + x² ((c₂ + c₃ x) + x² …)`: a chain half as long. Source: Estrin 1960. */
  polynomialPairs(x: Vector, square: Vector, coefficients: readonly number[]): VectorValue {
    const pair = (i: number): VectorValue =>
      i + 1 < coefficients.length
        ? this.multiplyAdd(x, coefficients[i + 1]!, coefficients[i]!)
        : this.v.const(coefficients[i]!);
    const last = (coefficients.length - 1) & ~1;
    let sum = pair(last);
    for (let i = last - 2; i >= 0; i -= 2) {
      const [higher, lower] = [this.keep(sum), this.keep(pair(i))];
      sum = this.multiplyAdd(higher, square, lower);
    }
    return sum;
  }

  /** `yes` where the mask is set, else `no`. */
  choose(yes: Operand<"v128">, no: Operand<"v128">, mask: Operand<"v128">): VectorValue {
    return this.f.v128.bitselect(yes as Vector, no as Vector, mask as Vector);
  }

  /** Limits `x` to `low … high`; NaN stays. */
  clamp(x: Operand<"v128">, low: number, high: number): VectorValue {
    return this.v.pmin(this.v.pmax(x as Vector, low), high);
  }

  /** `y` with the sign of `x`, where `y` is positive or has that sign already. */
  signed(y: VectorValue, x: Vector): VectorValue {
    return this.f.v128.or(y, this.f.v128.and(x, this.v.const(-0)));
  }

  /** `2ⁿ` where the low bits are `n + bias`, whatever is above them. */
  exponentBits(bits: Operand<"v128">): VectorValue {
    return this.int.shl(bits as Vector, this.mantissa);
  }
}
