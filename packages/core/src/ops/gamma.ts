import { GraphError } from "../errors.ts";
import type { Scalar } from "../graph/kernel-rule.ts";
import { apply, defineOp, type Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { inWords } from "../inspection.ts";
import { mul } from "./arithmetic.ts";
import { type Doubles, inDoubles } from "./doubles.ts";
import { checkAlike, floats, mapElements, type Unary, unaryOp } from "./elementwise.ts";
import type { Operand } from "./operand.ts";
import { applyUnary, toFloat } from "./promotion.ts";

/** `ln Γ(2 + z) = (1 - γ) z + Σ (-1)ᵏ (ζ(k) - 1) zᵏ / k` for |z| ≤ ½, from z¹ on. Source: Abramowitz & Stegun 1964, 6.1.33. */
const NEAR_TWO = [
  0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986,
  0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939,
  9.945751278180853e-5, -4.492623673813314e-5, 2.050721277567069e-5, -9.439488275268397e-6,
  4.374866789907488e-6, -2.039215753801366e-6, 9.55141213040742e-7, -4.492469198764566e-7,
  2.1207184805554665e-7, -1.0043224823968099e-7, 4.7698101693639804e-8, -2.2711094608943164e-8,
  1.0838659214896955e-8, -5.183475041970047e-9, 2.4836745438024785e-9, -1.1921401405860912e-9,
  5.731367241678862e-10,
];
/** `B₂ₖ / (2k (2k - 1))`: Stirling's series. Source: Abramowitz & Stegun 1964, 6.1.41. */
const STIRLING = [
  0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380953,
  0.0008417508417508417, -0.0019175269175269176, 0.00641025641025641, -0.029550653594771242,
];
/** Bernoulli's numbers `B₂, B₄, …`. */
const BERNOULLI = [
  0.16666666666666666, -0.03333333333333333, 0.023809523809523808, -0.03333333333333333, 0.07575757575757576,
  -0.2531135531135531, 1.1666666666666667, -7.092156862745098, 54.971177944862156, -529.1242424242424,
  6192.123188405797, -86580.25311355312,
];
/** From here on Stirling's series is exact. */
const FAR = 8.5;
const HALF_LN_2PI = 0.9189385332046728;

const horner = (x: number, coefficients: readonly number[]): number =>
  coefficients.reduceRight((total, c) => total * x + c, 0);

/** `Γ(a) = (a - 1) (a - 2) … Γ(a - n)`, or `Γ(a + 1) / a`, takes `a` to 1.5 … 2.5, where the series is. */
function logGammaPositive(a: number): number {
  if (a === Infinity) return a;
  if (a >= FAR) return (a - 0.5) * (Math.log(a) - 1) + (HALF_LN_2PI - 0.5) + horner(1 / a / a, STIRLING) / a;
  if (a < 0.5) return a * horner(a, NEAR_TWO) - Math.log(a * (a + 1));
  if (a < 1.5) return (a - 1) * horner(a - 1, NEAR_TWO) - Math.log(a);
  let [r, product] = [a, 1];
  while (r > 2.5) product *= --r;
  return (r - 2) * horner(r - 2, NEAR_TWO) + Math.log(product);
}

/** `ln |Γ(x)|`, for negative `x` by `Γ(-a) Γ(a) = -π / (a sin πa)`. */
function logGammaOf(x: number): number {
  if (!(x < 0)) return logGammaPositive(x);
  const sine = Math.abs(Math.sin(Math.PI * (x - Math.round(x))));
  return sine > 0 ? Math.log(Math.PI / (-x * sine)) - logGammaPositive(-x) : Infinity;
}

/** The same without branches. */
function emitLogGamma(d: Doubles, x: Scalar): Scalar {
  const negative = d.less(x, 0);
  const a = d.choose(negative, d.sub(0, x), x);
  const [tiny, small] = [d.less(a, 0.5), d.less(a, 1.5)];
  let [r, product]: Scalar[] = [a, d.of(1)];
  for (let k = 1; k < 7; k++) {
    const reduces = d.less(2.5, r!);
    r = d.choose(reduces, d.sub(r!, 1), r!);
    product = d.choose(reduces, d.mul(product!, r), product!);
  }
  const z = d.choose(tiny, a, d.choose(small, d.sub(a, 1), d.sub(r!, 2)));
  const logarithm = d.apply("log", d.choose(tiny, d.mul(a, d.add(a, 1)), d.choose(small, a, product!)));
  const series = d.mul(z, d.polynomial(z, NEAR_TWO));
  const near = d.choose(small, d.sub(series, logarithm), d.add(series, logarithm));
  const inverse = d.div(1, a);
  const tail = d.mul(d.polynomial(d.mul(inverse, inverse), STIRLING), inverse);
  const main = d.mul(d.sub(a, 0.5), d.sub(d.apply("log", a), 1));
  const positive = d.choose(d.less(a, FAR), near, d.add(d.add(main, HALF_LN_2PI - 0.5), tail));
  const sine = d.apply("abs", d.apply("sin", d.mul(Math.PI, d.sub(x, d.apply("round", x)))));
  const reflected = d.sub(d.apply("log", d.div(Math.PI, d.mul(a, sine))), positive);
  return d.choose(negative, d.choose(d.less(0, sine), reflected, Infinity), positive);
}

export const logGammaOp: Op = unaryOp("logGamma", {
  evaluate: logGammaOf,
  emit: inDoubles(emitLogGamma),
  vjp: (g, _, [x]) => [mul(g, digamma(x))],
});

/**
 * `y = ln |Γ(x)|`, elementwise; ∞ at 0 and at negative whole numbers.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g ψ(x)`
 * Source: Abramowitz & Stegun 1964, 6.1.17, 6.1.33, 6.1.41.
 * @example
 * evaluate(logGamma([1, 2, 5])); // → [0, 0, 3.1780539]
 */
export const logGamma = (x: Operand): Tensor => applyUnary(logGammaOp, x, "float");

type Order = { readonly order: number };

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** From where on the asymptotic series is exact. */
const farOf = (order: number): number => 10 + order;

/** `B₂ₖ (2k + n - 1)! / (2k)!`: what stands beside `b^-(2k+n)`. */
const tailOf = (order: number): number[] =>
  BERNOULLI.map((b, i) => {
    let ratio = 1;
    const k = 2 * i + 2;
    for (let factor = 1; factor < order; factor++) ratio *= k + factor;
    return order === 0 ? b / k : b * ratio;
  });

/** `dⁿ cot(πx) / dxⁿ = (-π)ⁿ P(cot πx)`: the coefficients of P, by `P' = P′ (1 + c²)`. */
function cotangentDerivative(order: number): number[] {
  let p = [0, 1];
  for (let n = 0; n < order; n++) {
    const slope = p.slice(1).map((c, i) => c * (i + 1));
    p = Array.from({ length: slope.length + 2 }, (_, i) => (slope[i] ?? 0) + (slope[i - 2] ?? 0));
  }
  return p;
}

/**
 * `ψ⁽ⁿ⁾(a) = (-1)ⁿ⁺¹ n! Σ 1/(a + k)ⁿ⁺¹ + ψ⁽ⁿ⁾(b)` up to where the series is exact:
 *
 *     ψ(b) = ln b - 1/2b - Σ B₂ₖ / 2k b²ᵏ
 *     ψ⁽ⁿ⁾(b) = (-1)ⁿ⁺¹ ((n - 1)! / bⁿ + n! / 2bⁿ⁺¹ + Σ B₂ₖ (2k + n - 1)! / (2k)! b²ᵏ⁺ⁿ)
 */
function polygammaPositive(order: number, a: number): number {
  let [b, passed] = [a, 0];
  for (; b < farOf(order); b++) passed += b ** -(order + 1);
  const [whole, sign] = [factorial(order), order % 2 === 0 ? -1 : 1];
  const tail = horner(1 / b / b, tailOf(order)) / b / b;
  if (order === 0) return Math.log(b) - 0.5 / b - tail - passed;
  return sign * (whole * passed + (whole / order + whole / 2 / b + tail) * b ** -order);
}

/** For negative `x = -a`: `ψ⁽ⁿ⁾(x) = (-1)ⁿ ψ⁽ⁿ⁾(a) + n! / aⁿ⁺¹ - π dⁿ cot(πx) / dxⁿ`. Source: Abramowitz & Stegun 1964, 6.4.7. */
function polygammaOf(order: number, x: number): number {
  if (!(x < 0)) return polygammaPositive(order, x);
  const turn = Math.PI * (x - Math.round(x));
  if (turn === 0) return order % 2 === 0 ? Number.NaN : Infinity;
  const wave =
    horner(Math.cos(turn) / Math.sin(turn), cotangentDerivative(order)) * (-Math.PI) ** order * Math.PI;
  const sign = order % 2 === 0 ? 1 : -1;
  return sign * polygammaPositive(order, -x) + factorial(order) * (-x) ** -(order + 1) - wave;
}

const emitPolygamma =
  (order: number) =>
  (d: Doubles, x: Scalar): Scalar => {
    const far = farOf(order);
    const negative = d.less(x, 0);
    const a = d.choose(negative, d.sub(0, x), x);
    const inversePower = (b: Scalar, exponent: number): Scalar => {
      const inverse = d.div(1, b);
      let power = d.of(1);
      for (let i = 0; i < exponent; i++) power = d.mul(power, inverse);
      return power;
    };
    let [b, passed]: Scalar[] = [a, d.of(0)];
    for (let k = 0; k < far; k++) {
      const below = d.less(b!, far);
      passed = d.choose(below, d.add(passed!, inversePower(b!, order + 1)), passed!);
      b = d.choose(below, d.add(b!, 1), b!);
    }
    const [whole, even] = [factorial(order), order % 2 === 0];
    const square = inversePower(b!, 2);
    const tail = d.mul(d.polynomial(square, tailOf(order)), square);
    const half = d.div(whole / 2, b!);
    const sum = d.mul(d.add(d.add(half, tail), whole / Math.max(order, 1)), inversePower(b!, order));
    const positive =
      order === 0
        ? d.sub(d.sub(d.sub(d.apply("log", b!), half), tail), passed!)
        : d.mul(d.add(d.mul(passed!, whole), sum), even ? -1 : 1);
    const turn = d.mul(Math.PI, d.sub(x, d.apply("round", x)));
    const cotangent = d.div(d.apply("cos", turn), d.apply("sin", turn));
    const wave = d.mul(d.polynomial(cotangent, cotangentDerivative(order)), (-Math.PI) ** order * Math.PI);
    const pole = d.mul(inversePower(a, order + 1), whole);
    const reflected = d.sub(d.add(even ? positive : d.sub(0, positive), pole), wave);
    const open = d.choose(d.equal(turn, 0), even ? Number.NaN : Infinity, reflected);
    return d.choose(negative, open, positive);
  };

export const polygammaOp: Op = defineOp<Unary, Order>({
  name: "polygamma",
  rule: "[...s] → [...s]",
  type(operands) {
    checkAlike({ name: "polygamma", rule: this.rule, labels: ["x"], takes: floats }, operands);
    return { shape: operands[0].shape, dtype: operands[0].dtype };
  },
  evaluate: (values, { order }, type) => mapElements((x) => polygammaOf(order, x!), values, type),
  kernel: { kind: "map", emit: (e, [x], { order }) => inDoubles(emitPolygamma(order))(e, x!) },
  vjp: (g, _, [x], { order }) => [mul(g, apply(polygammaOp, [x], { order: order + 1 }))],
  batch: "together",
});

/**
 * The logarithmic derivative of Γ, elementwise: `y = ψ(x) = Γ′(x) / Γ(x)`; NaN at negative whole numbers.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g ψ⁽¹⁾(x)`
 * Source: Abramowitz & Stegun 1964, 6.3.5, 6.3.7, 6.3.18.
 * @example
 * evaluate(digamma([1, 2])); // → [-0.5772157, 0.4227843]
 */
export const digamma = (x: Operand): Tensor => apply(polygammaOp, [toFloat("digamma", x)], { order: 0 });

/**
 * Derivatives of the digamma function, elementwise: `y = ψ⁽ⁿ⁾(x)`, ψ⁽⁰⁾ being ψ.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g ψ⁽ⁿ⁺¹⁾(x)`
 * @throws GraphError for an order that is not a whole number from 0 up
 * Source: Abramowitz & Stegun 1964, 6.4.6, 6.4.7, 6.4.11.
 * @example
 * evaluate(polygamma(1, 1)); // → 1.6449341
 */
export function polygamma(order: number, x: Operand): Tensor {
  if (!Number.isInteger(order) || order < 0)
    throw new GraphError({
      op: "polygamma",
      problem: `expected an order of 0 or more, received ${inWords(order)}`,
    });
  return apply(polygammaOp, [toFloat("polygamma", x)], { order });
}
