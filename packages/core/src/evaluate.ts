import { isTensor, type Tensors } from "./autodiff/gradient.ts";
import { GraphError } from "./errors.ts";
import { requireValues } from "./given.ts";
import { feed, inputsAmong } from "./graph/leaves.ts";
import { Tensor } from "./graph/tensor.ts";
import { ancestors } from "./graph/walk.ts";
import { type PlanOptions, plan, promoted } from "./interpreter.ts";
import { type ArrayValue, NDArray } from "./ndarray.ts";
import { watchFeeds, watchNumbers } from "./numerics.ts";
import { checkOptionNames } from "./option-names.ts";
import { flatten, type Mapped, withLeaves } from "./structure.ts";

/** Values for inputs, keyed by their names. */
export type Feeds = Readonly<Record<string, ArrayValue>>;

/** A structure with a value for each tensor. */
export type Values<S> = Mapped<S, Tensor, NDArray>;

export interface EvaluateOptions extends PlanOptions {
  /** Stop at the first NaN or infinity, naming its node, source line and time step. Default false. */
  readonly checkNumerics?: boolean;
}

/**
 * Computes tensors with the reference interpreter: plain, exact, and slow. `compile` is for work that repeats.
 * `feeds` has a value for every input that the tensors depend on; other keys are passed over.
 * @throws FeedError for a missing value or one that does not fit; GraphError for two inputs of one name;
 *   NumericError where numbers are watched
 * @example
 * const x = input("x", [2]);
 * evaluate({ double: mul(x, 2), total: sum(x) }, { x: [1, 2] }).total.item(); // → 3
 */
export function evaluate<const S extends Tensors>(
  tensors: S,
  feeds: Feeds = {},
  options: EvaluateOptions = {},
): Values<S> {
  const { checkNumerics = false, ...running } = checkOptionNames(
    "evaluate",
    options,
    "checkNumerics promote observe memory",
  );
  const { leaves, paths } = flatten<Tensor>(tensors, isTensor, "evaluate");
  if (tensors === undefined)
    throw new GraphError({ op: "evaluate", problem: "expected a tensor, received undefined" });
  leaves.forEach((leaf, i) => {
    if (!(leaf instanceof Tensor)) {
      throw new GraphError({
        op: "evaluate",
        problem: `expected a tensor${paths[i] && ` at ${paths[i]}`}, received ${typeof leaf}`,
      });
    }
  });
  requireValues("evaluate", feeds);
  const inputs = [...inputsAmong(ancestors(leaves))];
  const values = inputs.map(([name, tensor]) =>
    feed(
      Object.hasOwn(feeds, name) ? feeds[name]! : undefined,
      running.promote ? promoted(tensor) : tensor,
      name,
    ),
  );
  const bound = inputs.map(([, tensor]) => tensor);
  if (checkNumerics) watchFeeds(bound, values);
  const program = plan(leaves, bound, checkNumerics ? { ...running, observe: watchNumbers } : running);
  const results = program(values);
  return withLeaves(tensors, isTensor, results.map(copy)) as unknown as Values<S>;
}

/** A value that shares memory with no parameter and no feed. */
export const copy = (value: NDArray): NDArray => new NDArray(value.dtype, value.shape, value.data.slice());
