import { leavesOf, type Tensors } from "../autodiff/gradient.ts";
import { pullback } from "../autodiff/reverse.ts";
import { GraphError, NumericError } from "../errors.ts";
import { evaluate, type Feeds } from "../evaluate.ts";
import { constant } from "../graph/leaves.ts";
import { Tensor } from "../graph/tensor.ts";
import { watchNumbers } from "../numerics.ts";
import { fill } from "../ops/promotion.ts";
import { checkOptionNames } from "../option-names.ts";
import { sizeOf } from "../shape.ts";
import { flatten } from "../structure.ts";
import { type Draws, drawsOf } from "./draws.ts";
import { checkAt } from "./moving-point.ts";
import { type Extent, OrderCheck } from "./order-check.ts";
import { placesOf } from "./places.ts";
import { GradientReport } from "./report.ts";
import { findSuspects } from "./suspects.ts";
import {
  flat,
  float64,
  functionOf,
  type Meter,
  type Point,
  runner,
  shaped,
  type VectorFunction,
} from "./vector-function.ts";

/** What `checkGradients` takes. */
export interface CheckOptions {
  /** Values of the inputs, by name. Default: none. */
  readonly feeds?: Feeds;
  /** 2 checks the gradient of the gradient as well. Default 1. */
  readonly order?: 1 | 2;
  /**
   * `"full"`: each element of `wrt` against each element of the outputs. `"directions"`: random directions, whose
   * failures are searched for the worst element. Default: full up to 64 elements on either side.
   */
  readonly mode?: "directions" | "full";
  /** How many random directions. Default 3. */
  readonly directions?: number;
  /** Determines directions, weights and displacements. Default 0. */
  readonly seed?: number;
}

const FULL = 64;

/**
 * Compares gradients with differences of the outputs, in doubles, at the current values of parameters and `feeds`.
 *
 * Differences are central and extrapolated; how far the extrapolations are apart is how exact they are, and that, with
 * the rounding of the function, is the tolerance. `jvp` is compared with `vjp` as well. `wrt` may be any tensors:
 * each is varied with the others held. `stopGradient` holds its values. A point that lies on a kink is moved off it
 * (comparisons inside of gradient rules are no kinks), and at ties that no move undoes (`relu(x - stopGradient(x))`) the one-sided derivatives bound the answer.
 * After a failure every node on the way is checked alone, and those whose own rule is wrong are named.
 * @throws DTypeError for integers and booleans; GraphError for an empty `wrt`; FeedError; NumericError where the
 *   outputs are not finite
 * @example
 * const w = parameter("w", [0.5, -1]);
 * checkGradients(sum(tanh(w)), w, { order: 2 }).passed; // → true
 * const wrong = customGradient((x) => square(x), (g, y, [x]) => [mul(g, x)]);
 * const report = checkGradients(sum(wrong(w)), w);
 * report.suspects[0].op; // → "customGradient"
 * report.assert(); // throws GradientError
 */
export function checkGradients(outputs: Tensors, wrt: Tensors, options: CheckOptions = {}): GradientReport {
  checkOptionNames("checkGradients", options, "feeds order mode directions seed");
  const { feeds = {}, order = 1, seed = 0, directions = 3 } = options;
  const ys = leavesOf("checkGradients", outputs, "outputs");
  const xs = leavesOf("checkGradients", wrt, "wrt");
  checkOptions(xs, directions);
  const meter: Meter = { evaluations: 0 };
  const valuesOf = (tensors: readonly Tensor[]): Point =>
    evaluate(tensors, feeds, { promote: true }).map(float64);
  const fn = functionOf(ys, xs, valuesOf, meter);
  const point = valuesOf(xs);
  requireFinite(fn, point);

  const draws = drawsOf(seed);
  const isTensor = (value: unknown): boolean => value instanceof Tensor;
  const variables = placesOf(xs, flatten(wrt, isTensor, "checkGradients").paths, "wrt");
  const places = placesOf(ys, flatten(outputs, isTensor, "checkGradients").paths, "the output");
  const gradients = variables.map((place) => ({ ...place, path: `the gradient of ${place.path}` }));
  const functions = order === 2 ? [fn, gradientOf(fn, draws)] : [fn];
  const extent: Extent = { mode: options.mode ?? suitableMode(fn), directions };
  const checks = functions.map(
    (each, i) =>
      new OrderCheck(each, i === 0 ? 1 : 2, { variables, outputs: i === 0 ? places : gradients }, extent),
  );
  const { tally, x, moved, bounded } = checkAt(checks, point, draws);
  const suspects = tally.passed
    ? []
    : findSuspects(functions[tally.failures[0]!.order - 1]!, shaped(x, fn.variables), seed);
  const { evaluations } = meter;
  return new GradientReport({
    tally,
    order,
    mode: extent.mode,
    seed,
    evaluations,
    kinks: { moved, bounded },
    suspects,
  });
}

function checkOptions(wrt: readonly Tensor[], directions: number): void {
  const refuse = (problem: string): never => {
    throw new GraphError({ op: "checkGradients", problem });
  };
  if (wrt.length === 0) refuse("wrt holds no tensor");
  if (new Set(wrt).size < wrt.length) refuse("a tensor stands twice in wrt");
  if (!Number.isInteger(directions) || directions < 1) {
    refuse(`directions: expected a whole number from 1, received ${directions}`);
  }
}

const elements = (tensors: readonly Tensor[]): number =>
  tensors.reduce((size, { shape }) => size + sizeOf(shape), 0);

const suitableMode = ({ variables, outputs }: VectorFunction): Extent["mode"] =>
  elements(variables) <= FULL && elements(outputs) <= FULL ? "full" : "directions";

/** The gradient of a scalar output, or of a random combination of all outputs. */
function gradientOf(fn: VectorFunction, draws: Draws): VectorFunction {
  const { outputs, variables } = fn;
  const scalar = outputs.length === 1 && sizeOf(outputs[0]!.shape) === 1;
  const weights = shaped(
    Float64Array.from({ length: elements(outputs) }, () => (scalar ? 1 : draws.weight())),
    outputs,
  );
  const cotangents = outputs.map(({ dtype }, i) => constant(weights[i]!, dtype));
  const gradients = pullback(outputs, cotangents, variables);
  const watched = [...outputs, ...fn.watched];
  return { ...fn, outputs: variables.map((x, i) => gradients[i] ?? fill(0, x)), watched };
}

/** @throws NumericError naming the first node that is not finite, where an output is not */
function requireFinite(fn: VectorFunction, point: Point): void {
  const bad = flat(runner(fn, fn.outputs)(point)).find((value) => !Number.isFinite(value));
  if (bad === undefined) return;
  runner(fn, fn.outputs, [], watchNumbers)(point);
  throw new NumericError(String(bad), "checkGradients");
}
