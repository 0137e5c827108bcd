import type { DType } from "../../../dtype.ts";
import type { Vector } from "../math/lanes.ts";
import type { LaneCode } from "./emitter-lanes.ts";
import { type Accumulator, identityOf, locals, turned } from "./reduce-lanes.ts";

/** The best element so far and where it was. */
interface Best {
  readonly value: Vector;
  readonly at: Vector;
}

/** Where the largest or smallest element is: the first NaN before all, else the first of equals. */
export class Position implements Accumulator {
  readonly #code: LaneCode;
  readonly #dtype: DType;
  readonly #combine: "argmax" | "argmin";
  readonly #slots: Best[];

  constructor(code: LaneCode, combine: "argmax" | "argmin", dtype: DType, slots: number) {
    this.#code = code;
    this.#combine = combine;
    this.#dtype = dtype;
    this.#slots = locals(code, slots).map((value) => ({ value, at: code.f.local("v128") }));
  }

  begin(): void {
    const { f } = this.#code;
    for (const { value, at } of this.#slots) {
      f.set(value, this.#code.constant(identityOf(this.#combine, this.#dtype), this.#dtype));
      f.set(at, f.i32x4.const(0));
    }
  }

  /** Where `a` comes before `b` whatever their positions. */
  #better(a: Vector, b: Vector): Vector {
    const { f } = this.#code;
    const largest = this.#combine === "argmax";
    if (this.#dtype === "i32") return f.keep(this.#code.compare(largest ? "greater" : "less", a, b, "i32"));
    const worse = f.keep(this.#code.compare(largest ? "lessEqual" : "greaterEqual", a, b, this.#dtype));
    const number = f.keep(this.#code.compare("equal", b, b, this.#dtype));
    return f.keep(f.v128.andnot(number, worse));
  }

  take(value: Vector, slot: number, position: () => Vector): void {
    const best = this.#slots[slot]!;
    this.#assign(best, this.#better(value, best.value), { value, at: position() });
  }

  #assign(best: Best, where: Vector, { value, at }: Best): void {
    this.#code.f.set(best.value, this.#code.choose(where, value, best.value, this.#dtype));
    this.#code.f.set(best.at, this.#code.choose(where, at, best.at, "i32"));
  }

  flush(): void {}

  /** Takes `other` where it is better, or as good and first. */
  #join(best: Best, other: Best): Best {
    const { f } = this.#code;
    const better = this.#better(other.value, best.value);
    const worse = this.#better(best.value, other.value);
    const first = f.keep(this.#code.compare("less", other.at, best.at, "i32"));
    const where = f.keep(f.v128.or(better, f.v128.andnot(first, worse)));
    this.#assign(best, where, other);
    return best;
  }

  lanes(): Vector {
    return this.#slots.reduce((a, b) => this.#join(a, b)).at;
  }

  total(): Vector {
    this.lanes();
    const best = this.#slots[0]!;
    for (let count = this.#code.lanes / 2; count >= 1; count /= 2)
      this.#join(best, {
        value: turned(this.#code, best.value, count, this.#dtype),
        at: turned(this.#code, best.at, count, "i32"),
      });
    return best.at;
  }
}
