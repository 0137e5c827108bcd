import { argmin, div, expandDims, grad, hvp, onesLike, square, sub, sum, type Tensor, take } from "@org/core";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

interface Input {
  readonly points: readonly (readonly number[])[];
  readonly centroids: readonly (readonly number[])[];
}

type Given = { readonly points: Tensor; readonly centroids: Tensor };

/** `Σᵢ minⱼ |pᵢ - cⱼ|²`: the distance of each point to its nearest centroid, looked up after it is found. */
function costOf({ points, centroids }: Given): Tensor {
  const distances = sum(square(sub(expandDims(points, 1), centroids)), { axis: 2 });
  const nearest = argmin(distances, { axis: 1 });
  return sum(square(sub(points, take(centroids, nearest))));
}

export const cost: Evaluation = evaluation((on: Input) => ({ f: costOf, on }));

/** Newton's direction `J / H`: the Hessian is diagonal, so its product with ones is its diagonal. */
export const dir: Evaluation = evaluation(({ points, centroids }: Input) => ({
  f({ points, centroids }: Given) {
    const loss = costOf({ points, centroids });
    return div(grad(loss, centroids), hvp(loss, centroids, onesLike(centroids)));
  },
  on: { points, centroids },
}));
