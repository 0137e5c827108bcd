import { beginWalk, type Node, type Tensor } from "../graph/tensor.ts";
import { ancestors, descendants, substitute } from "../graph/walk.ts";
import { countOf, type Loop, type LoopParts, makeLoop } from "../loops/loop.ts";
import { onOperands, type Results } from "./transform.ts";

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
  /** Histories have no zeros behind the count. */
  readonly unfilled: boolean | undefined;
  /** Nodes of the body that depend on the step, its carries and xs among them. */
  readonly inside: ReadonlySet<Node>;
  /** Nodes of the closed body, whose literals stay inside when it is closed again. */
  readonly own: ReadonlySet<Node>;
}

/** A loop that a rewrite has come to, with what it reads and its body rewritten already. */
export interface VisitedLoop {
  /** What stands for the loop where nothing about it changed but its operands; undefined where it has to be closed again. */
  readonly asItIs: Results | undefined;
  /** Takes it apart. */
  open(): OpenLoop;
}

/** `rewriteBody` may change the outputs of the closed body that are still read. */
export function visitLoop(
  node: Node,
  inputs: readonly Tensor[],
  wanted: readonly number[],
  rewriteBody: (outputs: readonly Tensor[]) => readonly Tensor[] = (outputs) => outputs,
): VisitedLoop {
  const loop = node.attributes as Loop;
  const { body, constants, carries } = loop;
  const live = liveCarries(body.outputs, body.inputs.slice(constants, constants + carries), wanted);
  const kept = [...live, ...wanted.filter((index) => index >= carries)];
  const outputs = rewriteBody(kept.map((index) => body.outputs[index]!));
  const same =
    kept.length === body.outputs.length &&
    kept.every((index, i) => outputs[i] === body.outputs[index]) &&
    closesAlike(loop, inputs);
  return {
    asItIs: same ? resultsOf(onOperands(node, inputs)) : undefined,
    open: () => openLoop(loop, inputs, live, kept, outputs),
  };
}

const resultsOf = (node: Node): Results => node.results.map((_, index) => node.result(index));

/** Whether a body that is as it was would be closed over the same operands again. */
function closesAlike({ body, constants, counted }: Loop, inputs: readonly Tensor[]): boolean {
  const first = counted ? 1 : 0;
  const read = new Set(ancestors(body.outputs));
  if (!body.inputs.every(({ node }, i) => i < first || read.has(node))) return false;
  const captured = inputs.slice(first, constants);
  const oldest = body.inputs.slice(constants).reduce((id, { node }) => Math.min(id, node.id), Infinity);
  return new Set(captured).size === captured.length && !captured.some((tensor) => isTakenIn(tensor, oldest));
}

/** Whether closing takes a constant into the body, as a literal made later than the placeholders (see `closeBody`). */
function isTakenIn({ node, inputs, op }: Tensor, oldest: number): boolean {
  if (!op.cheap || node.id <= oldest) return false;
  if (inputs.length === 0) return true;
  return ancestors(inputs, (each) => each.op.cheap).every((each) => each.op.cheap && each.id > oldest);
}

function openLoop(
  loop: Loop,
  inputs: readonly Tensor[],
  live: readonly number[],
  kept: readonly number[],
  closedOutputs: readonly Tensor[],
): OpenLoop {
  const { body, constants, carries, length, reverse } = loop;
  const before = body.inputs.slice(constants, constants + carries);
  const outer = new Map(body.inputs.slice(0, constants).map((k, i) => [k, inputs[i]!]));
  const outputs = substitute(closedOutputs, outer);
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
    unfilled: loop.unfilled,
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
  const places = new Map(before.map(({ node }, index) => [node, index]));
  const live = new Set(wanted.filter((index) => index < before.length));
  const walk = beginWalk();
  const found: Node[] = [];
  const read = ({ node }: Tensor): void => {
    if (node.enters(walk)) found.push(node);
  };
  for (const index of wanted) read(outputs[index]!);
  for (let next = 0; next < found.length; next++) {
    const node = found[next]!;
    node.inputs.forEach(read);
    const carry = places.get(node);
    if (carry === undefined) continue;
    live.add(carry);
    read(outputs[carry]!);
  }
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
