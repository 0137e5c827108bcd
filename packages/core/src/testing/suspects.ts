import { isFloat } from "../dtype.ts";
import { placeholder } from "../graph/leaves.ts";
import { sourceLine } from "../graph/provenance.ts";
import { Node, type Tensor } from "../graph/tensor.ts";
import { ancestors, descendants, substitute } from "../graph/walk.ts";
import { isLoop } from "../loops/unroll.ts";
import type { NDArray } from "../ndarray.ts";
import { customGradientOp } from "../ops/control.ts";
import { sizeOf } from "../shape.ts";
import { badness, type Comparison } from "./comparison.ts";
import { drawsOf } from "./draws.ts";
import { isHeld } from "./held-values.ts";
import { checkAt } from "./moving-point.ts";
import { OrderCheck } from "./order-check.ts";
import {
  float64,
  functionOf,
  type Meter,
  type Point,
  runner,
  type VectorFunction,
} from "./vector-function.ts";

/** A node whose own gradient rule is wrong. */
export interface Suspect {
  readonly node: Node;
  readonly op: string;
  /** The user's name for it. */
  readonly name: string | undefined;
  /** The line of the user's source that made it. */
  readonly source: string | undefined;
  /** The op whose gradient rule made the node, for one that is itself part of a gradient. */
  readonly ruleOf: string | undefined;
  /** The loops and checkpoints around it, outermost first: `scan step 2`. */
  readonly inside: readonly string[];
  /** Which operand's gradient is wrong; undefined where all are, together. */
  readonly operand: number | undefined;
  /** The rule beside differences of the node alone, at its actual operands. */
  readonly comparison: Comparison;
}

/** Suspects that are named. */
const NAMED = 3;
/** How often the same node, in the steps of a loop, is looked at. */
const REPEATS = 8;
/** Up to this many elements a node is checked in full. */
const FULL = 32;

/** The nodes that the outputs' gradients go through, with the bodies around each. */
type Paths = Map<Node, readonly Node[]>;

/**
 * Runs the graph once more and checks each node on the way from the variables to the outputs alone, at the operands
 * that it really has. Inside of loops too, at every step: nothing is written out.
 */
export function findSuspects(fn: VectorFunction, point: Point, seed: number): Suspect[] {
  const paths: Paths = new Map();
  trace(ancestors(fn.outputs), fn.variables, [], paths);
  const known = new Map<Tensor, NDArray>();
  const seen = new Map<Node, number>();
  const suspects: Suspect[] = [];
  const remember = (tensor: Tensor, value: NDArray | undefined): void => {
    if (value) known.set(tensor, value);
  };
  runner(fn, fn.outputs, [], (node, operands, results, steps) => {
    node.inputs.forEach((input, i) => {
      remember(input, operands[i]);
    });
    node.results.forEach((_, i) => {
      remember(node.result(i), results[i]);
    });
    const around = paths.get(node);
    const times = (seen.get(node) ?? 0) + 1;
    seen.set(node, times);
    const done = suspects.length >= NAMED || suspects.some((suspect) => suspect.node === node);
    if (!around || done || times > REPEATS || !worthChecking(node, suspects)) return;
    const local = alone(node, known, fn.meter);
    const wrong = local && firstWrong(local, seed);
    if (wrong) suspects.push(accuse(node, local, wrong, around, steps));
  })(point);
  return suspects;
}

function trace(
  nodes: readonly Node[],
  roots: readonly Tensor[],
  around: readonly Node[],
  paths: Paths,
): void {
  for (const node of descendants(nodes, roots)) {
    paths.set(node, around);
    for (const body of node.op.bodies?.(node.attributes) ?? []) {
      trace(ancestors(body.outputs), body.inputs, [...around, node], paths);
    }
  }
}

/** A loop's own rule is suspected only where nothing inside was found to be wrong. */
const worthChecking = (node: Node, suspects: readonly Suspect[]): boolean =>
  !isHeld(node) &&
  node.inputs.some(({ dtype }) => isFloat(dtype)) &&
  node.results.some(({ dtype }) => isFloat(dtype)) &&
  !(node.op.bodies && suspects.length > 0);

interface Alone extends VectorFunction {
  readonly point: Point;
  /** The operand that each variable stands for. */
  readonly operands: readonly number[];
}

/** A node as a function of its float operands. */
function alone(node: Node, known: ReadonlyMap<Tensor, NDArray>, meter: Meter): Alone | undefined {
  const custom = node.op === customGradientOp;
  const operands = node.inputs
    .map((_, i) => i)
    .filter((i) => isFloat(node.inputs[i]!.dtype) && !(custom && (i === 0 || repeated(node, i))));
  const stand = new Map<number, Tensor>();
  for (const i of operands) stand.set(i, placeholder(node.inputs[i]!));
  const inputs = custom ? customInputs(node, stand) : node.inputs.map((input, i) => stand.get(i) ?? input);
  const copy = new Node(node.op, inputs, node.attributes, node.results, node.name, node.origin);
  const outputs = node.results.flatMap(({ dtype }, i) =>
    isFloat(dtype) && known.has(node.result(i)) ? [copy.result(i)] : [],
  );
  const valueOf = (tensor: Tensor): NDArray => float64(known.get(tensor)!);
  const local = functionOf(outputs, [...stand.values()], (tensors) => tensors.map(valueOf), meter);
  // A node alone is all there is, whether a rule made it or not.
  return {
    ...local,
    watched: [],
    rulesDecide: true,
    point: operands.map((i) => valueOf(node.inputs[i]!)),
    operands,
  };
}

const repeated = (node: Node, i: number): boolean => node.inputs.indexOf(node.inputs[i]!, 1) < i;

/** What a user's rule has to be the gradient of is the function behind it, not the op itself. */
function customInputs(node: Node, stand: ReadonlyMap<number, Tensor>): Tensor[] {
  const replaced = new Map([...stand].map(([i, variable]) => [node.inputs[i]!, variable]));
  const [y, ...operands] = node.inputs;
  return [...substitute([y!], replaced), ...operands.map((operand) => replaced.get(operand) ?? operand)];
}

function firstWrong(local: Alone, seed: number): Comparison | undefined {
  const size = local.variables.reduce((total, { shape }) => total + sizeOf(shape), 0);
  const labels = {
    variables: local.variables.map(({ shape }, i) => ({ path: String(local.operands[i]), shape })),
    outputs: local.outputs.map(({ shape }, i) => ({ path: `result ${i}`, shape })),
  };
  const outputs = local.outputs.reduce((total, { shape }) => total + sizeOf(shape), 0);
  const mode = size <= FULL && outputs <= FULL ? "full" : "directions";
  const check = new OrderCheck(local, 1, labels, { mode, directions: 2 });
  const { tally } = checkAt([check], local.point, drawsOf(seed));
  const named = tally.failures.filter(({ element }) => element).sort((a, b) => badness(b) - badness(a));
  return named[0] ?? tally.failures[0];
}

function accuse(
  node: Node,
  { operands }: Alone,
  comparison: Comparison,
  around: readonly Node[],
  steps: readonly number[],
): Suspect {
  const inside = around.map((outer, i) => {
    const name = outer.name === undefined ? outer.op.name : `${outer.op.name} ${JSON.stringify(outer.name)}`;
    return isLoop(outer) ? `${name} step ${steps[i]}` : name;
  });
  const operand = comparison.element
    ? Number(comparison.path)
    : operands.length === 1
      ? operands[0]
      : undefined;
  return {
    node,
    op: node.op.name,
    name: node.name,
    source: sourceLine(node),
    ruleOf: node.origin.gradientOf?.op.name,
    inside,
    operand,
    comparison,
  };
}
