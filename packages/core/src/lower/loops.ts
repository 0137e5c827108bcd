import type { Body } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import type { Loop } from "../loops/loop.ts";
import type { LoopCounter, View } from "./kernel.ts";
import { labelOf, Scope } from "./scope.ts";
import { atRow, atRows, atStep } from "./view.ts";

/** Handed over by `nodes.ts`, which imports this file. */
export type LowerNodes = (nodes: readonly Node[], outputs: readonly Tensor[], scope: Scope) => void;

/** A body that runs once: its kernels stand among those around it. */
export function lowerCall(node: Node, scope: Scope, lowerNodes: LowerNodes): void {
  const body = node.attributes as Body;
  const inner = scope.inside();
  body.inputs.forEach((input, i) => {
    inner.values.set(input, scope.value(node.inputs[i]!));
  });
  lowerNodes(ancestors(body.outputs), body.outputs, inner);
  body.outputs.forEach((output, i) => {
    scope.values.set(node.result(i), inner.value(output));
  });
}

/**
 * A loop over the kernels of its body. A carry is a row of a stack: the row before and the row after a step. Where its
 * history is read, the stack has a row for every step and one more, and the history is a part of it; else two rows
 * take turns.
 */
export function lowerLoop(node: Node, scope: Scope, read: ReadonlySet<Tensor>, lowerNodes: LowerNodes): void {
  const { body, constants, carries, length, reverse } = node.attributes as Loop;
  const wanted = [...node.results.keys()].filter((index) => read.has(node.result(index)));
  const operand = (index: number): View => scope.value(node.inputs[index]!);
  if (length === 0) {
    for (const index of wanted) {
      const empty = (): View => scope.fresh(node.result(index), labelOf(node));
      scope.values.set(node.result(index), index < carries ? operand(constants + index) : empty());
    }
    return;
  }
  const counter: LoopCounter = { id: scope.program.counters++, length, reverse };
  const inner = new Scope(scope.program, [...scope.loops, counter]);
  body.inputs.forEach((input, i) => {
    if (i < constants) inner.values.set(input, operand(i));
    if (i >= constants + carries) inner.values.set(input, atStep(operand(i), { counter }));
  });
  const histories = wanted.filter((index) => index >= carries);
  const outputs = [...body.outputs.slice(0, carries), ...histories.map((index) => body.outputs[index]!)];
  const nodes = ancestors(outputs).filter((each) => !inner.values.has(each.result()));
  const stacks: Stacks = { node, scope, inner, counter, histories };
  for (let i = 0; i < carries; i++) placeCarry(i, stacks);
  for (const index of histories) placeHistory(index, stacks);
  lowerNodes(nodes, outputs, inner);
  scope.kernels.push({ kind: "loop", counter, body: inner.kernels, nodes: [node] });
}

interface Stacks {
  readonly node: Node;
  readonly scope: Scope;
  readonly inner: Scope;
  readonly counter: LoopCounter;
  /** Results with all steps that are read. */
  readonly histories: readonly number[];
}

function placeCarry(index: number, { node, scope, inner, counter, histories }: Stacks): void {
  const { body, constants } = node.attributes as Loop;
  const { length, reverse } = counter;
  const before = body.inputs[constants + index]!;
  const after = body.outputs[index]!;
  const init = scope.value(node.inputs[constants + index]!);
  const claimed = inner.wanted.has(after);
  const kept = histories.filter(
    (at) => body.outputs[at] === before || (!claimed && body.outputs[at] === after),
  );
  const rows = kept.length > 0 ? length + 1 : 2;
  const [low, high] = [reverse ? 1 : 0, reverse ? 0 : 1] as const;
  const stack = scope.fresh(
    { dtype: before.dtype, shape: [rows, ...before.shape] },
    labelOf(before.node, node),
  );
  const step = (row: 0 | 1): View =>
    kept.length > 0
      ? atStep(atRows(stack, row, length), { counter })
      : atStep(stack, { counter, alternate: row });
  const [first, last] = reverse ? [length, 0] : [0, length];
  const row = (at: number): View => atRow(stack, kept.length > 0 ? at : at % 2);
  scope.copy(init, row(first), [node]);
  inner.values.set(before, step(low));
  inner.want(after, step(high));
  scope.values.set(node.result(index), row(last));
  for (const at of kept) {
    scope.values.set(node.result(at), atRows(stack, body.outputs[at] === before ? low : high, length));
  }
}

function placeHistory(index: number, { node, scope, inner, counter }: Stacks): void {
  const result = node.result(index);
  if (scope.values.has(result)) return;
  const stack = scope.place(result);
  inner.want((node.attributes as Loop).body.outputs[index]!, atStep(stack, { counter }));
}
