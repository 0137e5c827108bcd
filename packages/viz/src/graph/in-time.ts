import { isLoop, type Loop, type Node, type Tensor } from "@org/core";

/** Loops that go through the same sequence of steps. */
export interface Time {
  readonly length: number;
}

/**
 * How an operand is read by a node that works step by step: step t of the result needs step t of it alone, or the whole
 * of it, the same at each step.
 */
export type Reading = "step" | "whole";

/** What is done step by step outside of loops: `x_t W`, where `x` is the stack of all steps. */
export interface Timing {
  /** The time of a node whose result is drawn in the columns of time. */
  timeOf(node: Node): Time | undefined;
  timeOfTensor(tensor: Tensor): Time | undefined;
  timeOfLoop(node: Node): Time | undefined;
}

interface Attributes {
  readonly axes?: readonly number[];
  readonly axis?: number;
  readonly permutation?: readonly number[];
  readonly sizes?: readonly number[];
  readonly before?: readonly number[];
  readonly after?: readonly number[];
  readonly between?: readonly number[];
}

/**
 * How a node reads its operands, the first axis of its result being `steps` blocks of rows, one for each step; undefined
 * where it does not work step by step.
 */
export function readingsOf(node: Node, steps: number): Reading[] | undefined {
  const { op, inputs, results } = node;
  const [result] = results;
  if (inputs.length === 0 || results.length !== 1 || !isStacked(result!.shape, steps)) return undefined;
  const attributes = (node.attributes ?? {}) as Attributes;
  const found = rule(op.name, op.kernel.kind, attributes, node, steps);
  if (!found) return undefined;
  return found.every((reading, i) => reading === "whole" || isStacked(inputs[i]!.shape, steps))
    ? found
    : undefined;
}

const isStacked = (shape: readonly number[], steps: number): boolean =>
  shape.length > 0 && shape[0]! > 0 && shape[0]! % steps === 0;

function rule(
  name: string,
  kind: string,
  { axes, axis, permutation, sizes, before, after, between }: Attributes,
  { inputs, results }: Node,
  steps: number,
): Reading[] | undefined {
  const { shape } = results[0]!;
  const each = (reading: Reading): Reading[] => inputs.map(() => reading);
  const when = (fits: boolean): Reading[] | undefined => (fits ? each("step") : undefined);
  const [x] = inputs;
  switch (name) {
    case "broadcastTo": {
      if (x!.shape.length < shape.length || x!.shape[0] === 1) return each("whole");
      return when(x!.shape[0] === shape[0]);
    }
    case "reshape":
      return when(isStacked(x!.shape, steps));
    case "transpose":
      return when(permutation?.[0] === 0);
    case "concat":
    case "cumsum":
      return when(axis !== 0);
    case "slice":
      return when(sizes?.[0] === x!.shape[0]);
    case "pad":
      return when([before, after, between].every((sizes) => sizes?.[0] === 0));
    case "flip":
      return when(axes !== undefined && !axes.includes(0));
    case "patches":
      return each("step");
    case "take":
      return ["whole", "step"];
    case "matmul":
      if (x!.shape.length < 2) return undefined;
      return inputs[1]!.shape.length === 2 && x!.shape.length === 2 ? ["step", "whole"] : each("step");
    case "stopGradient":
    case "identity":
    case "customGradient":
      return each("step");
  }
  if (kind === "reduce") return when(!(axes ?? [axis]).includes(0));
  if (kind === "map" && inputs.every((input) => String(input.shape) === String(shape))) return each("step");
  return undefined;
}

/** Regions that stand for no layer of their own. */
export const containers: ReadonlySet<string> = new Set(["Sequential"]);

/** The outermost region of a node that is a layer. */
function regionOf({ origin }: Node): object | undefined {
  let found: object | undefined;
  for (let at = origin.scope; at; at = at.parent) if (!containers.has(at.label)) found = at;
  return found;
}

/**
 * Finds what is done step by step, from what loops read and give. `nodes` are those outside of loops, in their order; only
 * loops that are open go through time.
 */
export function timingOf(nodes: readonly Node[], isOpen: (loop: Node) => boolean): Timing {
  const plain = nodes.filter(({ origin }) => !isOptimizing(origin.scope));
  const readers = new Map<Tensor, Node[]>();
  for (const node of plain) {
    for (const input of node.inputs) {
      const known = readers.get(input);
      if (known) known.push(node);
      else readers.set(input, [node]);
    }
  }
  const times = new Map<Tensor, Time>();
  const same = new Map<Time, Time>();
  const root = (time: Time): Time => {
    let at = time;
    for (let next = same.get(at); next; next = same.get(at)) at = next;
    return at;
  };
  const waiting: Tensor[] = [];
  const mark = (tensor: Tensor, time: Time): void => {
    const known = times.get(tensor);
    if (known) {
      const [a, b] = [root(known), root(time)];
      if (a !== b && a.length === b.length) same.set(a, b);
      return;
    }
    times.set(tensor, time);
    waiting.push(tensor);
  };
  const ofLoop = new Map<Node, Time>();
  for (const node of plain) {
    if (!isLoop(node) || !isOpen(node)) continue;
    const { constants, carries, length } = node.attributes as Loop;
    if (length < 2) continue;
    const time = { length };
    ofLoop.set(node, time);
    node.inputs.slice(constants + carries).forEach((xs) => {
      mark(xs, time);
    });
    node.results.slice(carries).forEach((_, k) => {
      mark(node.result(carries + k), time);
    });
  }
  for (let tensor = waiting.pop(); tensor; tensor = waiting.pop()) {
    const time = times.get(tensor)!;
    const made = readingsOf(tensor.node, time.length);
    made?.forEach((reading, i) => {
      if (reading === "step") mark(tensor.node.inputs[i]!, time);
    });
    for (const reader of readers.get(tensor) ?? []) {
      const readings = readingsOf(reader, time.length);
      const fits = readings?.some((reading, i) => reading === "step" && reader.inputs[i] === tensor);
      if (fits) mark(reader.result(), time);
    }
  }
  const timeOfTensor = (tensor: Tensor): Time | undefined => {
    const time = times.get(tensor);
    return time && root(time);
  };
  const inTime = new Map<Node, Time>();
  const lastOf = new Map<object, Time>();
  for (const node of plain) {
    const time = timeOfTensor(node.result());
    if (!time || isLoop(node)) continue;
    const readings = readingsOf(node, time.length);
    // What reads all steps of its own time at once is not done step by step.
    const fits = readings?.every(
      (reading, i) => (reading === "step") === (timeOfTensor(node.inputs[i]!) === time),
    );
    if (!fits) continue;
    inTime.set(node, time);
    const region = regionOf(node);
    if (region) lastOf.set(region, time);
  }
  // A layer lies in one time.
  for (const [node, time] of inTime) {
    const region = regionOf(node);
    if (region && lastOf.get(region) !== time) inTime.delete(node);
  }
  return {
    timeOf: (node) => inTime.get(node),
    timeOfTensor,
    timeOfLoop: (node) => {
      const time = ofLoop.get(node);
      return time && root(time);
    },
  };
}

function isOptimizing(scope: Node["origin"]["scope"]): boolean {
  for (let at = scope; at; at = at.parent) if (at.label === "optimizer") return true;
  return false;
}
