import type { Body } from "../graph/op.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import { countOf, type Loop } from "../loops/loop.ts";
import type { Kernel, LoopCounter, StepRange, View } from "./kernel.ts";
import { copied, filled, labelOf, Scope } from "./scope.ts";
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
 * take turns. A counted loop does the steps before its count, and fills histories with zeros behind it.
 */
export function lowerLoop(node: Node, scope: Scope, read: ReadonlySet<Tensor>, lowerNodes: LowerNodes): void {
  const loop = node.attributes as Loop;
  const { body, constants, carries, length, reverse } = loop;
  const wanted = [...node.results.keys()].filter((index) => read.has(node.result(index)));
  const operand = (index: number): View => scope.value(node.inputs[index]!);
  if (length === 0) {
    for (const index of wanted) {
      const empty = (): View => scope.fresh(node.result(index), labelOf(node));
      scope.values.set(node.result(index), index < carries ? operand(constants + index) : empty());
    }
    return;
  }
  const count = countOf(loop, node.inputs);
  const range = count && stepsBefore(scope.value(count), length);
  const counter: LoopCounter = { id: scope.program.counters++, length, reverse, ...(range && { range }) };
  const inner = new Scope(scope.program, [...scope.loops, counter]);
  body.inputs.forEach((input, i) => {
    if (i < constants) inner.values.set(input, operand(i));
    if (i >= constants + carries) inner.values.set(input, atStep(operand(i), { counter }));
  });
  const histories = wanted.filter((index) => index >= carries);
  const outputs = [...body.outputs.slice(0, carries), ...histories.map((index) => body.outputs[index]!)];
  const nodes = ancestors(outputs).filter((each) => !inner.values.has(each.result()));
  const after: Kernel[] = [];
  const stacks: Stacks = { node, scope, inner, counter, histories, after };
  for (let i = 0; i < carries; i++) placeCarry(i, stacks);
  for (const index of histories) placeHistory(index, stacks);
  lowerNodes(nodes, outputs, inner);
  scope.kernels.push({ kind: "loop", counter, body: inner.kernels, nodes: [node] }, ...after);
  if (range && !loop.unfilled)
    for (const index of histories) clearBehind(scope.value(node.result(index)), range, stacks);
}

const stepsBefore = (count: View, most: number): StepRange => ({
  count,
  skip: 0,
  per: 1,
  most,
  steps: "before",
});

interface Stacks {
  readonly node: Node;
  readonly scope: Scope;
  readonly inner: Scope;
  readonly counter: LoopCounter;
  /** Results with all steps that are read. */
  readonly histories: readonly number[];
  /** What follows the loop. */
  readonly after: Kernel[];
}

function placeCarry(index: number, stacks: Stacks): void {
  const { node, scope, inner, counter, after: following } = stacks;
  const { body, constants } = node.attributes as Loop;
  const { length, reverse, range } = counter;
  const before = body.inputs[constants + index]!;
  const after = body.outputs[index]!;
  const init = scope.value(node.inputs[constants + index]!);
  const kept = historiesInStack(before, after, stacks);
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
  const row = (at: number): View => atRow(stack, kept.length > 0 ? at : at % 2);
  inner.values.set(before, step(low));
  inner.want(after, step(high));
  const result = node.result(index);
  if (!range) {
    const [first, last] = reverse ? [length, 0] : [0, length];
    scope.copy(init, row(first), [node]);
    scope.values.set(result, row(last));
  } else {
    // Row `count` is where a loop that runs backwards begins, and where another one ends.
    const at: LoopCounter = {
      id: scope.program.counters++,
      length: length + 1,
      reverse: false,
      range: { ...range, steps: "at" },
    };
    const turning = atStep(stack, kept.length > 0 ? { counter: at } : { counter: at, alternate: 0 });
    const copies = (from: View, to: View): Kernel => ({
      kind: "loop",
      counter: at,
      body: copied(from, to, [node]),
      nodes: [node],
    });
    if (reverse) {
      scope.kernels.push(copies(init, turning));
      // Without a step, the row of the last carry is behind the count, where a history of carries after a step is zero.
      const cleared = kept.some((each) => body.outputs[each] !== before);
      const last = cleared ? scope.fresh(result, labelOf(node)) : row(0);
      if (cleared) following.push(...copied(row(0), last, [node]));
      scope.values.set(result, last);
    } else {
      scope.copy(init, row(0), [node]);
      const last = scope.fresh(result, labelOf(node));
      following.push(copies(turning, last));
      scope.values.set(result, last);
    }
  }
  for (const at of kept) {
    scope.values.set(node.result(at), atRows(stack, body.outputs[at] === before ? low : high, length));
  }
}

/**
 * The histories of a carry that are its stack itself. In a counted loop the two histories, before and after each step,
 * end at different rows, and one of them has a place of its own.
 */
function historiesInStack(
  before: Tensor,
  after: Tensor,
  { node, inner, counter, histories }: Stacks,
): number[] {
  const { body } = node.attributes as Loop;
  const ofBefore = histories.filter((at) => body.outputs[at] === before);
  const ofAfter = inner.wanted.has(after) ? [] : histories.filter((at) => body.outputs[at] === after);
  if (!counter.range) return [...ofBefore, ...ofAfter];
  return ofBefore.length > 0 ? ofBefore : ofAfter;
}

function placeHistory(index: number, { node, scope, inner, counter }: Stacks): void {
  const result = node.result(index);
  if (scope.values.has(result)) return;
  const stack = scope.place(result);
  inner.want((node.attributes as Loop).body.outputs[index]!, atStep(stack, { counter }));
}

/** Zeros in the rows of the steps that are left out. */
function clearBehind(history: View, range: StepRange, { node, scope, counter }: Stacks): void {
  const behind: LoopCounter = {
    id: scope.program.counters++,
    length: counter.length,
    reverse: false,
    range: { ...range, steps: "behind" },
  };
  const body = filled(atStep(history, { counter: behind }), 0, [node]);
  if (body.length > 0) scope.kernels.push({ kind: "loop", counter: behind, body, nodes: [node] });
}
