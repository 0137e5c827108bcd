import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors, descendants, substitute } from "../graph/walk.ts";
import { fixpoint } from "../loops/fixpoint.ts";
import { countOf, type Loop, type LoopParts, makeLoop } from "../loops/loop.ts";
import type { Results } from "./transform.ts";

type Carry = LoopParts["carries"][number];

/**
 * A loop taken apart for a rewrite: its body stands on the outer tensors themselves, and carries and histories that
 * nobody reads are gone.
 */
export interface OpenLoop {
  readonly carries: readonly (Carry & { readonly index: number })[];
  readonly xs: LoopParts["xs"];
  readonly ys: readonly { readonly tensor: Tensor; readonly index: number }[];
  readonly length: number;
  readonly reverse: boolean;
  /** How many of the steps run; undefined for all. */
  readonly count: Tensor | undefined;
  /** Nodes of the body that depend on the step, its carries and xs among them. */
  readonly inside: ReadonlySet<Node>;
  /** Nodes of the closed body, whose literals stay inside when it is closed again. */
  readonly own: ReadonlySet<Node>;
}

/** Takes a loop apart. `rewriteBody` may change the outputs of the closed body that are still read. */
export function openLoop(
  { attributes }: Node,
  inputs: readonly Tensor[],
  wanted: readonly number[],
  rewriteBody: (outputs: readonly Tensor[]) => readonly Tensor[] = (outputs) => outputs,
): OpenLoop {
  const loop = attributes as Loop;
  const { body, constants, carries, length, reverse } = loop;
  const before = body.inputs.slice(constants, constants + carries);
  const live = liveCarries(body.outputs, before, wanted);
  const kept = [...live, ...wanted.filter((index) => index >= carries)];
  const outer = new Map(body.inputs.slice(0, constants).map((k, i) => [k, inputs[i]!]));
  const outputs = substitute(rewriteBody(kept.map((index) => body.outputs[index]!)), outer);
  const nodes = ancestors(outputs);
  const read = new Set(nodes);
  const xs = body.inputs
    .slice(constants + carries)
    .map((x, i) => ({ x, stacked: inputs[constants + carries + i]! }));
  const placeholders = [...before, ...xs.map(({ x }) => x)];
  const inside = descendants(nodes, placeholders);
  for (const { node } of placeholders) inside.add(node);
  return {
    carries: live.map((index, i) => ({
      index,
      init: inputs[constants + index]!,
      before: before[index]!,
      after: outputs[i]!,
    })),
    xs: xs.filter(({ x }) => read.has(x.node)),
    ys: kept.slice(live.length).map((index, i) => ({ index, tensor: outputs[live.length + i]! })),
    length,
    reverse,
    count: countOf(loop, inputs),
    inside,
    own: new Set(ancestors(body.outputs)),
  };
}

/** Carries whose last value is read, or that such carries and histories depend on. */
function liveCarries(
  outputs: readonly Tensor[],
  before: readonly Tensor[],
  wanted: readonly number[],
): number[] {
  const live = fixpoint(
    wanted.filter((index) => index < before.length),
    (known) => {
      const read = new Set(ancestors([...known, ...wanted].map((index) => outputs[index]!)));
      return [...before.keys()].filter((index) => read.has(before[index]!.node));
    },
  );
  return [...live].sort((a, b) => a - b);
}

/** What leaves the body in each step: carries, then histories. */
export const outputsOf = ({ carries, ys }: OpenLoop): Tensor[] => [
  ...carries.map(({ after }) => after),
  ...ys.map(({ tensor }) => tensor),
];

/** The loop with other tensors leaving its body; xs that they do not read are gone. */
export function withOutputs(loop: OpenLoop, outputs: readonly Tensor[]): OpenLoop {
  const read = new Set(ancestors(outputs));
  return {
    ...loop,
    carries: loop.carries.map((carry, i) => ({ ...carry, after: outputs[i]! })),
    ys: loop.ys.map((y, i) => ({ ...y, tensor: outputs[loop.carries.length + i]! })),
    xs: loop.xs.filter(({ x }) => read.has(x.node)),
  };
}

/** Closes the loop again; results stand at their old indices. */
export function closeLoop({ ys, ...loop }: OpenLoop): Results {
  const closed = makeLoop({ ...loop, ys: ys.map(({ tensor }) => tensor) });
  const results: Tensor[] = [];
  loop.carries.forEach(({ index }, i) => {
    results[index] = closed.carry[i]!;
  });
  ys.forEach(({ index }, i) => {
    results[index] = closed.ys[i]!;
  });
  return results;
}
