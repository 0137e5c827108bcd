import { withScope } from "../graph/provenance.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scan } from "../loops/scan.ts";
import { add, div, mul, square, sub } from "../ops/arithmetic.ts";
import { sum } from "../ops/broadcast.ts";
import { greater, less, logicalAnd, logicalNot, notEqual, where } from "../ops/comparison.ts";
import { sqrt } from "../ops/exponential.ts";
import { arange, take } from "../ops/indexing.ts";
import { matmul } from "../ops/matmul.ts";
import type { Operand } from "../ops/operand.ts";
import { argsort } from "../ops/ordering.ts";
import { abs } from "../ops/piecewise.ts";
import { fill } from "../ops/promotion.ts";
import { max } from "../ops/reduction.ts";
import { flipLast, reshape } from "../ops/reshape.ts";
import { expandDims } from "./arrangement.ts";
import { eye } from "./filled.ts";
import { householder } from "./householder.ts";
import {
  epsilonOf,
  inOrder,
  inverseGaps,
  inverseOr0,
  MOST_SWEEPS,
  partners,
  rotated,
  rotationOf,
  signsOf,
  skew,
} from "./jacobi.ts";
import { diagonal, finiteOrNaN, inOneBatch, leadOf, toMatrices, triangle } from "./matrices.ts";
import { takeAlong } from "./selection.ts";
import { severalResults } from "./several-results.ts";
import { any, norm } from "./statistics.ts";

/** What `svd` gives. */
export interface SVD {
  /** Orthonormal columns, `[..., m, k]`. */
  readonly U: Tensor;
  /** The largest first, none negative, `[..., k]`. */
  readonly s: Tensor;
  /** Orthonormal columns, `[..., n, k]`: not transposed, as MATLAB has it, where NumPy and JAX give `Vᵀ`. */
  readonly V: Tensor;
}

/**
 * Singular values and vectors, `a = U diag(s) Vᵀ`, the thin ones, by one-sided Jacobi: columns are rotated in pairs until
 * all are orthogonal. Small values have as many digits as large ones where it is the lengths of columns that make them
 * small. The largest element of each column of V is positive, of several that are alike to 1 % the first. A matrix with a
 * NaN or an infinity gives NaN.
 * Shapes:   `a [..., m, n]` → `U [..., m, k], s [..., k], V [..., n, k]`, k the smaller of m and n
 * Gradient: `ga = U (diag(gs) + ½ F ∘ (E + D) + ½ G ∘ (E - D)) Vᵀ`, with `E = Uᵀ gU - gUᵀ U`, `D = Vᵀ gV - gVᵀ V`,
 *   `F = 1 / (sⱼ - sᵢ)`, `G = 1 / (sⱼ + sᵢ)`; and `(I - U Uᵀ) gU diag(1/s) Vᵀ` for m > n. Values that differ by less than
 *   `k ε max s` count as equal, and F is 0 between them; so are G and 1/s of zeros. The gradient of what depends on the
 *   values alone, and of the polar factor `U Vᵀ`, is right there too; its own derivatives lack the terms between equal
 *   values, but for the nuclear norm's, whose gradient is that factor.
 * @throws ShapeError for what is no matrix; DTypeError for integers and booleans
 * Source: Hestenes 1958; Golub & Van Loan 2013, section 8.6.3; the rule of Townsend 2016, "Differentiating the singular
 *   value decomposition", in partial fractions
 * @example
 * const { U, s, V } = svd([[2, 2], [-1, 1]]);
 * evaluate(square(s)); // → [8, 2]
 * evaluate(matmul(mul(U, s), transpose(V))); // → [[2, 2], [-1, 1]]
 */
export function svd(a: Operand): SVD {
  const given = toMatrices("svd", a);
  return withScope("svd", () => {
    const batch = inOneBatch(given);
    const wide = batch.shape[1]! < batch.shape[2]!;
    const parts = wide ? apart("left")(flipLast(batch)) : apart("right")(batch);
    const [left, s, right] = parts.map((x) => reshape(x, [...leadOf(given), ...x.shape.slice(1)]));
    return wide ? { U: right!, s: s!, V: left! } : { U: left!, s: s!, V: right! };
  });
}

/** The parts of `a [batch, m, n]`, m ≥ n; vectors of one side have the sign that is promised. */
const apart = (signed: "left" | "right"): ((a: Tensor) => readonly Tensor[]) =>
  severalResults(
    (a) => {
      const [batch, , n] = a.shape as [number, number, number];
      if (n === 0) return [a, reshape(a, [batch, 0]), fill(0, { shape: [batch, 0, 0], dtype: a.dtype })];
      const { U, s, V } = byRotations(finiteOrNaN(a));
      const signs = flipLast(signsOf(flipLast(signed === "left" ? U : V)));
      return [mul(U, signs), s, mul(V, signs)];
    },
    ([gU, gs, gV], [U, s, V]) => {
      const [m, n] = U!.shape.slice(1) as [number, number];
      const [Ut, Vt] = [flipLast(U!), flipLast(V!)];
      const [E, D] = [skew(matmul(Ut, gU!)), skew(matmul(Vt, gV!))];
      const sums = add(expandDims(s!, 1), expandDims(s!, -1));
      const turning = add(mul(inverseGaps(s!), add(E, D)), mul(inverseOr0(sums), sub(E, D)));
      const inner = matmul(U!, add(mul(0.5, turning), mul(expandDims(gs!, -1), eye(n, s!.dtype))));
      if (m === n) return matmul(inner, Vt);
      const outside = sub(gU!, matmul(U!, matmul(Ut, gU!)));
      return matmul(add(inner, mul(outside, expandDims(inverseOr0(s!), 1))), Vt);
    },
  );

/** Rows of W are columns of `a Vᵀ`, where rows of V are right singular vectors. */
interface State {
  readonly W: Tensor;
  readonly V: Tensor;
  readonly [key: string]: Tensor;
}

/** Of tall matrices, those of their R: of the same length, so that no sweep is longer than it has to be. */
function byRotations(a: Tensor): SVD {
  const [, m, n] = a.shape as [number, number, number];
  const largest = max(abs(a), { axis: [1, 2], keepDims: true });
  const scale = where(greater(largest, 0), largest, 1); // squares neither overflow nor vanish
  const scaled = div(a, scale);
  const { Q, R } = m > n ? householder(scaled) : { Q: undefined, R: scaled };
  const { W, V } = orthogonalized(flipLast(R));
  const lengths = norm(W, { axis: 2 });
  const order = argsort(lengths, { axis: 1, descending: true });
  const s = takeAlong(lengths, order, { axis: 1 });
  // Q of columns that are orthonormal, or 0, are these columns but for signs, and others in place of the zeros.
  const units = mul(inOrder(W, order), expandDims(inverseOr0(s), -1));
  const { Q: completed, R: signs } = householder(flipLast(units));
  const U = mul(completed, expandDims(where(less(diagonal(signs), 0), -1, 1), 1));
  return {
    U: Q ? matmul(Q, U) : U,
    s: mul(s, reshape(scale, [-1, 1])),
    V: flipLast(inOrder(V, order)),
  };
}

/** Sweeps of rotations of `rows [batch, n, n]`, each with another, until the cosine of each angle between them is rounding. */
function orthogonalized(rows: Tensor): State {
  const n = rows.shape[1]!;
  const rounding = Math.sqrt(n) * epsilonOf(rows.dtype);
  const significant = (between: Tensor, own: Tensor, other: Tensor): Tensor =>
    greater(abs(between), mul(rounding, mul(sqrt(own), sqrt(other))));
  const round = ({ W, V }: State, partner: Tensor): { carry: State } => {
    const own = sum(square(W), { axis: 2 });
    const other = take(own, partner, { axis: 1 });
    const between = sum(mul(W, take(W, partner, { axis: 1 })), { axis: 2 });
    const turns = logicalAnd(significant(between, own, other), notEqual(arange(n), partner));
    const rotation = rotationOf({ own, other, between, significant: turns }, partner);
    return { carry: { W: rotated(W, rotation, partner), V: rotated(V, rotation, partner) } };
  };
  const meetings = partners(n);
  return scan((state: State) => ({ carry: scan(round, { init: state, xs: meetings }).carry }), {
    init: { W: rows, V: add(eye(n, rows.dtype), mul(0, rows)) }, // NaN beside NaN
    length: MOST_SWEEPS,
    until: ({ W }: State) => {
      const products = matmul(W, flipLast(W));
      const own = diagonal(products);
      const angles = significant(products, expandDims(own, -1), expandDims(own, 1));
      return logicalNot(any(triangle(angles, "upper", 1)));
    },
  }).carry as State;
}
