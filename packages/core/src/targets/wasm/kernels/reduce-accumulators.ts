import type { DType } from "../../../dtype.ts";
import type { Vector, VectorValue } from "../math/lanes.ts";
import type { LaneCode } from "./emitter-lanes.ts";
import {
  type Accumulator,
  type Combine,
  folded,
  identityOf,
  locals,
  sideBySide,
  turned,
} from "./reduce-lanes.ts";
import { Position } from "./reduce-position.ts";

/** Sums, largest and smallest elements of integers and booleans: nothing is lost, so there is no order to keep. */
export class Exact implements Accumulator {
  readonly #code: LaneCode;
  readonly #dtype: DType;
  readonly #combine: "sum" | "max" | "min";
  readonly #slots: Vector[];

  constructor(code: LaneCode, combine: "sum" | "max" | "min", dtype: DType, slots: number) {
    this.#code = code;
    this.#combine = combine;
    this.#dtype = dtype;
    this.#slots = locals(code, slots);
  }

  readonly #join = (a: Vector, b: Vector): Vector => {
    const name = this.#combine === "sum" ? "add" : this.#combine;
    return this.#code.f.keep(this.#code.combine(name, a, b, this.#dtype));
  };

  begin(): void {
    for (const slot of this.#slots)
      this.#code.f.set(slot, this.#code.constant(identityOf(this.#combine, this.#dtype), this.#dtype));
  }

  take(value: Vector, slot: number): void {
    this.#code.f.set(this.#slots[slot]!, this.#code.f.get(this.#join(this.#slots[slot]!, value)));
  }

  flush(): void {}

  lanes(): Vector {
    return this.#slots.reduce(this.#join);
  }

  total(): Vector {
    return folded(this.#code, this.lanes(), this.#dtype, this.#join);
  }
}

/** Sums of floats. Where there are many, parts of them are added up in doubles, so that the error does not grow with them. */
export class FloatSum implements Accumulator {
  readonly #code: LaneCode;
  readonly #dtype: DType;
  readonly #slots: Vector[];
  /** Sums of parts, doubles: of the low two lanes, and of the others. */
  readonly #parts: Vector[];

  constructor(code: LaneCode, dtype: DType, slots: number, flushes: boolean) {
    this.#code = code;
    this.#dtype = dtype;
    this.#slots = locals(code, slots);
    this.#parts = flushes ? locals(code, code.lanes / 2) : [];
  }

  readonly #add = (a: Vector, b: Vector, dtype = this.#dtype): Vector =>
    this.#code.f.keep(this.#code.combine("add", a, b, dtype));

  begin(): void {
    this.#clear([...this.#slots, ...this.#parts]);
  }

  #clear(those: readonly Vector[]): void {
    for (const local of those) this.#code.f.set(local, this.#code.f.i32x4.const(0));
  }

  take(value: Vector, slot: number): void {
    const sum = this.#slots[slot]!;
    this.#code.f.set(sum, this.#code.combine("add", sum, value, this.#dtype));
  }

  flush(): void {
    const { f } = this.#code;
    const sum = this.#slots.reduce((a, b) => this.#add(a, b));
    this.#parts.forEach((part, half) => {
      const low = half === 0 ? sum : turned(this.#code, sum, 2, "f32");
      const wide = this.#dtype === "f64" ? low : f.keep(f.f64x2.promote_low_f32x4(low));
      f.set(part, f.f64x2.add(part, wide));
    });
    this.#clear(this.#slots);
  }

  lanes(): Vector {
    if (this.#parts.length === 0) return this.#slots.reduce((a, b) => this.#add(a, b));
    this.flush();
    if (this.#dtype === "f64") return this.#parts[0]!;
    const { f } = this.#code;
    const halves = this.#parts.map((part) => f.keep(f.f32x4.demote_f64x2_zero(part)));
    return halves.reduce((low, high) => sideBySide(f, low, high));
  }

  total(): Vector {
    if (this.#parts.length === 0)
      return folded(this.#code, this.lanes(), this.#dtype, (a, b) => this.#add(a, b));
    this.flush();
    const { f } = this.#code;
    const both = this.#parts.reduce((a, b) => this.#add(a, b, "f64"));
    const sum = this.#add(
      both,
      f.keep(f.i8x16.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7], both, both)),
      "f64",
    );
    return this.#dtype === "f64" ? sum : f.keep(f.f32x4.demote_f64x2_zero(sum));
  }
}

/**
 * Largest and smallest floats: one instruction that ignores NaN, and a mask that remembers it. The instruction that
 * does both is eight of the processor's.
 */
export class FloatExtreme implements Accumulator {
  readonly #code: LaneCode;
  readonly #dtype: "f32" | "f64";
  readonly #combine: "max" | "min";
  readonly #slots: Vector[];
  readonly #spoiled: Vector[];

  constructor(code: LaneCode, combine: "max" | "min", dtype: "f32" | "f64", slots: number) {
    this.#code = code;
    this.#combine = combine;
    this.#dtype = dtype;
    this.#slots = locals(code, slots);
    this.#spoiled = locals(code, slots);
  }

  readonly #join = (a: Vector, b: Vector): Vector => this.#code.f.keep(this.#better(a, b));

  #better(a: Vector, b: Vector): VectorValue {
    const lanes = this.#code.f[this.#dtype === "f32" ? "f32x4" : "f64x2"];
    return this.#combine === "max" ? lanes.pmax(a, b) : lanes.pmin(a, b);
  }

  begin(): void {
    for (const slot of this.#slots)
      this.#code.f.set(slot, this.#code.constant(identityOf(this.#combine, this.#dtype), this.#dtype));
    for (const mask of this.#spoiled) this.#code.f.set(mask, this.#code.f.i32x4.const(0));
  }

  take(value: Vector, slot: number): void {
    const { f } = this.#code;
    const lanes = f[this.#dtype === "f32" ? "f32x4" : "f64x2"];
    f.set(this.#slots[slot]!, this.#better(this.#slots[slot]!, value));
    f.set(this.#spoiled[slot]!, f.v128.or(this.#spoiled[slot]!, lanes.ne(value, value)));
  }

  flush(): void {}

  /** All bits of a float set is a NaN. */
  #spoil(best: Vector, mask: Vector): Vector {
    return this.#code.f.keep(this.#code.f.v128.or(best, mask));
  }

  readonly #either = (a: Vector, b: Vector): Vector => this.#code.f.keep(this.#code.f.v128.or(a, b));

  lanes(): Vector {
    return this.#spoil(this.#slots.reduce(this.#join), this.#spoiled.reduce(this.#either));
  }

  total(): Vector {
    const best = folded(this.#code, this.#slots.reduce(this.#join), this.#dtype, this.#join);
    const spoiled = folded(this.#code, this.#spoiled.reduce(this.#either), this.#dtype, this.#either);
    return this.#spoil(best, spoiled);
  }
}

/** What computes a reduction. */
export function accumulator(
  code: LaneCode,
  combine: Combine,
  dtype: DType,
  slots: number,
  flushes: boolean,
): Accumulator {
  if (combine === "argmax" || combine === "argmin") return new Position(code, combine, dtype, slots);
  if (dtype === "f32" || dtype === "f64")
    return combine === "sum"
      ? new FloatSum(code, dtype, slots, flushes)
      : new FloatExtreme(code, combine, dtype, slots);
  return new Exact(code, combine, dtype, slots);
}
