import type { Tensor } from "../graph/tensor.ts";
import { scan } from "../loops/scan.ts";
import { div, mul, neg, sub } from "../ops/arithmetic.ts";
import { broadcastTo } from "../ops/broadcast.ts";
import { equal, greater, less, where } from "../ops/comparison.ts";
import { arange, take } from "../ops/indexing.ts";
import { matmul } from "../ops/matmul.ts";
import { fill } from "../ops/promotion.ts";
import { sliceAxis } from "../ops/rearrange.ts";
import { reshape } from "../ops/reshape.ts";
import { hypot } from "./elementary.ts";
import { eye } from "./filled.ts";
import { triangle } from "./matrices.ts";
import { norm } from "./statistics.ts";

/**
 * `a = Q R` of `a [batch, m, n]`, m ≥ n, by reflections `H = I - τ v vᵀ`, each of which turns what is left of a column
 * into a multiple of e₁: of length 1 and of the other sign, so that nothing cancels. A column that is such a multiple
 * already stays what it is. Q is orthogonal whatever `a` is. Meant for `customGradient`: none is to go through these steps.
 * Source: Golub & Van Loan 2013, algorithms 5.1.1 and 5.2.1, with the signs of LAPACK's `dlarfg`.
 */
export function householder(a: Tensor): { readonly Q: Tensor; readonly R: Tensor } {
  const [batch, m, n] = a.shape as [number, number, number];
  const unit = broadcastTo(sliceAxis(eye(m, a.dtype), 1, 0, n), a.shape);
  if (n === 0) return { Q: a, R: fill(0, { shape: [batch, 0, 0], dtype: a.dtype }) };
  const row = arange(m);
  const inColumn = (x: Tensor): Tensor => reshape(x, [batch, 1]);
  /** `H x = x - τ v (vᵀ x)` */
  const reflected = (x: Tensor, v: Tensor, tau: Tensor): Tensor => {
    const along = matmul(reshape(v, [batch, 1, m]), x);
    return sub(x, mul(reshape(mul(inColumn(tau), v), [batch, m, 1]), along));
  };
  const { carry, ys } = scan(
    (rest: Tensor, j: Tensor) => {
      const column = take(rest, j, { axis: 2 });
      const first = take(column, j, { axis: 1 });
      const below = where(greater(row, j), column, 0);
      const length = norm(below, { axis: 1 });
      const size = hypot(first, length);
      const done = equal(length, 0);
      const diagonal = where(less(first, 0), size, neg(size));
      const tau = where(done, 0, div(sub(diagonal, first), where(done, 1, diagonal)));
      const scale = where(done, 1, sub(first, diagonal));
      const v = where(equal(row, j), 1, div(below, inColumn(scale)));
      return { carry: reflected(rest, v, tau), y: { v, tau } };
    },
    { init: a, xs: arange(n) },
  );
  const { carry: Q } = scan(
    (product: Tensor, { v, tau }: { v: Tensor; tau: Tensor }) => ({ carry: reflected(product, v, tau) }),
    { init: unit, xs: ys, reverse: true },
  );
  return { Q, R: triangle(sliceAxis(carry, 1, 0, n), "upper") };
}
