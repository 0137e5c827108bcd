import type { Arithmetic } from "../arithmetic.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { FloatLanes } from "../assembler/instruction-types.ts";
import type { Local, Value } from "../assembler/operand.ts";

/** Types that products are made of. */
export type ProductType = "f32" | "f64" | "i32";

export type Pointer = Local<"i32">;
export type Vector = Local<"v128">;

const LANES = { f32: "f32x4", f64: "f64x2", i32: "i32x4" } as const;

/** What differs between the types of elements; everything else is written with the same code. */
export class Element {
  readonly dtype: ProductType;
  readonly bytes: number;
  /** Elements in a vector. */
  readonly lanes: number;
  /** Vectors of columns in a packed panel: two, or two of twice the width; and columns. */
  readonly panelVectors: number;
  readonly panel: number;
  readonly fused: boolean;
  readonly wide: boolean;
  /** Names the type in keys. */
  readonly key: string;

  constructor(dtype: ProductType, { fused, wide }: Arithmetic) {
    this.dtype = dtype;
    this.bytes = dtype === "f64" ? 8 : 4;
    this.lanes = 16 / this.bytes;
    this.wide = wide;
    this.panelVectors = wide ? 4 : 2;
    this.panel = this.panelVectors * this.lanes;
    this.fused = fused && dtype !== "i32";
    this.key = this.fused ? `${dtype}-fused` : dtype;
  }

  /** How many vectors hold `count` elements. */
  vectors(count: number): number {
    return Math.ceil(count / this.lanes);
  }

  /** Lanes in use in vector `v` of those that hold `count` elements. */
  lanesIn(v: number, count: number): number {
    return Math.min(this.lanes, count - v * this.lanes);
  }

  /** `sum += x · y`, lane by lane; one rounding instead of two where fused. */
  multiplyAdd(f: FunctionBuilder, sum: Vector, x: Vector, y: Vector): void {
    const v = f[LANES[this.dtype]] as FloatLanes;
    f.set(sum, this.fused ? v.relaxed_madd(x, y, sum) : v.add(sum, v.mul(x, y)));
  }

  multiply(f: FunctionBuilder, x: Vector, y: Vector): Value<"v128"> {
    return (f[LANES[this.dtype]] as FloatLanes).mul(x, y);
  }

  add(f: FunctionBuilder, x: Value<"v128">, y: Value<"v128"> | Vector): Value<"v128"> {
    return (f[LANES[this.dtype]] as FloatLanes).add(x, y);
  }

  /** One element in every lane. */
  splat(f: FunctionBuilder, from: Pointer, element: number): Value<"v128"> {
    const offset = element * this.bytes;
    return this.bytes === 8 ? f.v128.load64_splat(from, { offset }) : f.v128.load32_splat(from, { offset });
  }

  /** `count` elements, `stride` apart, beginning at element `first`; lanes beyond are 0. */
  load(f: FunctionBuilder, from: Pointer, first: number, count: number, stride = 1): Value<"v128"> {
    const { bytes } = this;
    const offset = first * bytes;
    if (count > 1 && stride !== 1) return this.#gather(f, from, first, count, stride);
    if (count === this.lanes) return f.v128.load(from, { offset, align: bytes });
    if (count * bytes === 4) return f.v128.load32_zero(from, { offset });
    const pair = f.v128.load64_zero(from, { offset, align: bytes });
    return count * bytes === 8 ? pair : f.v128.load32_lane(2, from, pair, { offset: offset + 8 });
  }

  #gather(f: FunctionBuilder, from: Pointer, first: number, count: number, stride: number): Value<"v128"> {
    let all = this.load(f, from, first, 1);
    for (let lane = 1; lane < count; lane++) {
      const offset = (first + lane * stride) * this.bytes;
      all =
        this.bytes === 8
          ? f.v128.load64_lane(lane, from, all, { offset })
          : f.v128.load32_lane(lane, from, all, { offset });
    }
    return all;
  }

  /** Stores the first `count` lanes, `stride` elements apart, beginning at element `first`. */
  store(f: FunctionBuilder, to: Pointer, value: Vector, first: number, count: number, stride = 1): void {
    const { bytes } = this;
    const offset = first * bytes;
    if (count === this.lanes && stride === 1) {
      f.v128.store(to, value, { offset, align: bytes });
      return;
    }
    const pair = stride === 1 && bytes === 4 && count >= 2;
    if (pair) f.v128.store64_lane(0, to, value, { offset, align: bytes });
    for (let lane = pair ? 2 : 0; lane < count; lane++) {
      const memory = { offset: offset + lane * stride * bytes };
      if (bytes === 8) f.v128.store64_lane(lane, to, value, memory);
      else f.v128.store32_lane(lane, to, value, memory);
    }
  }

  /** Lanes chosen from two vectors, as `i8x16.shuffle` of whole elements. */
  shuffle(f: FunctionBuilder, x: Vector, y: Vector, lanes: readonly number[]): Value<"v128"> {
    const bytes = lanes.flatMap((lane) =>
      Array.from({ length: this.bytes }, (_, i) => lane * this.bytes + i),
    );
    return f.i8x16.shuffle(bytes, x, y);
  }
}
