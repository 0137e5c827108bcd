import { jvp } from "../autodiff/forward.ts";
import { pullback } from "../autodiff/reverse.ts";
import { placeholder } from "../graph/leaves.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { PlanOptions } from "../interpreter.ts";
import { fill } from "../ops/promotion.ts";
import { type Comparison, compareWith, type Measured, Tally } from "./comparison.ts";
import {
  centralDerivative,
  type Derivative,
  type Line,
  noiseAlong,
  oneSidedDerivative,
} from "./differences.ts";
import type { Draws } from "./draws.ts";
import { combine, measure, nearest, perUnit, unknown } from "./measurement.ts";
import { elementAt, type Places } from "./places.ts";
import { flat, largestIn, Neighbourhood, runner, shaped, type VectorFunction } from "./vector-function.ts";
import { absoluteDot, dot, largest, oneHot, unitOf } from "./vectors.ts";

/** How much of a Jacobian is looked at. */
export interface Extent {
  readonly mode: "directions" | "full";
  readonly directions: number;
}

/** The names of variables and of outputs. */
export interface Labels {
  readonly variables: Places;
  readonly outputs: Places;
}

/** Where a kink is inside the smallest step: stop, or let the one-sided derivatives bound the answer. */
type AtKink = "stop" | "bound";

/** Where the side of a kink is looked up. */
const NEAREST = 2 ** -30;
/** Elements that a failed direction is searched for the worst one. */
const SEARCHED = 128;

/** The derivatives of one function, by rules and by differences. */
export class OrderCheck {
  /** How many derivatives were bounded by one-sided ones. */
  bounded = 0;
  readonly #fn: VectorFunction;
  readonly #order: 1 | 2;
  readonly #labels: Labels;
  readonly #extent: Extent;
  readonly #near: Neighbourhood;
  readonly #pull: (cotangent: Float64Array) => Float64Array;
  readonly #push: (tangent: Float64Array) => Float64Array;
  #x: Float64Array = new Float64Array();
  #value: Float64Array = new Float64Array();
  #tally: Tally = new Tally();
  #atKink: AtKink = "stop";
  /** What rounding inside of the function changes in each output, measured. */
  #noise: Float64Array = new Float64Array();
  #largest = 0;

  constructor(fn: VectorFunction, order: 1 | 2, labels: Labels, extent: Extent) {
    this.#fn = fn;
    this.#order = order;
    this.#labels = labels;
    this.#extent = extent;
    this.#near = new Neighbourhood(fn);
    this.#pull = this.#pullback();
    this.#push = this.#jvp();
  }

  /** Compares everything at `x`; false where a kink stopped it. */
  run(x: Float64Array, atKink: AtKink, tally: Tally, draws: Draws): boolean {
    this.#x = x;
    this.#value = this.#near.center(x);
    this.#tally = tally;
    this.#atKink = atKink;
    this.bounded = 0;
    if (x.length === 0 || this.#value.length === 0) return true;
    const known = Number.EPSILON * this.#near.largest;
    const measured = noiseAlong(this.#line(this.#direction(draws)), this.#value);
    this.#noise = measured.map((noise) => Math.max(noise, known));
    if (this.#extent.mode === "full") {
      this.#adjoint(this.#direction(draws), this.#cotangent(draws));
      return this.#jacobian();
    }
    for (let i = 0; i < this.#extent.directions; i++) {
      const [tangent, cotangent] = [this.#direction(draws), this.#cotangent(draws)];
      this.#adjoint(tangent, cotangent);
      if (!this.#along(tangent, cotangent)) return false;
    }
    return true;
  }

  /** Remembers the largest number inside of a product with the Jacobian: what its roundings are relative to. */
  readonly #watch: PlanOptions["observe"] = (_node, _operands, results) => {
    this.#largest = Math.max(this.#largest, largestIn(results));
  };

  /** `Jᵀ u`, ready to run. */
  #pullback(): (cotangent: Float64Array) => Float64Array {
    const { variables, outputs } = this.#fn;
    const us = outputs.map((output) => placeholder(output));
    const gradients = pullback(outputs, us, variables);
    const run = runner(
      this.#fn,
      variables.map((x, i) => gradients[i] ?? fill(0, x)),
      us,
      this.#watch,
    );
    return (cotangent) => flat(run(shaped(this.#x, variables), shaped(cotangent, outputs)));
  }

  /** `J t`, ready to run. */
  #jvp(): (tangent: Float64Array) => Float64Array {
    const { variables, outputs } = this.#fn;
    const ts = variables.map((x) => placeholder(x));
    const run = runner(this.#fn, jvp<readonly Tensor[]>(outputs, variables, ts), ts, this.#watch);
    return (tangent) => flat(run(shaped(this.#x, variables), shaped(tangent, variables)));
  }

  /** Every element of the variables against every element of the outputs. */
  #jacobian(): boolean {
    const rows = Array.from(this.#value, (_, i) => this.#pull(oneHot(this.#value.length, i)));
    for (let j = 0; j < this.#x.length; j++) {
      const unit = unitOf(this.#x[j]!);
      const sides = this.#differentiate(oneHot(this.#x.length, j, unit));
      if (!sides) return false;
      const column = rows.map((row) => row[j]!);
      const scale = largest([...column, ...sides.flatMap(({ values }) => [...values].map((v) => v / unit))]);
      const size = largest(this.#value);
      column.forEach((analytic, i) => {
        const measured = sides.map((side) => measure(side, i, { unit, scale, natural: size / unit }));
        this.#compare(analytic, measured, elementAt(this.#labels.variables, j), i);
      });
    }
    return true;
  }

  /** `⟨u, J t⟩` for one direction; where it is wrong, the elements one by one. */
  #along(tangent: Float64Array, cotangent: Float64Array): boolean {
    const gradient = this.#pull(cotangent);
    const sides = this.#differentiate(tangent);
    if (!sides) return false;
    const analytic = dot(gradient, tangent);
    const scale = largest(gradient.map((g, i) => g * tangent[i]!));
    const moved = absoluteDot(gradient, this.#x);
    const natural = absoluteDot(cotangent, this.#value);
    const measured = sides.map((side) => combine(side, cotangent, scale, natural, moved));
    const before = this.#tally.failed;
    this.#compare(analytic, measured, { path: "a random direction", element: undefined });
    if (this.#tally.failed > before) this.#search(gradient, cotangent);
    return true;
  }

  #search(gradient: Float64Array, cotangent: Float64Array): void {
    const count = this.#x.length;
    const stride = Math.max(1, Math.ceil(count / SEARCHED));
    const scale = largest(gradient);
    const natural = absoluteDot(cotangent, this.#value);
    for (let j = 0; j < count; j += stride) {
      const unit = unitOf(this.#x[j]!);
      const sides = this.#differentiate(oneHot(count, j, unit), "bound") ?? [];
      const measured = sides.map((side) => perUnit(combine(side, cotangent, scale * unit, natural, 0), unit));
      this.#compare(gradient[j]!, measured, elementAt(this.#labels.variables, j));
    }
  }

  /** `⟨u, J t⟩ = ⟨Jᵀ u, t⟩`: the rules are linear in the gradient they receive. */
  #adjoint(tangent: Float64Array, cotangent: Float64Array): void {
    this.#largest = 0;
    const pushed = this.#push(tangent);
    const pulled = this.#pull(cotangent);
    const scale = Math.max(absoluteDot(pushed, cotangent), absoluteDot(pulled, tangent));
    const natural = absoluteDot(cotangent, this.#value);
    const rounding = Number.EPSILON * Math.max(natural, this.#largest);
    const measured = {
      numeric: dot(pushed, cotangent),
      estimate: 0,
      rounding,
      step: 0,
      scale,
      natural: Infinity,
    };
    const place = { path: "a random direction", element: undefined };
    this.#compare(dot(pulled, tangent), [measured], place, undefined, "adjoint");
  }

  #line(direction: Float64Array, kinks: "count" | "ignore" = "count"): Line {
    return (distance) =>
      this.#near.value(
        this.#x.map((value, i) => value + distance * direction[i]!),
        kinks,
      );
  }

  /** The derivative along a direction, or the two from either side; undefined where a kink is to stop the check. */
  #differentiate(direction: Float64Array, atKink: AtKink = this.#atKink): Derivative[] | undefined {
    const line = this.#line(direction);
    const central = centralDerivative(line, this.#noise);
    if (central) return [central];
    if (atKink === "stop") return undefined;
    this.bounded++;
    const sides = ([1, -1] as const).flatMap((side) => {
      this.#near.side(this.#x.map((value, i) => value + side * NEAREST * direction[i]!));
      return oneSidedDerivative(line, side, this.#noise) ?? [];
    });
    this.#near.center(this.#x);
    if (sides.length === 2 && sides.every(({ estimates }) => estimates.every(Number.isFinite))) return sides;
    // A tie up to rounding decides at random: what counts is whether the values settle.
    const any = centralDerivative(this.#line(direction, "ignore"), this.#noise);
    return [any ?? unknown(this.#value.length)];
  }

  /** One derivative by the rules against one by differences, or against the interval of two. */
  #compare(
    analytic: number,
    measured: readonly Measured[],
    { path, element }: Pick<Comparison, "path" | "element">,
    output?: number,
    against: Comparison["against"] = "difference",
  ): void {
    const at = output === undefined ? undefined : elementAt(this.#labels.outputs, output);
    const place = { order: this.#order, against, path, element, output: at };
    this.#tally.add(compareWith(place, analytic, nearest(analytic, measured)));
  }

  /** A tangent in proportion to the point. */
  #direction(draws: Draws): Float64Array {
    return this.#x.map((value) => unitOf(value) * draws.weight());
  }

  #cotangent(draws: Draws): Float64Array {
    return this.#value.map(() => draws.weight());
  }
}
