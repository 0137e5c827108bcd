import { ancestors, isLoop, type Loop, type Node, type Scope, type Tensor } from "@org/core";
import { closeBranch, isBranch, openBranch } from "./branches.ts";
import { describe, isDerived, rowOf } from "./describe.ts";
import { namedGroup } from "./functions.ts";
import { Groups } from "./groups.ts";
import { type Timing, timingOf } from "./in-time.ts";
import { expandInner } from "./inner-loops.ts";
import { isArranging, partShape, showShape } from "./labels.ts";
import { expandLoop, type Where } from "./loop-columns.ts";
import { StepByStep } from "./step-by-step.ts";
import type { Group, Shown, Values, Vertex } from "./vertex.ts";

/** Vertices in topological order, in the making. */
class Trace {
  readonly vertices: Vertex[] = [];
  readonly around: Set<string> = new Set();
  readonly #shown: Shown | undefined;
  readonly #counts = new Map<string, number>();
  readonly #groups = new Groups();

  /** Regions that are one box each: the loops in them go through no time of the picture's. */
  readonly #closed: readonly string[];

  constructor(shown: Shown | undefined, closed: readonly string[]) {
    this.#shown = shown;
    this.#closed = closed;
  }

  /** Whether the steps of a loop are drawn. */
  #isOpen(node: Node): boolean {
    return isLoop(node) && namedGroup(this.#groups.of(node), this.#closed) === undefined;
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
    const shown = this.#shown;
    const timing: Timing | undefined = shown && timingOf(nodes, (node) => this.#isOpen(node));
    const steps = shown && new StepByStep(this, shown);
    for (const node of nodes) {
      if (isBranch(node)) {
        this.addNodes(openBranch(node, values), values);
        closeBranch(node, values);
        continue;
      }
      if (shown && this.#isOpen(node) && (node.attributes as Loop).length > 0) {
        expandLoop(this, node, values, shown);
        continue;
      }
      const step = stepOf(node.origin.scope);
      const name = step === undefined ? "node" : `step ${step}`;
      const key = `${step === undefined ? "n" : "s"}${this.count(name)} ${node.op.name}`;
      const time = timing?.timeOf(node);
      if (time && steps && step === undefined) {
        steps.add(node, time, values, key);
        continue;
      }
      const inputs = node.inputs.map((input) => values.get(input)!);
      const groups = this.#groups.of(node);
      this.addNode(node, values, { stage: stageOf(step, inputs), step, fixed: false, key, groups });
    }
  }

  addInner(node: Node, values: Values, at: Where): void {
    if (isBranch(node)) {
      const outer = at.groups.at(-1)?.id ?? "";
      openBranch(node, values).forEach((each, i) => {
        const own = this.groupsOf(each, node).map((group) => ({ ...group, id: `${group.id} ${outer}` }));
        const where = { ...at, key: `${at.key} ${i}`, groups: [...at.groups, ...own] };
        if (isLoop(each)) this.addInner(each, values, where);
        else this.addNode(each, values, where);
      });
      closeBranch(node, values);
    } else if (this.#shown && this.#isOpen(node)) expandInner(this, node, values, at, this.#shown);
    else this.addNode(node, values, at);
  }

  /** Draws a node where it lies; one that only arranges is passed over. */
  addNode(node: Node, values: Values, at: Where): void {
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
      ...describe(node, inputs, row?.index, at.inner ?? (at.times === undefined ? at.step : "t")),
      ...(at.part && { caption: showShape(partShape(node.results[0]!.shape, at.part)) }),
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
 * `shown`, loops stay what they are.
 */
export function traceGraph(
  tensors: readonly Tensor[],
  shown: Shown | undefined,
  closed: readonly string[],
): { vertices: Vertex[]; roots: Vertex[] } {
  const values: Values = new Map();
  const trace = new Trace(shown, closed);
  trace.addNodes(ancestors(tensors), values);
  const roots = tensors.map((tensor) => values.get(tensor)!);
  return { vertices: needed(trace.vertices, roots), roots };
}

/** What roots need, behind what it reads, and else in the order it was made. */
function needed(made: readonly Vertex[], roots: readonly Vertex[]): Vertex[] {
  const wanted = new Set(roots);
  for (const vertex of wanted) {
    for (const { from } of vertex.inputs) wanted.add(from);
    // What goes on to the next step lies behind the state it becomes.
    if (vertex.carry) wanted.add(vertex.carry.from);
  }
  const sorted: Vertex[] = [];
  const state = new Map<Vertex, "open" | "done">();
  for (const start of made) {
    if (!wanted.has(start)) continue;
    const stack = [start];
    for (let at = stack.at(-1); at; at = stack.at(-1)) {
      if (state.get(at) === undefined) {
        state.set(at, "open");
        for (const { from } of at.inputs.toReversed()) if (!state.has(from)) stack.push(from);
      } else {
        stack.pop();
        if (state.get(at) === "open") sorted.push(at);
        state.set(at, "done");
      }
    }
  }
  return sorted;
}
