import type { Emitter, Scalar, ScalarFunction } from "../graph/kernel-rule.ts";

/** A part of an expression in doubles; numbers are constants. */
export type Double = Scalar | number;

/** Writes formulas in doubles, with plain numbers in them. */
export class Doubles {
  readonly #e: Emitter;

  constructor(e: Emitter) {
    this.#e = e;
  }

  of(x: Double): Scalar {
    return typeof x === "number" ? this.#e.constant(x, "f64") : x;
  }

  add(a: Double, b: Double): Scalar {
    return this.#e.combine("add", this.of(a), this.of(b));
  }

  sub(a: Double, b: Double): Scalar {
    return this.#e.combine("sub", this.of(a), this.of(b));
  }

  mul(a: Double, b: Double): Scalar {
    return this.#e.combine("mul", this.of(a), this.of(b));
  }

  div(a: Double, b: Double): Scalar {
    return this.#e.combine("div", this.of(a), this.of(b));
  }

  apply(name: ScalarFunction, x: Double): Scalar {
    return this.#e.apply(name, this.of(x));
  }

  less(a: Double, b: Double): Scalar {
    return this.#e.compare("less", this.of(a), this.of(b));
  }

  equal(a: Double, b: Double): Scalar {
    return this.#e.compare("equal", this.of(a), this.of(b));
  }

  and(a: Scalar, b: Scalar): Scalar {
    return this.#e.bits("and", a, b);
  }

  or(a: Scalar, b: Scalar): Scalar {
    return this.#e.bits("or", a, b);
  }

  choose(condition: Scalar, a: Double, b: Double): Scalar {
    return this.#e.choose(condition, this.of(a), this.of(b));
  }

  /** `c₀ + c₁ x + c₂ x² + …`, by Horner's rule. */
  polynomial(x: Scalar, coefficients: readonly number[]): Scalar {
    return coefficients
      .slice(0, -1)
      .reduceRight((sum, c) => this.add(this.mul(sum, x), c), this.of(coefficients.at(-1)!));
  }

  /** Whether the sign of `x` is set, that of -0 too. */
  isSigned(x: Scalar): Scalar {
    return this.or(this.less(x, 0), this.and(this.equal(x, 0), this.less(this.div(1, x), 0)));
  }
}

/** An expression of floats, computed in doubles and rounded once. */
export const inDoubles =
  (formula: (d: Doubles, ...xs: Scalar[]) => Scalar) =>
  (e: Emitter, ...xs: Scalar[]): Scalar =>
    e.cast(formula(new Doubles(e), ...xs.map((x) => e.cast(x, "f64"))), xs[0]!.dtype);
