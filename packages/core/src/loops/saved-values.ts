import { byteWidth } from "../dtype.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors, descendants } from "../graph/walk.ts";
import { sizeOf } from "../shape.ts";

/**
 * The smallest set of forward tensors, in bytes, from which `results` of a backward body can be computed, where
 * what is `available` costs nothing and cheap ops may be run again: a minimum cut between what has to be computed
 * (carries and ops that are not cheap) and what the backward body reads. What is `kept` already costs nothing. Of
 * equal cuts the one next to the sources: tensors of the forward body, which other gradients share, rather than
 * views and steps that a gradient rule makes of them.
 * Source: Ford & Fulkerson 1956 for the cut; as a choice of what to save, He & Yu 2023, "Transcending runtime-memory
 * tradeoffs in checkpointing by being fusion aware".
 */
export function chooseSaved(
  results: readonly Tensor[],
  carries: readonly Tensor[],
  available: ReadonlySet<Tensor>,
  kept: ReadonlySet<Tensor>,
): Tensor[] {
  const sources = [...carries, ...available];
  const nodes = ancestors(results);
  const forward = forwardNodes(nodes, sources);
  const isForward = (tensor: Tensor): boolean => !available.has(tensor) && forward.has(tensor.node);
  const read = new Set<Tensor>(results.filter(isForward));
  for (const node of nodes) {
    if (!forward.has(node)) for (const input of node.inputs) if (isForward(input)) read.add(input);
  }
  return minimumCut(read, isForward, kept);
}

/**
 * Nodes that depend on the step's carries and xs and on nothing of the backward body, whose own placeholders are
 * leaves that are not among the sources.
 */
function forwardNodes(nodes: readonly Node[], sources: readonly Tensor[]): Set<Node> {
  const known = new Set(sources.map(({ node }) => node));
  const open = nodes.filter((node) => node.inputs.length === 0 && !node.op.cheap && !known.has(node));
  const backward = descendants(
    nodes,
    open.flatMap((node) => node.results.map((_, i) => node.result(i))),
  );
  for (const node of open) backward.add(node);
  const dependent = descendants(nodes, sources);
  return new Set([...known, ...[...dependent].filter((node) => !backward.has(node))]);
}

/** An arc of the flow network; `back` is its reverse. */
interface Arc {
  readonly to: number;
  capacity: number;
  back: Arc;
}

const SOURCE = 0;
const SINK = 1;

/** Each tensor is two vertices joined by an arc of its size; cutting that arc means saving the tensor. */
function minimumCut(
  read: ReadonlySet<Tensor>,
  isForward: (tensor: Tensor) => boolean,
  kept: ReadonlySet<Tensor>,
): Tensor[] {
  const network: Arc[][] = [[], []];
  const entries = new Map<Tensor, number>();
  const join = (from: number, to: number, capacity: number): void => {
    const arc = { to, capacity } as Arc;
    const back: Arc = { to: from, capacity: 0, back: arc };
    arc.back = back;
    network[from]!.push(arc);
    network[to]!.push(back);
  };
  const pending = [...read];
  const entryOf = (tensor: Tensor): number => {
    const known = entries.get(tensor);
    if (known !== undefined) return known;
    const entry = network.push([], []) - 2;
    entries.set(tensor, entry);
    join(entry, entry + 1, kept.has(tensor) ? 0 : byteWidth(tensor.dtype) * sizeOf(tensor.shape));
    pending.push(tensor);
    return entry;
  };
  for (const tensor of read) join(entryOf(tensor) + 1, SINK, Infinity);
  const expanded = new Set<Tensor>();
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (expanded.has(tensor)) continue;
    expanded.add(tensor);
    const entry = entryOf(tensor);
    const { node } = tensor;
    if (!node.op.cheap || node.inputs.length === 0) join(SOURCE, entry, Infinity);
    else for (const input of node.inputs) if (isForward(input)) join(entryOf(input) + 1, entry, Infinity);
  }
  saturate(network);
  const reached = reachedFromSource(network);
  return [...entries]
    .filter(([, entry]) => reached.has(entry) && !reached.has(entry + 1))
    .map(([tensor]) => tensor);
}

/** Augments along shortest paths until none is left (Edmonds & Karp 1972). */
function saturate(network: readonly Arc[][]): void {
  for (;;) {
    const via = new Map<number, Arc>();
    const queue = [SOURCE];
    for (let i = 0; i < queue.length && !via.has(SINK); i++) {
      for (const arc of network[queue[i]!]!) {
        if (arc.capacity === 0 || arc.to === SOURCE || via.has(arc.to)) continue;
        via.set(arc.to, arc);
        queue.push(arc.to);
      }
    }
    if (!via.has(SINK)) return;
    const path: Arc[] = [];
    for (let at = SINK; at !== SOURCE; at = path.at(-1)!.back.to) path.push(via.get(at)!);
    const flow = Math.min(...path.map(({ capacity }) => capacity));
    for (const arc of path) {
      arc.capacity -= flow;
      arc.back.capacity += flow;
    }
  }
}

/** Vertices that the source still reaches. */
function reachedFromSource(network: readonly Arc[][]): Set<number> {
  const reached = new Set([SOURCE]);
  const queue = [SOURCE];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const { to, capacity } of network[at]!) {
      if (capacity === 0 || reached.has(to)) continue;
      reached.add(to);
      queue.push(to);
    }
  }
  return reached;
}
