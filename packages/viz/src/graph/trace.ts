import { ancestors, isLoop, type Loop, type Node, type Scope, type Tensor } from "@org/core";
import { describe, isDerived, rowOf } from "./describe.ts";
import { Groups } from "./groups.ts";
import { isArranging } from "./labels.ts";
import { expandLoop } from "./loop-columns.ts";
import type { Group, Values, Vertex } from "./vertex.ts";

/** Vertices in topological order, in the making. */
class Trace {
  readonly vertices: Vertex[] = [];
  readonly #unroll: number | undefined;
  readonly #counts = new Map<string, number>();
  readonly #groups = new Groups();

  constructor(unroll: number | undefined) {
    this.#unroll = unroll;
  }

  groupsOf(node: Node, loop?: Node): Group[] {
    return this.#groups.of(node, loop);
  }

  /** A number that counts the calls with the same name. */
  count(name: string): number {
    const next = this.#counts.get(name) ?? 0;
    this.#counts.set(name, next + 1);
    return next;
  }

  add(vertex: Vertex): Vertex {
    this.vertices.push(vertex);
    return vertex;
  }

  /** Draws nodes outside of loops that are written out. */
  addNodes(nodes: readonly Node[], values: Values): void {
    for (const node of nodes) {
      if (isLoop(node) && this.#unroll !== undefined && (node.attributes as Loop).length > 0) {
        expandLoop(this, node, values, this.#unroll);
        continue;
      }
      const step = stepOf(node.origin.scope);
      const name = step === undefined ? "node" : `step ${step}`;
      const key = `${step === undefined ? "n" : "s"}${this.count(name)} ${node.op.name}`;
      const inputs = node.inputs.map((input) => values.get(input)!);
      const groups = this.#groups.of(node);
      this.addNode(node, values, { stage: stageOf(step, inputs), step, fixed: false, key, groups });
    }
  }

  /** Draws a node where it lies; one that only arranges is passed over. */
  addNode(
    node: Node,
    values: Values,
    at: Pick<Vertex, "stage" | "step" | "fixed" | "key" | "groups" | "times">,
  ): void {
    const inputs = node.inputs.map((input) => values.get(input)!);
    const [first] = inputs;
    if (first && isArranging(node.op.name) && (node.name === undefined || node.name === first.label)) {
      values.set(node.result(), first);
      return;
    }
    // Which of two it is was said by a number: where gradients are cut, for one.
    if (first?.kind === "literal" && node.op.name === "where") {
      values.set(node.result(), first.label === "0" ? inputs[2]! : inputs[1]!);
      return;
    }
    const row = rowOf(node, inputs);
    if (row?.vertex) {
      values.set(node.result(), row.vertex);
      return;
    }
    const vertex = this.add({
      ...describe(node, inputs, row?.index, at.times === undefined ? at.step : "t"),
      ...at,
      node,
      tensor: node.result(),
      derived: isDerived(node),
    });
    node.results.forEach((_, i) => {
      values.set(node.result(i), vertex);
    });
  }
}

/** The step of the region a node was made in. */
function stepOf(scope: Scope | undefined): number | undefined {
  let at = scope;
  while (at && at.step === undefined) at = at.parent;
  return at?.step;
}

/** The earliest stage at which a vertex outside of loops can lie. */
function stageOf(step: number | undefined, inputs: readonly Vertex[]): number {
  const least = inputs.map((input) => {
    const odd = input.stage % 2 === 1;
    if (step === undefined) return odd ? input.stage + 1 : input.stage;
    return isBeside(input, step) ? input.stage : input.stage + (odd ? 2 : 1);
  });
  return Math.max(step === undefined ? 0 : 1, ...least);
}

/** Whether a vertex lies in the column of a step or in the one next to it. */
const isBeside = (vertex: Vertex, step: number): boolean =>
  vertex.step !== undefined && Math.abs(vertex.step - step) <= 1;

/**
 * The vertices of a graph, those that `tensors` need, in topological order; and those that stand for `tensors`. Without
 * `unroll`, loops stay what they are.
 */
export function traceGraph(
  tensors: readonly Tensor[],
  unroll: number | undefined,
): { vertices: Vertex[]; roots: Vertex[] } {
  const values: Values = new Map();
  const trace = new Trace(unroll);
  trace.addNodes(ancestors(tensors), values);
  const roots = tensors.map((tensor) => values.get(tensor)!);
  const needed = new Set(roots);
  const vertices = trace.vertices
    .reverse()
    .filter((vertex) => {
      if (!needed.has(vertex)) return false;
      for (const { from } of vertex.inputs) needed.add(from);
      // What goes on to the next step lies behind the state it becomes.
      if (vertex.carry) needed.add(vertex.carry.from);
      return true;
    })
    .reverse();
  return { vertices, roots };
}
