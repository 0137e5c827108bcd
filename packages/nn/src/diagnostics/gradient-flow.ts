import {
  add,
  ancestors,
  broadcastTo,
  constant,
  descendants,
  type Gradients,
  GraphError,
  grad,
  norm,
  substitute,
  Tensor,
  type Tensors,
} from "@org/core";
import { mapStates } from "../states.ts";
import { inBody, type LoopParts, partsOf, remadeLoop } from "./remade-loop.ts";

/**
 * The whole gradient of a loss with respect to every state of a loop: `∂L/∂h_t`, through what reads `h_t` directly and
 * through all later steps. `grad(loss, outputs)` alone has the direct part only.
 * Shapes: `states` as `recurrent` and the layers return them: `outputs [time, batch, hidden]`, or a state after the last
 *   step `[batch, hidden]`, which stands for that of every step; arrays and records of these → `[time, batch, hidden]`
 *   for each
 * Outputs will do where they are the state itself: not those of ragged sequences, or of a read-out in the cell.
 * Where truncated windows overlap (`back` above `every`), only the last of them and those that share its copy are seen.
 * The loop is made again with a zero added to the state of each step; the result is the gradient of these zeros. It is
 * a graph: evaluate it, or compile it into the training step.
 * @throws GraphError for a tensor that is not what a loop returns or passes on; ShapeError for a loss that is not a scalar
 * @example
 * const cell = new RNNCell({ inputSize: 1, hiddenSize: 1, seed: 1, activation: "identity" });
 * cell.parameters.W_hh.value = [[0.5]];
 * const { state } = recurrent(cell, constant([[[1]], [[1]], [[1]]]));
 * stateGradients(sum(state.h), state).h; // → [[[0.25]], [[0.5]], [[1]]]
 */
export function stateGradients<const S extends Tensors>(loss: Tensor, states: S): Gradients<S> {
  if (!(loss instanceof Tensor))
    throw new GraphError({ op: "stateGradients", problem: "expected a loss, a tensor, in front" });
  const leaves: Tensor[] = [];
  mapStates([states], (leaf) => {
    leaves.push(leaf);
    return leaf;
  });
  const taps = new Map<Tensor, Tensor>();
  // Loops in order, since later ones depend on earlier ones. `current` are the loss and the states as they are by now.
  let current = [loss, ...leaves];
  const loops = [...new Set(leaves.map(({ node }) => node))].sort((a, b) => a.id - b.id);
  for (const loop of loops) {
    const mine = leaves.flatMap((leaf, i) => (leaf.node === loop ? [i] : []));
    const node = current[mine[0]! + 1]!.node;
    const parts = partsOf("stateGradients", node);
    const watched = [...new Set(mine.map((i) => parts.body.outputs[leaves[i]!.index]!))];
    for (const tensor of watched) requireCarried(tensor, parts);
    watched.sort((a, b) => a.node.id - b.node.id || a.index - b.index);
    const zeros = watched.map(({ shape, dtype }) =>
      broadcastTo(constant(0, dtype), [parts.length, ...shape]),
    );
    const { replacements } = remadeLoop(node, parts, zeros, ({ inputs, slices }) => ({
      outputs: tapped(parts, inputs, watched, slices),
    }));
    for (const i of mine)
      taps.set(leaves[i]!, zeros[watched.indexOf(parts.body.outputs[leaves[i]!.index]!)]!);
    current = substitute(current, replacements);
  }
  const all = [...taps.values()];
  const gradients = grad(current[0]!, all) as readonly Tensor[];
  return mapStates([states], (leaf) => gradients[all.indexOf(taps.get(leaf)!)]!) as unknown as Gradients<S>;
}

/** @throws GraphError for what a step only shows and does not pass on: all of its gradient is the direct part */
function requireCarried(tensor: Tensor, { body, carries }: LoopParts): void {
  const carried = body.outputs.slice(0, carries);
  const later = descendants(ancestors(carried), [tensor]);
  if (carried.some((carry) => carry === tensor || later.has(carry.node))) return;
  throw new GraphError({
    op: "stateGradients",
    problem: "outputs are made of the state in each step and are not passed on themselves",
    hint: "hand over the state that recurrent or the layer returns",
  });
}

/** The body's outputs with `zeros` added to some of its tensors, wherever these are used. */
function tapped(
  parts: LoopParts,
  inputs: readonly Tensor[],
  watched: readonly Tensor[],
  zeros: readonly Tensor[],
): Tensor[] {
  const { body } = parts;
  let outputs = inBody(parts, body.outputs, inputs);
  watched.forEach((tensor, i) => {
    const now = outputs[body.outputs.indexOf(tensor)]!;
    const sum = add(now, zeros[i]!);
    // A state that a step passes on unchanged is tapped after the step, not before it.
    outputs = body.inputs.includes(tensor)
      ? outputs.map((output) => (output === now ? sum : output))
      : substitute(outputs, new Map([[now, sum]]));
  });
  return outputs;
}

/**
 * How much gradient arrives at every step: `‖∂L/∂h_t‖`, the norm over batch and units. Where it falls toward the first
 * steps, gradients vanish; where it grows, they explode.
 * Shapes: `states` as for `stateGradients`; `[time]` for each
 * @throws GraphError for a tensor that is not what a loop returns or passes on; ShapeError for a loss that is not a scalar
 * @example
 * const cell = new RNNCell({ inputSize: 1, hiddenSize: 1, seed: 1, activation: "identity" });
 * cell.parameters.W_hh.value = [[0.5]];
 * const { outputs } = recurrent(cell, constant([[[1]], [[1]], [[1]]]));
 * gradientFlow(sum(take(outputs, 2)), outputs); // → [0.25, 0.5, 1]
 */
export const gradientFlow = <const S extends Tensors>(loss: Tensor, states: S): Gradients<S> =>
  mapStates([stateGradients(loss, states)], (g) =>
    norm(g, { axis: g.shape.slice(1).map((_, axis) => axis + 1) }),
  ) as unknown as Gradients<S>;
