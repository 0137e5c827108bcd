import type { Scalar } from "../graph/kernel-rule.ts";
import type { Op } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import { add, div, mul, neg, square } from "./arithmetic.ts";
import { equal, maximum, where } from "./comparison.ts";
import { stopGradient } from "./control.ts";
import { type Double, type Doubles, inDoubles } from "./doubles.ts";
import { binaryOp, unaryOp } from "./elementwise.ts";
import type { Operand } from "./operand.ts";
import { abs } from "./piecewise.ts";
import { applyBinary, applyUnary } from "./promotion.ts";

/** `(1 - atan(u) / u) / u²` in u², for |u| ≤ 7/16. Minimax, source: FreeBSD msun s_atan.c (SunPro 1993). */
const SERIES = [
  0.3333333333333293, -0.19999999999876483, 0.14285714272503466, -0.11111110405462356, 0.09090887133436507,
  -0.0769187620504483, 0.06661073137387531, -0.058335701337905735, 0.049768779946159324,
  -0.036531572744216916, 0.016285820115365782,
];
const EIGHTH = Math.SQRT2 - 1; // tan π/8
/** π/2 = HALF_PI + HALF_PI_LOW. */
const HALF_PI = Math.PI / 2;
const HALF_PI_LOW = 6.123233995736766e-17;

/** The angle of the point (x, y) for `0 ≤ y`, and any `x`: the smaller over the larger side, then by π/4. */
function emitAngle(d: Doubles, y: Double, x: Double, isLeft: Scalar): Scalar {
  const width = d.apply("abs", x);
  const steep = d.less(width, y);
  const [low, high] = [d.choose(steep, width, y), d.choose(steep, y, width)];
  const ratio = d.choose(d.equal(high, 0), 0, d.choose(d.equal(low, high), 1, d.div(low, high)));
  const beyond = d.less(EIGHTH, ratio);
  const u = d.choose(beyond, d.div(d.sub(ratio, 1), d.add(ratio, 1)), ratio);
  const z = d.mul(u, u);
  const bend = d.mul(u, d.mul(z, d.polynomial(z, SERIES)));
  // angle = base + u - bend, and π/2 or π less it
  const [base, rest] = [d.choose(beyond, HALF_PI / 2, 0), d.choose(beyond, HALF_PI_LOW / 2, 0)];
  const acute = d.add(base, d.sub(u, d.sub(bend, rest)));
  const turned = d.sub(HALF_PI, d.sub(acute, HALF_PI_LOW));
  const right = d.choose(steep, turned, acute);
  return d.choose(isLeft, d.sub(Math.PI, d.sub(right, 2 * HALF_PI_LOW)), right);
}

/** `angle` with the sign of `y`. */
const signed = (d: Doubles, angle: Scalar, y: Scalar): Scalar =>
  d.choose(d.isSigned(y), d.apply("neg", angle), angle);

export const atanOp: Op = unaryOp("atan", {
  evaluate: Math.atan,
  emit: inDoubles((d, x) => {
    const never = d.less(1, 0);
    return signed(d, emitAngle(d, d.apply("abs", x), 1, never), x);
  }),
  vjp: (g, _, [x]) => [div(g, add(square(x), 1))],
});

/**
 * Inverse tangent, elementwise, from -π/2 to π/2.
 * Shapes:   `x [...s]` → `[...s]`
 * Gradient: `gx = g / (1 + x²)`
 */
export const atan = (x: Operand): Tensor => applyUnary(atanOp, x, "float");

/** `1 / r²` times the operands, where squares may overflow; 0 at the origin, and so are all derivatives of it there. */
function overSquares(y: Tensor, x: Tensor): [y: Tensor, x: Tensor] {
  const larger = stopGradient(maximum(abs(y), abs(x)));
  const size = where(equal(larger, 0), 1, larger);
  const [b, a] = [div(y, size), div(x, size)];
  const squares = add(square(a), square(b));
  const scale = where(equal(squares, 0), Infinity, mul(squares, size));
  return [div(b, scale), div(a, scale)];
}

export const atan2Op: Op = binaryOp("atan2", {
  evaluate: Math.atan2,
  emit: inDoubles((d, y, x) => signed(d, emitAngle(d, d.apply("abs", y!), x!, d.isSigned(x!)), y!)),
  vjp(g, _, [y, x]) {
    const [b, a] = overSquares(y, x);
    return [mul(g, a), mul(neg(g), b)];
  },
  decide: (y, x) => (x! < 0 ? Math.sign(y!) : 0),
});

/**
 * The angle of the point (x, y) in its quadrant, elementwise, from -π to π; signs of zeros count, as in C.
 * Shapes:   `y, x` broadcast together → their common shape
 * Gradient: `gy = g x / (x² + y²)`, `gx = -g y / (x² + y²)`; at the origin 0, of every order
 * @throws ShapeError where shapes do not broadcast
 * @example
 * evaluate(atan2([1, -1], [-1, -1])); // → [2.3561945, -2.3561945]
 */
export const atan2 = (y: Operand, x: Operand): Tensor => applyBinary(atan2Op, y, x, "float");
