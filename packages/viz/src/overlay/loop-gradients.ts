import {
  add,
  ancestors,
  broadcastTo,
  constant,
  evaluate,
  type Feeds,
  grad,
  isLoop,
  type Loop,
  type Node,
  scan,
  type Tensor,
} from "@org/core";
import { copyNode } from "../graph/copy-node.ts";
import { isDerived, isFloat } from "../graph/describe.ts";

/** A loop of the forward pass. */
export interface LoopSteps {
  /** The region it was made in. */
  readonly name: string;
  readonly length: number;
  /** `‖∂L/∂·‖` of what each step hands on; absent without feeds, or where the first tensor is no loss. */
  readonly norms?: readonly number[];
}

/** Loops of as many steps and more, from the first. */
export function longLoops(tensors: readonly Tensor[], least: number): Node[] {
  return ancestors(tensors).filter(
    (node) => isLoop(node) && !isDerived(node) && (node.attributes as Loop).length >= least,
  );
}

/**
 * What every step of loops is to a loss. A zero is added to each state that a step hands on: its gradient is that of the
 * state. The norm of a step is over all states of it.
 * @throws FeedError
 */
export function loopSteps(
  tensors: readonly Tensor[],
  loops: readonly Node[],
  feeds: Feeds | undefined,
): LoopSteps[] {
  const told = loops.map((node) => ({ name: nameOf(node), length: (node.attributes as Loop).length }));
  const [loss] = tensors;
  if (!feeds || !loss || loss.shape.length > 0 || !isFloat(loss)) return told;
  const copies = new Map<Tensor, Tensor>();
  const zeros = new Map<Node, readonly Tensor[]>();
  for (const node of ancestors([loss])) {
    if (loops.includes(node)) zeros.set(node, copyLoop(node, copies));
    else copyNode(node, copies);
  }
  const all = [...zeros.values()].flat();
  const slopes = evaluate(grad(copies.get(loss)!, all), feeds);
  return told.map((loop, i) => {
    const own = zeros.get(loops[i]!);
    if (!own || own.length === 0) return loop;
    const sums = new Array<number>(loop.length).fill(0);
    for (const zero of own) {
      const { data } = slopes[all.indexOf(zero)]!;
      const size = data.length / loop.length;
      for (let k = 0; k < data.length; k++) sums[Math.floor(k / size)]! += Number(data[k]) ** 2;
    }
    return { ...loop, norms: sums.map(Math.sqrt) };
  });
}

/** The region that a loop was made in. */
export function nameOf({ origin }: Node): string {
  let at = origin.scope;
  while (at && at.step !== undefined) at = at.parent;
  return at?.label ?? "loop";
}

/** The loop with a zero added to each state of floats in every step. Returns these zeros, `[time, ...]`. */
function copyLoop(node: Node, copies: Map<Tensor, Tensor>): Tensor[] {
  const { body, constants, carries, length, reverse } = node.attributes as Loop;
  const operands = node.inputs.map((input) => copies.get(input)!);
  const shared = operands.slice(0, constants);
  const xs = operands.slice(constants + carries);
  const inner = ancestors(body.outputs);
  const states = [...new Set(body.outputs.slice(0, carries).filter(isFloat))];
  const zeros = states.map(({ shape, dtype }) => broadcastTo(constant(0, dtype), [length, ...shape]));
  const { carry, ys } = scan(
    (before: Tensor[], x: Tensor[]) => {
      const given = [...shared, ...before, ...x.slice(0, xs.length)];
      const own = new Map(body.inputs.map((inside, i) => [inside, given[i]!]));
      const tap = (state: Tensor): unknown =>
        own.set(state, add(own.get(state)!, x[xs.length + states.indexOf(state)]!));
      // With its zero wherever it is read, in this step as well: h_t is made of c_t.
      for (const one of inner) {
        if (own.has(one.result())) continue;
        copyNode(one, own);
        one.results.forEach((_, k) => {
          if (states.includes(one.result(k))) tap(one.result(k));
        });
      }
      for (const state of states) if (body.inputs.includes(state)) tap(state);
      const outputs = body.outputs.map((output) => own.get(output)!);
      return { carry: outputs.slice(0, carries), y: outputs.slice(carries) };
    },
    { init: operands.slice(constants, constants + carries), xs: [...xs, ...zeros], length, reverse },
  );
  carry.forEach((copy, k) => {
    copies.set(node.result(k), copy);
  });
  ys.forEach((copy, k) => {
    if (carries + k < node.results.length) copies.set(node.result(carries + k), copy);
  });
  return zeros;
}
