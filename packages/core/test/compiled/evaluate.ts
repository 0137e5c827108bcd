/**
 * What the tests of the compiled project get in place of `evaluate`: the same function, which rewrites the graph and
 * runs it as WebAssembly. Literals become inputs, so that nothing is known before the run; memory begins as garbage.
 * Graphs of one structure share a program (`programs.ts`).
 */
import { isTensor, type Tensors } from "../../src/autodiff/gradient.ts";
import { type EvaluateOptions, type Feeds, evaluate as interpret, type Values } from "../../src/evaluate.ts";
import { constantOp, fit, inputsAmong, placeholder } from "../../src/graph/leaves.ts";
import { Tensor } from "../../src/graph/tensor.ts";
import { ancestors, substitute } from "../../src/graph/walk.ts";
import { NDArray } from "../../src/ndarray.ts";
import { flatten, withLeaves } from "../../src/structure.ts";
import { runOnce, runShared } from "./programs.ts";

export type { EvaluateOptions, Feeds, Values } from "../../src/evaluate.ts";

export const copy = (value: NDArray): NDArray => new NDArray(value.dtype, value.shape, value.data.slice());

export function evaluate<const S extends Tensors>(
  tensors: S,
  feeds: Feeds = {},
  options: EvaluateOptions = {},
): Values<S> {
  const { checkNumerics = false, ...rest } = options;
  const { leaves } = flatten<Tensor>(tensors, isTensor);
  if (Object.keys(rest).length > 0 || !leaves.every((leaf) => leaf instanceof Tensor)) {
    return interpret(tensors, feeds, options);
  }
  const named = [...inputsAmong(ancestors(leaves))];
  const values = named.map(([name, tensor]) =>
    fit(Object.hasOwn(feeds, name) ? feeds[name]! : undefined, tensor, name),
  );
  const literals = checkNumerics ? [] : ancestors(leaves).filter(({ op }) => op === constantOp);
  const bound = literals.map((node) => placeholder(node.result()));
  const roots = substitute(leaves, new Map(literals.map((node, i) => [node.result(), bound[i]!])));
  const inputs = [...named.map(([, tensor]) => tensor), ...bound];
  const all = [...values, ...literals.map(({ attributes }) => (attributes as { value: NDArray }).value)];
  const results = checkNumerics ? runOnce(roots, inputs, all, true) : runShared(roots, inputs, all);
  return withLeaves(tensors, isTensor, results) as unknown as Values<S>;
}
