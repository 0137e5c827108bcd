import {
  ancestors,
  cast,
  checkOptionNames,
  checkOptionValues,
  GraphError,
  greater,
  isLoop,
  less,
  mean,
  type Node,
  Parameter,
  type Tensor,
} from "@org/core";
import { finiteIn } from "../option-values.ts";
import { inBody, type LoopParts, partsOf, remadeLoop, requireTensor } from "./remade-loop.ts";

/**
 * The values of every gate (every sigmoid) in the loops that made `outputs`, at every step. A gate is called by the
 * letter in which the names of its weights end (`W_xf`, `W_hf`, `b_f`: `f`), or by its number where these differ; with
 * several loops (layers, directions) the number of the loop comes first: `0.f`, `1.f`.
 * Shapes: `[time, batch, hidden]` for each gate
 * @throws GraphError where no loop among what `outputs` depends on has a gate
 * @example
 * const cell = new GRUCell({ inputSize: 2, hiddenSize: 3, seed: 1, update: "keep", reset: "before" });
 * const { outputs } = recurrent(cell, input("x", [5, 4, 2]));
 * gates(outputs).z.shape; // → [5, 4, 3]
 */
export const gates = (outputs: Tensor): Record<string, Tensor> => gatesOf("gates", outputs);

function gatesOf(op: string, outputs: Tensor): Record<string, Tensor> {
  requireTensor(op, outputs, "the outputs of recurrent or of a layer");
  const loops = ancestors([outputs]).filter(isLoop);
  const found = loops
    .map((loop) => ({ loop, sigmoids: ancestors(partsOf(op, loop).body.outputs).filter(isSigmoid) }))
    .filter(({ sigmoids }) => sigmoids.length > 0);
  if (found.length === 0) {
    throw new GraphError({
      op,
      problem: "no loop that the outputs depend on has a sigmoid in it",
      rule: "outputs are what recurrent or a layer returns, or depend on it; not of a run with unroll or checkpoint",
    });
  }
  const all = found.flatMap(({ loop, sigmoids }, i) => {
    const parts = partsOf(op, loop);
    const inside = sigmoids.map((node) => node.result());
    const { added } = remadeLoop(loop, parts, [], ({ inputs }) => {
      const tensors = inBody(parts, [...parts.body.outputs, ...inside], inputs);
      return {
        outputs: tensors.slice(0, parts.body.outputs.length),
        added: tensors.slice(parts.body.outputs.length),
      };
    });
    const prefix = found.length > 1 ? `${i}.` : "";
    return unique(sigmoids.map((node, k) => letterOf(node, loop) ?? String(k))).map(
      (name, k) => [`${prefix}${name}`, added[k]!] as const,
    );
  });
  return Object.fromEntries(all);
}

const isSigmoid = (node: Node): boolean => node.op.name === "sigmoid";

/** Names, those that stand there twice with their number. */
const unique = (names: readonly string[]): string[] =>
  names.map((name, i) => (names.indexOf(name) === names.lastIndexOf(name) ? name : `${name}${i}`));

/** The letter in which the names of all parameters of a gate's sum end. */
function letterOf(gate: Node, loop: Node): string | undefined {
  const { body, constants } = loop.attributes as LoopParts;
  const bends = new Set(["sigmoid", "tanh", "relu", "scan"]);
  const sum = ancestors(gate.inputs, (node) => !bends.has(node.op.name));
  const captured = loop.inputs.slice(0, constants).filter((_, i) => sum.includes(body.inputs[i]!.node));
  const names = ancestors(captured, (node) => !isLoop(node))
    .map((node) => node.result())
    .filter((tensor) => tensor instanceof Parameter)
    .map(({ name }) => name?.at(-1));
  return new Set(names).size === 1 ? names[0] : undefined;
}

/** How often a gate is nearly shut and nearly open. */
export type Saturation = {
  /** The share of steps and sequences in which each unit of the gate is below `low`: `[hidden]`. */
  readonly below: Tensor;
  /** The share in which it is above `high`: `[hidden]`. */
  readonly above: Tensor;
};

/**
 * How often each unit of each gate is shut (below .1) and open (above .9). A forget gate that is open nearly always
 * remembers over long times; one that is neither is used to pass values on in proportion.
 * Shapes: `[hidden]` for each gate and side; gates are called as `gates` calls them
 * Source: Karpathy, Johnson & Fei-Fei 2015, "Visualizing and understanding recurrent networks", section 4.2.
 * @throws GraphError where no loop among what `outputs` depends on has a gate
 * @example
 * const cell = new LSTMCell({ inputSize: 2, hiddenSize: 3, seed: 1, forgetBias: 100 });
 * const { outputs } = recurrent(cell, constant([[[1, 2]], [[3, 4]]]));
 * saturation(outputs).f.above; // → [1, 1, 1]
 */
export function saturation(
  outputs: Tensor,
  options: { readonly low?: number; readonly high?: number } = {},
): Record<string, Saturation> {
  const { low = 0.1, high = 0.9 } = checkOptionNames("saturation", options, "low high");
  checkOptionValues("saturation", { low: [low, finiteIn("f64")], high: [high, finiteIn("f64")] });
  const share = (where: Tensor): Tensor =>
    mean(cast(where, "f32"), { axis: where.shape.slice(0, -1).map((_, axis) => axis) });
  return Object.fromEntries(
    Object.entries(gatesOf("saturation", outputs)).map(([name, gate]) => [
      name,
      { below: share(less(gate, low)), above: share(greater(gate, high)) },
    ]),
  );
}
