import {
  ancestors,
  concat,
  isLoop,
  type Loop,
  less,
  type Node,
  reshape,
  scan,
  slice,
  sub,
  type Tensor,
  take,
  where,
  zerosLike,
} from "@org/core";
import { isBranch, openBranch } from "../graph/branches.ts";
import { copyNode } from "../graph/copy-node.ts";
import { missing } from "../graph/loop-columns.ts";
import { type Shown, stepsShown } from "../graph/vertex.ts";

/** A graph with a tensor of its own for everything that a picture shows. */
export interface WrittenOut {
  /** What stands for a tensor: outside of loops, or at a step of the loop in whose body it lies. */
  find(tensor: Tensor, step: number | undefined): Tensor | undefined;
  /** Whether what was made of the graph depends on it: a gradient with respect to it tells something. */
  isTied(copy: Tensor): boolean;
}

type Copies = Map<Tensor, Tensor>;

/**
 * The graph below tensors with the shown steps of every loop written out, the others in a loop that is left. Values and
 * gradients stay what they were.
 */
export function writeOut(tensors: readonly Tensor[], shown: Shown): WrittenOut {
  const outside: Copies = new Map();
  const steps: Copies[] = [];
  const untied = new Set<Tensor>();
  for (const node of ancestors(tensors)) {
    if (isBranch(node)) writeBranch(node, outside, untied);
    else if (isLoop(node) && shown.first + shown.last > 0) writeLoop(node, shown, outside, steps);
    else copyNode(node, outside);
  }
  return {
    find: (tensor, step) => (step === undefined ? outside.get(tensor) : steps[step]?.get(tensor)),
    isTied: (tensor) => !untied.has(tensor),
  };
}

/** The branch as it is, and beside it what its body would give: a gradient through it would be NaN where it does not run. */
function writeBranch(node: Node, copies: Copies, untied: Set<Tensor>): void {
  for (const each of openBranch(node, copies)) {
    copyNode(each, copies);
    each.results.forEach((_, i) => {
      untied.add(copies.get(each.result(i))!);
    });
  }
  copyNode(node, copies);
}

function writeLoop(node: Node, which: Shown, outside: Copies, written: Copies[]): void {
  const { body, constants, carries, length, reverse, counted } = node.attributes as Loop;
  const operands = node.inputs.map((input) => outside.get(input)!);
  const shared = operands.slice(0, constants);
  const xs = operands.slice(constants + carries);
  const count = counted ? operands[0] : undefined;
  const inner = ancestors(body.outputs);
  let carry = operands.slice(constants, constants + carries);
  const run = (before: readonly Tensor[], x: readonly Tensor[]): Copies => {
    const given = [...shared, ...before, ...x];
    const copies: Copies = new Map(body.inputs.map((inside, i) => [inside, given[i]!]));
    for (const one of inner) if (!copies.has(one.result())) copyNode(one, copies);
    return copies;
  };
  const outputsOf = (copies: Copies): Tensor[] => body.outputs.map((output) => copies.get(output)!);

  const steps = stepsShown(which, length);
  const rows: (readonly Tensor[])[] = [];
  let rest: readonly Tensor[] = [];
  const gap = missing(steps, length);
  const runRest = (): void => {
    const [from, to] = gap;
    const result = scan(
      (before: Tensor[], x: Tensor[] | undefined) => {
        const outputs = outputsOf(run(before, x ?? []));
        return { carry: outputs.slice(0, carries), y: outputs.slice(carries) };
      },
      {
        init: carry,
        ...(xs.length > 0 && { xs: xs.map((x) => range(x, from, to)) }),
        length: to - from + 1,
        reverse,
        ...(count && { count: sub(count, from) }),
      },
    );
    carry = result.carry;
    rest = result.ys;
  };
  const order = Array.from({ length }, (_, i) => (reverse ? length - 1 - i : i));
  const apart = new Set(steps);
  let skipped = false;
  for (const t of order) {
    if (!apart.has(t)) {
      if (!skipped) runRest();
      skipped = true;
      continue;
    }
    const copies = run(
      carry,
      xs.map((x) => take(x, t)),
    );
    written[t] = new Map([...(written[t] ?? []), ...copies]);
    const outputs = outputsOf(copies);
    const runs = count && less(t, count);
    carry = outputs.slice(0, carries).map((after, k) => (runs ? where(runs, after, carry[k]!) : after));
    rows[t] = outputs.slice(carries).map((row) => (runs ? where(runs, row, zerosLike(row)) : row));
  }
  carry.forEach((copy, k) => {
    outside.set(node.result(k), copy);
  });
  for (let k = 0; k < body.outputs.length - carries; k++) {
    const stack = node.result(carries + k);
    const parts = Array.from({ length }, (_, t) => t).flatMap((t): Tensor[] => {
      const row = rows[t]?.[k];
      if (row) return [reshape(row, [1, ...row.shape])];
      const others = rest[k];
      return t === gap[0] && others ? [others] : [];
    });
    outside.set(stack, parts.length > 0 ? concat(parts) : stack);
  }
}

const range = (x: Tensor, from: number, to: number): Tensor =>
  slice(x, [from, ...x.shape.slice(1).map(() => 0)], [to + 1, ...x.shape.slice(1)]);
