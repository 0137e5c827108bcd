import {
  add,
  ancestors,
  broadcastTo,
  constant,
  type Gradients,
  GraphError,
  grad,
  isLoop,
  type Node,
  named,
  substitute,
  type Tensor,
  type Tensors,
} from "@org/core";
import { mapStates } from "../states.ts";
import { inBody, type LoopParts, partsOf, remadeLoop, requireTensor } from "./remade-loop.ts";

/**
 * `∂E/∂W`, split by the step at which W was used: element k is what comes of its use in step k, and all sum to the whole,
 *
 *     ∂E_t/∂W = Σ_k ∂E_t/∂h_t (∏_{j=k+1..t} ∂h_j/∂h_{j-1}) ∂h_k/∂W
 *
 * where `∂h_k/∂W` holds `h_{k-1}` fixed. With the loss of one step t, the lag is t - k; later steps get zeros.
 * Shapes: `W [...s]` → `[time, ...s]`, in the structure of `weights`
 * The loop is made again with a zero for each step added to W; the result is the gradient of these zeros, a graph.
 * @throws GraphError for a weight that no loop uses, or that is used in several loops or outside of the loop as well,
 *   since contributions would not sum to the whole
 * @example
 * const cell = new RNNCell({ inputSize: 1, hiddenSize: 1, seed: 1, activation: "identity" });
 * cell.parameters.W_xh.value = [[1]];
 * cell.parameters.W_hh.value = [[0.5]];
 * const { state } = recurrent(cell, constant([[[1]], [[1]], [[1]]]));
 * lagContributions(sum(state.h), cell.parameters.W_xh); // → [[[0.25]], [[0.5]], [[1]]]
 * grad(sum(state.h), cell.parameters.W_xh); // → [[1.75]]
 */
export const lagContributions = <const S extends Tensors>(loss: Tensor, weights: S): Gradients<S> =>
  mapStates([weights], (W) => contributions(loss, W)) as unknown as Gradients<S>;

function contributions(loss: Tensor, W: Tensor): Tensor {
  requireTensor("lagContributions", loss, "a loss");
  const users = ancestors([loss]).filter((node) => isLoop(node) && captures(node, W));
  const [loop] = users;
  if (!loop || users.length > 1) {
    const problem = loop
      ? `${users.length} loops use ${nameOf(W)}`
      : `no loop that the loss depends on uses ${nameOf(W)}`;
    throw new GraphError({ op: "lagContributions", problem });
  }
  const parts = partsOf("lagContributions", loop);
  const zeros = broadcastTo(constant(0, W.dtype), [parts.length, ...W.shape]);
  const inside = named(W, W.name ?? "W");
  const { replacements } = remadeLoop(loop, parts, [zeros], ({ inputs, slices: [zero] }) => {
    const captured = substitute(inputs.slice(0, parts.constants), new Map([[W, add(inside, zero!)]]));
    return { outputs: inBody(parts, parts.body.outputs, [...captured, ...inputs.slice(parts.constants)]) };
  });
  const [changed] = substitute([loss], replacements) as [Tensor];
  requireInside(changed, W, inside);
  return grad(changed, zeros);
}

/** Whether what a loop's body takes from outside is W, or made of it. */
function captures(loop: Node, W: Tensor): boolean {
  const { constants } = loop.attributes as LoopParts;
  return ancestors(loop.inputs.slice(0, constants), (node) => !isLoop(node)).includes(W.node);
}

/** @throws GraphError where W is used beside `inside` */
function requireInside(loss: Tensor, W: Tensor, inside: Tensor): void {
  const beside = ancestors([loss]).find((node) => node !== inside.node && node.inputs.includes(W));
  if (beside === undefined) return;
  const problem = `${nameOf(W)} is used outside of the loop too, by ${beside.op.name}`;
  throw new GraphError({
    op: "lagContributions",
    problem,
    rule: "contributions of steps sum to the whole gradient",
  });
}

const nameOf = ({ name }: Tensor): string => (name ? JSON.stringify(name) : "the weight");
