import { ancestors, GraphError, input, inWords, substitute, type Tensor, type Update } from "@org/core";
import type { Minimization } from "./minimize.ts";
import type { TensorRecord } from "./transform.ts";

/** A training step in two: what gives the gradients, and what uses them. */
export interface SplitUpdates {
  /** The gradients of the loss, under the names of the parameters: the outputs of the first program. */
  readonly gradients: TensorRecord;
  /** The inputs of the second program, one in the place of each gradient. */
  readonly inputs: TensorRecord;
  /** The updates of the second program: parameters, then the optimizer's state, from `inputs` alone. */
  readonly updates: readonly Update[];
}

/**
 * Cuts a step of training between its gradients and its updates, so that something may come between them: a mean over
 * processes that each saw a part of the batch, a sum over parts that come one after another.
 * @throws GraphError where an update needs more of the step than its gradients, such as the loss
 * @example
 * const w = parameter("w", [3, 4]);
 * const { gradients, inputs, updates } = splitUpdates(minimize(sum(square(w)), { w }, sgd({ learningRate: 0.1 })));
 * const backward = compile({ outputs: gradients });
 * const update = compile({ inputs, updates });
 * update(backward());
 * w.value; // → [2.4, 3.2]
 */
export function splitUpdates(minimization: Minimization): SplitUpdates {
  const { gradients } = minimization ?? {};
  if (!Array.isArray(minimization) || typeof gradients !== "object" || gradients === null) {
    const problem = `expected what minimize returns, received ${inWords(minimization)}`;
    throw new GraphError({ op: "splitUpdates", problem });
  }
  const inputs: Record<string, Tensor> = {};
  const replacements = new Map<Tensor, Tensor>();
  for (const [name, gradient] of Object.entries(gradients)) {
    const given = input(`gradient.${name}`, gradient.shape, gradient.dtype);
    inputs[name] = given;
    // Of parameters that share a gradient, one reads it for all.
    if (!replacements.has(gradient)) replacements.set(gradient, given);
  }
  const next = substitute(
    minimization.map(([, value]) => value),
    replacements,
  );
  checkCut(next, new Set(Object.values(inputs)));
  return { gradients, inputs, updates: minimization.map(([parameter], i) => [parameter, next[i]!] as const) };
}

/** @throws GraphError for an input of the step itself among what the updates read */
function checkCut(values: readonly Tensor[], own: ReadonlySet<Tensor>): void {
  const other = ancestors(values).find((node) => node.op.name === "input" && !own.has(node.result()));
  if (!other) return;
  throw new GraphError({
    op: "splitUpdates",
    problem: `an update reads the input ${JSON.stringify(other.name)} beside the gradients`,
    hint: "gradients alone may come from the batch",
  });
}
