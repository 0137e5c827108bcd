import {
  type ArrayValue,
  checkOptionNames,
  checkOptionValues,
  GraphError,
  type Parameter,
  type Tensor,
} from "@org/core";
import { named } from "../minimize.ts";
import { decay, natural, nonNegative } from "../options.ts";
import type { ParameterRecord } from "../transform.ts";
import { dot } from "../vectors.ts";
import { direction, type Pair } from "./direction.ts";
import { lineSearch, type Sample } from "./line-search.ts";
import { type Objective, objective } from "./objective.ts";

/** What `lbfgs` takes. */
export interface LbfgsOptions {
  /** The inputs of the loss, as `compile` takes them. @default none */
  readonly inputs?: Readonly<Record<string, Tensor>>;
  /** Their values. @default none */
  readonly feeds?: Readonly<Record<string, ArrayValue>>;
  /** How many steps the curvature is learned from. @default 10 */
  readonly history?: number;
  /** Steps at most. @default 1000 */
  readonly iterations?: number;
  /** Ends where no element of the gradient is larger. @default 1e-7 */
  readonly gradientTolerance?: number;
  /** Ends where a step brings less, relative to the loss or to 1. @default 1e-14 */
  readonly lossTolerance?: number;
  /** c₁: which part of the descent that the slope promises a step has to bring. @default 1e-4 */
  readonly sufficientDecrease?: number;
  /** c₂: how flat it has to be after a step, relative to before. Small is an exact line search. @default 0.9 */
  readonly curvature?: number;
  /** Evaluations of the loss in one line search at most. @default 30 */
  readonly evaluations?: number;
  /** Called after each step. */
  readonly observe?: (iterate: LbfgsIterate) => void;
}

/** Where the minimization stands after a step. */
export interface LbfgsIterate {
  readonly iteration: number;
  readonly loss: number;
  /** The largest element of the gradient. */
  readonly gradientNorm: number;
}

/** Where the minimization ended, and why. */
export interface LbfgsResult {
  readonly loss: number;
  /** The largest element of the gradient. */
  readonly gradientNorm: number;
  /** Steps made. */
  readonly iterations: number;
  /** How often loss and gradient were computed. */
  readonly evaluations: number;
  /**
   * `gradient` and `loss`: a tolerance was reached. `precision`: no step goes down any more, which is where the numbers
   * of the dtype end. `iterations`: too few of them.
   */
  readonly ended: "gradient" | "loss" | "precision" | "iterations";
}

interface At extends Sample {
  readonly x: Float64Array;
  readonly g: Float64Array;
}

/**
 * Minimizes a loss that is the same at every evaluation (one batch that holds all data; no dropout), by L-BFGS with a
 * line search for the strong Wolfe conditions: `x ← x + α d`, `d = -H g`, where H is made of the last steps. Value and
 * gradient are one compiled call, everything else is done in doubles. The parameters are left at the minimum; where
 * something throws, as they were.
 *
 * For curve fitting, read-outs and other small problems, where it takes a few dozen steps instead of thousands. `f64`
 * parameters reach tight tolerances, `f32` ones end by `precision` at about 1e-4 of the gradient's scale.
 * Source: Nocedal & Wright 2006, Algorithms 7.4 and 7.5 (7.20 for the first H), 3.5 and 3.6. Unlike SciPy's L-BFGS-B
 *   there are no bounds.
 * @throws GraphError for options out of their ranges, no parameters, or a loss that is not finite where it begins
 * @example
 * const [x, y] = [parameter("x", -1.2, "f64"), parameter("y", 1, "f64")];
 * const rosenbrock = math`(1 - ${x})^2 + 100 * (${y} - ${x}^2)^2`;
 * const { ended } = lbfgs(rosenbrock, { x, y });
 * [ended, x.value, y.value]; // → ["gradient", 1, 1]
 */
export function lbfgs(
  loss: Tensor,
  parameters: ParameterRecord | readonly Parameter[],
  options: LbfgsOptions = {},
): LbfgsResult {
  checkOptionNames(
    "lbfgs",
    options,
    "inputs feeds history iterations gradientTolerance lossTolerance sufficientDecrease curvature evaluations observe",
  );
  const { inputs = {}, feeds = {} } = options;
  const settings = settingsOf(options);
  const target = objective(loss, named("lbfgs", parameters), inputs, feeds);
  const before = target.current();
  try {
    return minimizeObjective(target, settings);
  } catch (error) {
    target.assign(before);
    throw error;
  }
}

function minimizeObjective(target: Objective, options: Settings): LbfgsResult {
  const { history, iterations, gradientTolerance, lossTolerance, observe, ...conditions } = options;
  let made = 0;
  const evaluate = (x: Float64Array): { x: Float64Array; value: number; g: Float64Array } => {
    target.assign(x);
    made++;
    const { value, gradient: g } = target.evaluate();
    return { x, value, g };
  };

  let at = evaluate(target.current());
  if (!Number.isFinite(at.value)) throw refuse(`the loss is ${at.value} where it begins`);
  let iteration = 0;
  let pairs: Pair[] = [];
  const finish = (ended: LbfgsResult["ended"]): LbfgsResult => {
    target.assign(at.x);
    return { loss: at.value, gradientNorm: largest(at.g), iterations: iteration, evaluations: made, ended };
  };
  for (;;) {
    if (largest(at.g) <= gradientTolerance) return finish("gradient");
    if (iteration >= iterations) return finish("iterations");
    const d = direction(at.g, pairs);
    const along = (alpha: number): At => {
      const there = evaluate(at.x.map((value, i) => value + alpha * d[i]!));
      return { ...there, alpha, slope: dot(there.g, d) };
    };
    const first = pairs.length === 0 ? Math.min(1, 1 / at.g.reduce((sum, g) => sum + Math.abs(g), 0)) : 1;
    const start: At = { ...at, alpha: 0, slope: dot(at.g, d) };
    const next = start.slope < 0 ? lineSearch(along, start, first, conditions) : undefined;
    if (!next) {
      if (pairs.length === 0) return finish("precision");
      pairs = []; // What was learned is misleading here: once more, downhill.
      continue;
    }
    const s = next.x.map((value, i) => value - at.x[i]!);
    const y = next.g.map((value, i) => value - at.g[i]!);
    if (dot(s, y) > Number.EPSILON * dot(y, y)) pairs = [...pairs, { s, y }].slice(-history);
    const gain = at.value - next.value;
    at = next;
    iteration++;
    observe({ iteration, loss: at.value, gradientNorm: largest(at.g) });
    if (largest(at.g) > gradientTolerance && gain <= lossTolerance * Math.max(1, Math.abs(at.value)))
      return finish("loss");
  }
}

const largest = (g: Float64Array): number => g.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** Options with their defaults. */
type Settings = Required<Omit<LbfgsOptions, "inputs" | "feeds">>;

function settingsOf({
  history = 10,
  iterations = 1000,
  gradientTolerance = 1e-7,
  lossTolerance = 1e-14,
  sufficientDecrease = 1e-4,
  curvature = 0.9,
  evaluations = 30,
  observe = () => {},
}: LbfgsOptions): Settings {
  const counts = { history, iterations, evaluations };
  const tolerances = { gradientTolerance, lossTolerance };
  const conditions = { sufficientDecrease, curvature };
  for (const [ranged, range] of [
    [counts, natural],
    [tolerances, nonNegative],
    [conditions, decay],
  ] as const) {
    for (const [name, value] of Object.entries(ranged))
      checkOptionValues("lbfgs", { [name]: [value, range] });
  }
  if (sufficientDecrease >= curvature)
    throw refuse(
      `expected sufficientDecrease below curvature, received ${sufficientDecrease} and ${curvature}`,
    );
  return { ...counts, ...tolerances, ...conditions, observe };
}

const refuse = (problem: string): GraphError => new GraphError({ op: "lbfgs", problem });
