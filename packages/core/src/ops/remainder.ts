import type { Emitter, Scalar } from "../graph/kernel-rule.ts";
import type { Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { div, mul, neg, sub } from "./arithmetic.ts";
import { Doubles, inDoubles } from "./doubles.ts";
import { binaryOp, numbers } from "./elementwise.ts";
import type { Operand } from "./operand.ts";
import { round } from "./piecewise.ts";
import { applyBinary } from "./promotion.ts";

/** Beyond this many times the divisor, nothing of the position in it is left. */
const MOST = 2 ** 100;

function remainder(a: number, b: number): number {
  if (!(Math.abs(a / b) < MOST)) return Number.NaN;
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 === b < 0 ? rest : rest + b;
}

const integerRemainder = (a: number, b: number): number =>
  b === 0 ? 0 : (a % b !== 0 && a < 0 !== b < 0 ? (a % b) + b : a % b) | 0;

/** `r - ⌊r / d⌋ d` for `d > 0`, give or take one `d`, without rounding: the product in two parts. Source: Dekker 1971. */
function reduced(d: Doubles, r: Scalar, divisor: Scalar): Scalar {
  const quotient = d.apply("floor", d.div(r, divisor));
  const halves = (x: Scalar): [Scalar, Scalar] => {
    const wide = d.mul(x, 2 ** 27 + 1);
    const high = d.sub(wide, d.sub(wide, x));
    return [high, d.sub(x, high)];
  };
  const [[q, ql], [b, bl]] = [halves(quotient), halves(divisor)];
  const product = d.mul(quotient, divisor);
  const lost = d.add(d.add(d.add(d.sub(d.mul(q, b), product), d.mul(q, bl)), d.mul(ql, b)), d.mul(ql, bl));
  return d.sub(d.sub(r, product), lost);
}

function emitRemainder(d: Doubles, a: Scalar, b: Scalar): Scalar {
  const [size, divisor] = [d.apply("abs", a), d.apply("abs", b)];
  // Divisors so large that their halves would overflow.
  const scale = d.choose(d.less(2 ** 900, divisor), 2 ** -100, 1);
  const small = d.mul(divisor, scale);
  let rest = reduced(d, d.mul(size, scale), small);
  rest = reduced(d, rest, small);
  rest = d.choose(d.less(rest, 0), d.add(rest, small), rest);
  rest = d.choose(d.less(rest, small), rest, d.sub(rest, small));
  rest = d.choose(d.less(size, divisor), size, d.div(rest, scale));
  const alike = d.or(d.and(d.less(a, 0), d.less(b, 0)), d.and(d.less(0, a), d.less(0, b)));
  const positive = d.choose(d.equal(rest, 0), 0, d.choose(alike, rest, d.sub(divisor, rest)));
  return d.choose(
    d.less(d.div(size, divisor), MOST),
    d.choose(d.less(b, 0), d.apply("neg", positive), positive),
    Number.NaN,
  );
}

function emitInteger(e: Emitter, a: Scalar, b: Scalar): Scalar {
  const d = new Doubles(e);
  const [x, y] = [e.cast(a, "f64"), e.cast(b, "f64")];
  const rest = d.sub(x, d.mul(d.apply("floor", d.div(x, y)), y));
  return e.cast(d.choose(d.equal(y, 0), 0, rest), "i32");
}

export const modOp: Op = binaryOp("mod", {
  takes: numbers,
  evaluate: remainder,
  evaluateInteger: integerRemainder,
  emit: (e, a, b) => (a!.dtype === "i32" ? emitInteger(e, a!, b!) : inDoubles(emitRemainder)(e, a!, b!)),
  vjp: (g, y, [a, b]) => [g, mul(neg(g), round(div(sub(a, y), b)))],
  decide: (a, b) => Math.floor(a! / b!),
});

/**
 * The remainder with the sign of the divisor, elementwise, as in NumPy and Python: `y = a - ⌊a / b⌋ b`, without rounding.
 * Of `i32` 0 where `b = 0`; of floats NaN there, and where `|a / b|` is 2¹⁰⁰ and more.
 * Shapes:   `a, b` broadcast together → their common shape
 * Gradient: `ga = g`, `gb = -g ⌊a / b⌋`
 * @throws ShapeError where shapes do not broadcast
 * @example
 * evaluate(mod([5, -5], 3)); // → [2, 1]
 */
export const mod = (a: Operand, b: Operand): Tensor => applyBinary(modOp, a, b);
