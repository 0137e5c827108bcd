import { checkOptionNames, checkOptionValues, GraphError, inWords } from "@org/core";
import { natural, nonNegative } from "./options.ts";
import { addScaled, dot } from "./vectors.ts";

/** What `conjugateGradients` takes. */
export interface ConjugateGradientsOptions {
  /** x₀. @default zeros */
  readonly start?: ArrayLike<number>;
  /** The diagonal of M, all above 0, which resembles A and is easy to invert. @default ones */
  readonly preconditioner?: ArrayLike<number>;
  /** Products with A at most, besides the one that a `start` takes. @default as many as there are unknowns */
  readonly iterations?: number;
  /** Ends where `‖b - A x‖` is at most this part of `‖b‖`. @default 1e-10 */
  readonly tolerance?: number;
  /**
   * Ends where each of the last k iterations, `k = max(10, i / 10)`, brought less than this part of what all have, by
   * `φ(x) = ½ xᵀA x - bᵀx`: what counts for a step of Newton's method, whose last digits nobody needs. Martens has 5e-4.
   * @default 0, which never ends so
   */
  readonly progress?: number;
}

/** Where conjugate gradients ended, and why. */
export interface ConjugateGradientsResult {
  readonly x: Float64Array;
  /** Steps made. */
  readonly iterations: number;
  /** `‖b - A x‖`, as the recurrence has it. */
  readonly residual: number;
  /**
   * `tolerance` and `progress`: as their options say. `curvature`: A is not positive definite, for the next direction has
   * `pᵀA p ≤ 0`; x is what was found before. `iterations`: too few of them.
   */
  readonly ended: "tolerance" | "progress" | "curvature" | "iterations";
}

/**
 * Solves `A x = b` for a symmetric positive definite A of which only products are known, such as those of a Hessian (`hvp`)
 * or Gauss–Newton matrix (`gaussNewtonProduct` of `@org/core`): the step of Newton's method for many weights. Each iteration is
 * one product; without rounding, as many as A has different eigenvalues are enough. In doubles.
 *
 *     α = rᵀM⁻¹r / pᵀA p,  x ← x + α p,  r ← r - α A p,  p ← M⁻¹r + (rᵀM⁻¹r / what it was before) p
 *
 * Shapes: `b [n]`; `A` takes and returns n numbers, and does not keep what it is given
 * Source: Hestenes & Stiefel 1952; preconditioned as in Nocedal & Wright 2006, Algorithm 5.3; its end by progress as in
 *   Martens 2010, "Deep learning via Hessian-free optimization", section 4.4. SciPy's `cg` has `atol` = 0 and no progress.
 * @throws GraphError for options out of their ranges, vectors of another length, and products that are not finite
 * @example
 * const { x, iterations } = conjugateGradients(([a, b]) => [4 * a + b, a + 3 * b], [1, 2]);
 * Array.from(x, (value) => value.toFixed(4)); // → ["0.0909", "0.6364"]
 * iterations; // → 2
 */
export function conjugateGradients(
  A: (v: Float64Array) => ArrayLike<number>,
  b: ArrayLike<number>,
  options: ConjugateGradientsOptions = {},
): ConjugateGradientsResult {
  checkOptionNames("conjugateGradients", options, "start preconditioner iterations tolerance progress");
  if (typeof A !== "function")
    throw new GraphError({ op: "conjugateGradients", problem: "expected A as a function of a vector" });
  const n = b?.length;
  if (typeof b !== "object" || !Number.isInteger(n) || n < 0)
    throw refuse(`expected b as a vector, received ${inWords(b)}`);
  const { start, preconditioner: M, iterations = Math.max(1, n), tolerance = 1e-10, progress = 0 } = options;
  checkOptionValues("conjugateGradients", {
    iterations: [iterations, natural],
    tolerance: [tolerance, nonNegative],
    progress: [progress, nonNegative],
  });
  const target = vector("b", b, n);
  const diagonal = M && vector("the preconditioner", M, n);
  const low = diagonal?.find((value) => value <= 0);
  if (low !== undefined) throw refuse(`expected a preconditioner above 0, received ${low}`);
  const product = (v: Float64Array): Float64Array => vector("the product", A(v.slice()), n);
  const conditioned = (r: Float64Array): Float64Array =>
    diagonal ? r.map((value, i) => value / diagonal[i]!) : r;

  if (target.every((value) => value === 0))
    return { x: new Float64Array(n), iterations: 0, residual: 0, ended: "tolerance" };
  const first = start ? vector("start", start, n) : new Float64Array(n);
  const r = target.slice();
  if (start) addScaled(r, -1, product(first));
  // A d = r is solved instead, x = x₀ + d, in units of r: the squares of what is very small or large are no doubles.
  const largest = r.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const unit = largest > 0 ? 2 ** Math.floor(Math.log2(largest)) : 1;
  const phi0 = (-0.5 * (dot(first, target) + dot(first, r))) / unit ** 2;
  r.forEach((value, i) => {
    r[i] = value / unit;
  });
  const r0 = r.slice();
  const d = new Float64Array(n);
  const enough = (tolerance * length(target)) / unit;
  // φ(x₀ + d) = φ(x₀) + ½ dᵀA d - r₀ᵀd, where A d = r₀ - r
  const values = [phi0];
  let y = conditioned(r);
  let [p, size] = [y.slice(), dot(r, y)];
  for (let i = 0; ; i++) {
    const residual = length(r);
    const finish = (ended: ConjugateGradientsResult["ended"]): ConjugateGradientsResult => {
      addScaled(first, unit, d);
      return { x: first, iterations: i, residual: residual * unit, ended };
    };
    if (residual <= enough) return finish("tolerance");
    const back = Math.max(10, Math.floor(i / 10));
    const [now, before] = [values[i]!, values[i - back]];
    if (before !== undefined && now < 0 && (now - before) / now < back * progress) return finish("progress");
    if (i >= iterations) return finish("iterations");
    const Ap = product(p);
    const curvature = dot(p, Ap);
    if (!(curvature > 0)) return finish("curvature");
    const alpha = size / curvature;
    addScaled(d, alpha, p);
    addScaled(r, -alpha, Ap);
    values.push(phi0 - 0.5 * (dot(d, r0) + dot(d, r)));
    y = conditioned(r);
    const next = dot(r, y);
    p = y.map((value, j) => value + (next / size) * p[j]!);
    size = next;
  }
}

/** `‖v‖`, whose squares may be no doubles. */
function length(v: Float64Array): number {
  const largest = v.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest === 0 ? 0 : largest * Math.sqrt(v.reduce((sum, value) => sum + (value / largest) ** 2, 0));
}

/** A copy in doubles. */
function vector(label: string, values: ArrayLike<number>, n: number): Float64Array {
  if (values?.length !== n)
    throw refuse(`expected ${label} to have ${n} numbers, received ${values?.length ?? inWords(values)}`);
  const copy = Float64Array.from(values);
  const odd = copy.find((value) => !Number.isFinite(value));
  if (odd !== undefined) throw refuse(`expected ${label} to be finite, received ${odd}`);
  return copy;
}

const refuse = (problem: string): GraphError => new GraphError({ op: "conjugateGradients", problem });
