import type { Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { mul, neg, square } from "./arithmetic.ts";
import { unaryOp } from "./elementwise.ts";
import { exp } from "./exponential.ts";
import type { Operand } from "./operand.ts";
import { applyUnary } from "./promotion.ts";

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/**
 * Below 2.5 the series 2/√π e^-x² Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!, whose terms are all positive, so nothing cancels;
 * above it 1 - erfc with the continued fraction erfc x = e^-x²/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))).
 * Source: Abramowitz & Stegun 1964, 7.1.6 and 7.1.14.
 */
function errorFunction(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x;
    let total = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      total += term;
    }
    return TWO_OVER_SQRT_PI * Math.exp(-x * x) * total;
  }
  let tail = a;
  for (let n = 60; n >= 1; n--) tail = a + n / 2 / tail;
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / tail);
}

export const erfOp: Op = unaryOp("erf", {
  evaluate: errorFunction,
  emit: (e, x) => e.apply("erf", x),
  vjp: (g, _, [x]) => [mul(g, exp(neg(square(x))), TWO_OVER_SQRT_PI)],
});

/**
 * Error function, elementwise: `y = 2/√π ∫₀ˣ e^-t² dt`.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g 2/√π e^-x²`
 */
export const erf = (x: Operand): Tensor => applyUnary(erfOp, x, "float");
