import {
  add,
  arange,
  concat,
  exp,
  gradOf,
  logGamma,
  logSumExp,
  matmul,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  take,
  transpose,
  vmap,
} from "@org/core";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

interface Input {
  readonly d: number;
  readonly k: number;
  readonly n: number;
  readonly x: readonly (readonly number[])[];
  readonly m: number;
  readonly gamma: number;
  readonly alpha: readonly number[];
  readonly mu: readonly (readonly number[])[];
  readonly q: readonly (readonly number[])[];
  readonly l: readonly (readonly number[])[];
}

/** What the gradient is taken by: `alpha [k]`, `mu [k, d]`, `q [k, d]`, `l [k, d (d - 1) / 2]`. */
type Independent = { readonly alpha: Tensor; readonly mu: Tensor; readonly q: Tensor; readonly l: Tensor };

/** Where each element of a lower triangular matrix lies in `[0, diagonal, columns below the diagonal]`. */
const trianglePlaces = (d: number): number[][] => {
  const column = (j: number): number => 1 + d + j * d - (j * (j + 1)) / 2; // where it begins
  return Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (_, j) => (i < j ? 0 : i === j ? 1 + i : column(j) + (i - j - 1))),
  );
};

/** `log Γ_d(a)`, the logarithm of the multivariate gamma function. */
const logMultiGamma = (a: number, d: number): Tensor =>
  add((d * (d - 1) * Math.log(Math.PI)) / 4, sum(logGamma(sub(a, mul(0.5, arange(d))))));

/** The log posterior of a mixture of Gaussians with a Wishart prior on their precisions `QᵀQ`. */
function logPosterior(x: Tensor, { alpha, mu, q, l }: Independent, { d, k, n, m, gamma }: Input): Tensor {
  const places = trianglePlaces(d);

  /** `βᵢ [n]` of one component, and the part of the prior that depends on it. */
  const component = ({ alpha, mu, q, l }: Independent): { beta: Tensor; prior: Tensor } => {
    const triangle = take(concat([[0], exp(q), l]), places);
    const logDet = sum(q);
    const away = matmul(sub(x, mu), transpose(triangle));
    const beta = add(alpha, logDet, mul(-0.5, sum(square(away), { axis: 1 })));
    return { beta, prior: sub(mul(m, logDet), mul((gamma * gamma) / 2, sum(square(triangle)))) };
  };

  const { beta, prior } = vmap(component)({ alpha, mu, q, l });
  const freedom = d + m + 1;
  const likelihood = sub(
    sum(logSumExp(beta, { axis: 0 })),
    mul(n, add((d / 2) * Math.log(2 * Math.PI), logSumExp(alpha))),
  );
  const scale = sub(freedom * d * Math.log(gamma / Math.SQRT2), logMultiGamma(freedom / 2, d));
  return add(likelihood, mul(k, scale), sum(prior));
}

type Given = Independent & { readonly x: Tensor };

export const objective: Evaluation = evaluation((input: Input) => ({
  f: ({ x, ...independent }: Given) => logPosterior(x, independent, input),
  on: { x: input.x, alpha: input.alpha, mu: input.mu, q: input.q, l: input.l },
}));

export const jacobian: Evaluation = evaluation((input: Input) => ({
  f: ({ x, ...independent }: Given) =>
    gradOf((independent: Independent) => logPosterior(x, independent, input))(independent),
  on: { x: input.x, alpha: input.alpha, mu: input.mu, q: input.q, l: input.l },
}));
