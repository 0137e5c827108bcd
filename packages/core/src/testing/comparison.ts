import { UNDERFLOW } from "./differences.ts";

/** One derivative by the rules beside the same one by differences. */
export interface Comparison {
  /** 1 for the gradient, 2 for the gradient of the gradient. */
  readonly order: 1 | 2;
  /** `"difference"`: rules against differences. `"adjoint"`: `jvp` against `vjp`. */
  readonly against: "difference" | "adjoint";
  /** The tensor of `wrt`: its path in the structure, its name, or both. */
  readonly path: string;
  /** Which element of it; undefined for a random direction through all of them. */
  readonly element: readonly number[] | undefined;
  /** The element of the outputs (order 1) or of the gradients (order 2); undefined for a random combination of them. */
  readonly output: { readonly path: string; readonly element: readonly number[] } | undefined;
  readonly analytic: number;
  /** By differences; of an interval between one-sided derivatives, the end next to `analytic`. */
  readonly numeric: number;
  /** `|analytic - numeric|`. */
  readonly error: number;
  /** How exact `numeric` is, as the extrapolation estimates it. */
  readonly estimate: number;
  readonly tolerance: number;
  /** The smallest step of the extrapolation that gave `numeric`. */
  readonly step: number;
  /** Whether the differences settled well enough to say anything. */
  readonly settled: boolean;
}

/** Estimates are trusted to this factor. */
const TRUST = 10;
/** Roundings of the function that pass: so many times that of one operation. */
const ROUNDINGS = 64;
/** Roundings of the derivative by the rules, relative to the largest one beside it. */
const RELATIVE = 1e-10;
/** Differences that are less exact than this, relative to the function's own scale, say nothing. */
const UNSETTLED = 1e-3;

/** What one derivative by differences is known to. */
export interface Measured {
  readonly numeric: number;
  readonly estimate: number;
  /** ε times the largest value subtracted, over the step. */
  readonly rounding: number;
  readonly step: number;
  /** The largest derivative beside this one, and what would be large here. */
  readonly scale: number;
  readonly natural: number;
}

type Place = Pick<Comparison, "order" | "against" | "path" | "element" | "output">;

/** A comparison with its verdict's numbers filled in. */
export function compareWith(place: Place, analytic: number, measured: Measured): Comparison {
  const { numeric, estimate, rounding, step, scale, natural } = measured;
  const exactness = TRUST * estimate + ROUNDINGS * rounding;
  const tolerance = exactness + RELATIVE * Math.max(scale, Math.abs(numeric)) + UNDERFLOW;
  const settled = exactness <= UNSETTLED * Math.max(scale, natural, Math.abs(analytic)) + UNDERFLOW;
  return {
    ...place,
    analytic,
    numeric,
    error: Math.abs(analytic - numeric),
    estimate,
    tolerance,
    step,
    settled,
  };
}

export const agrees = ({ error, tolerance, settled }: Comparison): boolean => settled && error <= tolerance;

/** How bad: 1 is the limit. */
export const badness = ({ error, tolerance, settled }: Comparison): number => {
  if (Number.isNaN(error)) return Infinity;
  return settled ? error / tolerance : Math.max(error / tolerance, 1) + 1;
};

/** Comparisons counted; the worst of them, and those that failed, kept. */
export class Tally {
  count = 0;
  failed = 0;
  worst: Comparison | undefined;
  /** The worst of each order. */
  readonly orders: Map<1 | 2, Comparison> = new Map();
  readonly failures: Comparison[] = [];

  add(comparison: Comparison): void {
    this.count++;
    const { order } = comparison;
    if (!this.worst || badness(comparison) > badness(this.worst)) this.worst = comparison;
    const known = this.orders.get(order);
    if (!known || badness(comparison) > badness(known)) this.orders.set(order, comparison);
    if (agrees(comparison)) return;
    this.failed++;
    this.failures.push(comparison);
    if (this.failures.length <= KEPT) return;
    this.failures.sort((a, b) => badness(b) - badness(a));
    this.failures.pop();
  }

  get passed(): boolean {
    return this.failed === 0;
  }
}

/** Failures that a report keeps. */
const KEPT = 16;
