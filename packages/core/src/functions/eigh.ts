import { withScope } from "../graph/provenance.ts";
import type { Tensor } from "../graph/tensor.ts";
import { scan } from "../loops/scan.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import {
  equal,
  greater,
  logicalAnd,
  logicalNot,
  maximum,
  minimum,
  notEqual,
  where,
} from "../ops/comparison.ts";
import { sqrt } from "../ops/exponential.ts";
import { arange, take } from "../ops/indexing.ts";
import { matmul } from "../ops/matmul.ts";
import type { Operand } from "../ops/operand.ts";
import { argsort } from "../ops/ordering.ts";
import { abs } from "../ops/piecewise.ts";
import { flipLast, reshape } from "../ops/reshape.ts";
import { expandDims } from "./arrangement.ts";
import { symmetric } from "./cholesky.ts";
import { eye } from "./filled.ts";
import {
  epsilonOf,
  inOrder,
  inverseGaps,
  MOST_SWEEPS,
  partners,
  rotated,
  rotationOf,
  signsOf,
  skew,
} from "./jacobi.ts";
import { diagonal, finiteOrNaN, inOneBatch, toSquare, triangle } from "./matrices.ts";
import { takeAlong } from "./selection.ts";
import { severalResults } from "./several-results.ts";
import { any } from "./statistics.ts";

/** What `eigh` gives. */
export interface Eigh {
  /** The smallest first, `[..., n]`. */
  readonly values: Tensor;
  /** Column i has length 1 and belongs to value i, `[..., n, n]`. */
  readonly vectors: Tensor;
}

/**
 * Eigenvalues and eigenvectors of symmetric matrices: `a = V diag(λ) Vᵀ`, by Jacobi's rotations. What is taken apart is
 * `(a + aᵀ) / 2`, as in JAX (NumPy reads the lower triangle alone). The largest element of each vector is positive, of
 * several that are alike to 1 % the first. A matrix with a NaN or an infinity gives NaN.
 * Shapes:   `a [..., n, n]` → `values [..., n], vectors [..., n, n]`
 * Gradient: `ga = V (diag(gλ) + F ∘ Vᵀ gV) Vᵀ`, symmetric, with `F = 1 / (λⱼ - λᵢ)`. Eigenvalues that differ by less than
 *   `n ε max |λ|` count as equal, and F is 0 between them: vectors of equal values are any that span their plane. The
 *   gradient of what depends on the values alone, or on the plane and not on the vectors in it, is right there too; its
 *   own derivatives lack the terms between equal values.
 * @throws ShapeError for matrices that are not square; DTypeError for integers and booleans
 * Source: Golub & Van Loan 2013, section 8.5; the rule of Giles 2008, "Collected matrix derivative results", section 3.1
 * @example
 * const { values, vectors } = eigh([[2, 1], [1, 2]]);
 * evaluate(values); // → [1, 3]
 * evaluate(mul(vectors, Math.SQRT2)); // → [[1, 1], [-1, 1]]
 */
export function eigh(a: Operand): Eigh {
  const given = toSquare("eigh", a);
  return withScope("eigh", () => {
    const [values, vectors] = apart(symmetric(inOneBatch(given))) as [Tensor, Tensor];
    return {
      values: reshape(values, given.shape.slice(0, -1)),
      vectors: reshape(vectors, given.shape),
    };
  });
}

const apart = /* @__PURE__ */ severalResults(
  (a) => (a.shape[1] === 0 ? [reshape(a, a.shape.slice(0, 2)), a] : byRotations(finiteOrNaN(a))),
  ([gValues, gVectors], [values, V]) => {
    const turning = mul(0.5, mul(inverseGaps(values!), skew(matmul(flipLast(V!), gVectors!))));
    const n = V!.shape[1]!;
    const inner = add(turning, mul(expandDims(gValues!, -1), eye(n, V!.dtype)));
    return matmul(matmul(V!, inner), flipLast(V!));
  },
);

/** `D = V a Vᵀ`, where rows of V are eigenvectors. */
interface State {
  readonly D: Tensor;
  readonly V: Tensor;
  readonly [key: string]: Tensor;
}

/**
 * Sweeps of rotations, half of all rows and columns with the other half in each, until every element off the diagonal is
 * below `ε √|dᵢ dⱼ|`, which leaves small values of positive definite matrices their digits (Demmel & Veselić 1992).
 */
function byRotations(a: Tensor): readonly [values: Tensor, vectors: Tensor] {
  const [batch, n] = a.shape as [number, number];
  const meetings = partners(n);
  const place = arange(n);
  const [row, column] = [reshape(place, [n, 1]), place];
  const significant = (between: Tensor, own: Tensor, other: Tensor): Tensor =>
    greater(abs(between), mul(epsilonOf(a.dtype), mul(sqrt(abs(own)), sqrt(abs(other)))));
  const round = ({ D, V }: State, partner: Tensor): { carry: State } => {
    const elements = reshape(D, [batch, n * n]);
    const own = take(elements, mul(place, n + 1), { axis: 1 });
    const other = take(own, partner, { axis: 1 });
    // The upper triangle decides, for both of a pair.
    const upper = add(mul(minimum(place, partner), n), maximum(place, partner));
    const between = take(elements, upper, { axis: 1 });
    const turns = logicalAnd(significant(between, own, other), notEqual(place, partner));
    const rotation = rotationOf({ own, other, between, significant: turns }, partner);
    const turned = rotated(flipLast(rotated(D, rotation, partner)), rotation, partner);
    const met = logicalAnd(expandDims(turns, -1), equal(column, reshape(partner, [n, 1])));
    const onDiagonal = expandDims(sub(own, rotation.moved), -1);
    return {
      carry: {
        D: where(equal(row, column), onDiagonal, where(met, 0, turned)),
        V: rotated(V, rotation, partner),
      },
    };
  };
  const { carry } = scan((state: State) => ({ carry: scan(round, { init: state, xs: meetings }).carry }), {
    init: { D: a, V: add(eye(n, a.dtype), mul(0, a)) }, // NaN beside NaN
    length: MOST_SWEEPS,
    until: ({ D }: State) => {
      const d = diagonal(D);
      return logicalNot(any(triangle(significant(D, expandDims(d, -1), expandDims(d, 1)), "upper", 1)));
    },
  });
  const values = diagonal(carry.D);
  const order = argsort(values, { axis: 1 });
  const V = inOrder(carry.V, order);
  return [takeAlong(values, order, { axis: 1 }), flipLast(mul(V, signsOf(V)))];
}
