/**
 * What the tests of the compiled project get in place of `evaluate`: the same function, which rewrites the graph and
 * runs it as WebAssembly. Literals become inputs, so that nothing is known before the run; memory begins as garbage.
 * Buffers of the arena and parameters take turns to lie at the lowest addresses.
 */
import { isTensor, type Tensors } from "../../src/autodiff/gradient.ts";
import { type EvaluateOptions, type Feeds, evaluate as interpret, type Values } from "../../src/evaluate.ts";
import { constantOp, fit, inputsAmong, placeholder } from "../../src/graph/leaves.ts";
import { Tensor } from "../../src/graph/tensor.ts";
import { ancestors, substitute } from "../../src/graph/walk.ts";
import { NDArray } from "../../src/ndarray.ts";
import { noRewrites, rewriteAll } from "../../src/rewrite/pipeline.ts";
import { flatten, withLeaves } from "../../src/structure.ts";
import { LitteredRuntime } from "./littered-runtime.ts";

export type { EvaluateOptions, Feeds, Values } from "../../src/evaluate.ts";

export const copy = (value: NDArray): NDArray => new NDArray(value.dtype, value.shape, value.data.slice());

let evaluations = 0;

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
  const { roots: outputs } = rewriteAll(roots, checkNumerics ? noRewrites : {});
  const runtime = new LitteredRuntime({ lowest: evaluations++ % 3 === 0 ? "parameters" : "arena" });
  const job = runtime.prepare({
    inputs: [...named.map(([, tensor]) => tensor), ...bound],
    outputs,
    updates: [],
    checkNumerics,
    disabled: new Set(),
  });
  const results = job.run([
    ...values,
    ...literals.map(({ attributes }) => (attributes as { readonly value: NDArray }).value),
  ]);
  runtime.dispose();
  return withLeaves(tensors, isTensor, results) as unknown as Values<S>;
}
