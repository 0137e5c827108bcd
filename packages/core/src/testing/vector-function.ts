import { isFloat } from "../dtype.ts";
import { placeholder } from "../graph/leaves.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors, descendants, substitute } from "../graph/walk.ts";
import { type PlanOptions, plan } from "../interpreter.ts";
import { emptyArray, NDArray } from "../ndarray.ts";
import { Decisions } from "./decisions.ts";
import { HeldValues } from "./held-values.ts";

/** A value for each variable. */
export type Point = readonly NDArray[];

/** Counts runs of the interpreter. */
export interface Meter {
  evaluations: number;
}

/** A piece of graph as a function of some of its tensors. What does not depend on them was computed once. */
export interface VectorFunction {
  readonly variables: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly fixed: readonly Tensor[];
  readonly fixedValues: Point;
  readonly meter: Meter;
  /** Results whose kinks count though no output needs them: what a gradient is the gradient of. */
  readonly watched: readonly Tensor[];
  /** Whether decisions inside of gradient rules count as kinks; those of the forward graph do. */
  readonly rulesDecide: boolean;
}

/** Cuts a graph at `wrt` and at everything that does not depend on it. */
export function functionOf(
  outputs: readonly Tensor[],
  wrt: readonly Tensor[],
  valuesOf: (tensors: readonly Tensor[]) => Point,
  meter: Meter,
): VectorFunction {
  const variables = wrt.map((tensor) => placeholder(tensor, tensor.name));
  const roots = [...outputs, ...differentiated(outputs)];
  const opened = substitute(roots, new Map(wrt.map((tensor, i) => [tensor, variables[i]!])));
  const nodes = ancestors(opened);
  const dependent = descendants(nodes, variables);
  const own = new Set(variables);
  const outside = new Set<Tensor>();
  const leave = (tensor: Tensor): void => {
    const literal = tensor.op.cheap && tensor.inputs.length === 0;
    if (!literal && !dependent.has(tensor.node) && !own.has(tensor)) outside.add(tensor);
  };
  for (const node of nodes) if (dependent.has(node)) node.inputs.forEach(leave);
  opened.forEach(leave);
  const cut = [...outside];
  const fixed = cut.map((tensor) => placeholder(tensor, tensor.name));
  const closed = substitute(opened, new Map(cut.map((tensor, i) => [tensor, fixed[i]!])));
  const watched = closed.filter((_, i) => i >= outputs.length && dependent.has(opened[i]!.node));
  return {
    variables,
    outputs: closed.slice(0, outputs.length),
    fixed,
    fixedValues: cut.length > 0 ? valuesOf(cut) : [],
    meter,
    watched,
    rulesDecide: false,
  };
}

/**
 * What gradients among the ancestors are the gradients of. A rule guards itself by comparisons, which are no kinks; where
 * there is one, the node that the rule is for has decided it.
 */
function differentiated(outputs: readonly Tensor[]): Tensor[] {
  const found = new Set<Node>();
  for (const { origin } of ancestors(outputs)) {
    let node = origin.gradientOf;
    while (node?.origin.gradientOf) node = node.origin.gradientOf;
    if (node && (node.op.decide || node.op.bodies)) found.add(node);
  }
  return [...found].flatMap((node) => node.results.map((_, i) => node.result(i)));
}

/** Runs tensors of a function in doubles, with values for its variables and for `more`. */
export function runner(
  { variables, fixed, fixedValues, meter }: VectorFunction,
  tensors: readonly Tensor[],
  more: readonly Tensor[] = [],
  observe?: PlanOptions["observe"],
): (point: Point, moreValues?: Point) => NDArray[] {
  const options: PlanOptions = { promote: true, ...(observe && { observe }) };
  const program = plan(tensors, [...variables, ...more, ...fixed], options);
  return (point, moreValues = []) => {
    meter.evaluations++;
    return program([...point, ...moreValues, ...fixedValues]);
  };
}

/** The elements of all arrays, one after another. */
export function flat(arrays: Point): Float64Array {
  const all = new Float64Array(arrays.reduce((size, { data }) => size + data.length, 0));
  let at = 0;
  for (const { data } of arrays) {
    all.set(data, at);
    at += data.length;
  }
  return all;
}

/** Arrays of the types of `like`, in doubles, from their elements one after another. */
export function shaped(elements: Float64Array, like: readonly { readonly shape: NDArray["shape"] }[]): Point {
  let at = 0;
  return like.map(({ shape }) => {
    const array = emptyArray("f64", shape);
    array.data.set(elements.subarray(at, at + array.data.length));
    at += array.data.length;
    return array;
  });
}

/** A function near a point: `stopGradient` keeps its values, and each run says which side of its kinks it was on. */
export class Neighbourhood {
  readonly #held = new HeldValues();
  readonly #decisions = new Decisions();
  readonly #run: (point: Point) => NDArray[];
  readonly #variables: readonly Tensor[];
  /** The largest number inside of the function at the point, up to `HUGE`: roundings are relative to it. */
  largest = 0;
  #watching = false;

  constructor(fn: VectorFunction) {
    this.#variables = fn.variables;
    const run = runner(fn, this.#held.hold([...fn.outputs, ...fn.watched]), [], (node, values, results) => {
      if (fn.rulesDecide || !node.origin.gradientOf) this.#decisions.observe(node, values, results);
      if (this.#watching) this.largest = Math.max(this.largest, largestIn(results, HUGE));
    });
    this.#run = (point) => run(point).slice(0, fn.outputs.length);
  }

  /** The value at the point, whose sides and held values count from now on. */
  center(x: Float64Array): Float64Array {
    this.#held.record();
    this.#decisions.record();
    this.largest = 0;
    this.#watching = true;
    const values = flat(this.#run(shaped(x, this.#variables)));
    this.#watching = false;
    return values;
  }

  /** From now on the sides at `x` count, with the values held as they are. */
  side(x: Float64Array): void {
    this.#held.replay();
    this.#decisions.record();
    this.#run(shaped(x, this.#variables));
  }

  /** The value at `x`; undefined where it is not finite, or on another side of a kink that counts. */
  value(x: Float64Array, kinks: "count" | "ignore" = "count"): Float64Array | undefined {
    this.#held.replay();
    this.#decisions.compare();
    const values = flat(this.#run(shaped(x, this.#variables)));
    const same = kinks === "ignore" || this.#decisions.same;
    return same && values.every(Number.isFinite) ? values : undefined;
  }
}

/** Masks are made of numbers beyond this, which do not meet others in sums. */
const HUGE = 1e6;

/** The largest element in size that is not beyond `limit`. */
export function largestIn(
  results: readonly (NDArray | undefined)[],
  limit: number = Number.MAX_VALUE,
): number {
  let most = 0;
  for (const result of results) {
    if (!result || !isFloat(result.dtype)) continue;
    for (const value of result.data) {
      const size = Math.abs(value);
      if (size > most && size <= limit) most = size;
    }
  }
  return most;
}

export const float64 = (value: NDArray): NDArray =>
  value.dtype === "f32" ? new NDArray("f64", value.shape, Float64Array.from(value.data)) : value;
