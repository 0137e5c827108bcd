import type { Node } from "@org/core";
import { isDerived, isFloat, slice } from "./describe.ts";
import { containers, readingsOf, type Time } from "./in-time.ts";
import { isArranging, partShape, showShape } from "./labels.ts";
import {
  type Drawing,
  isAligned,
  isRolled,
  missing,
  restSlice,
  showRange,
  type Where,
} from "./loop-columns.ts";
import { type Arc, type Group, type Shown, stepsShown, type Values, type Vertex } from "./vertex.ts";

/** Nodes outside of loops that work step by step, drawn in the columns of time. */
export class StepByStep {
  readonly #drawing: Drawing;
  readonly #shown: Shown;
  /** What the steps that are not shown are of a layer, or of a node that lies in none. */
  readonly #rests = new Map<string, { vertex: Vertex; inputs: Arc[] }>();

  constructor(drawing: Drawing, shown: Shown) {
    this.#drawing = drawing;
    this.#shown = shown;
  }

  /** Draws each step of a node that is shown; `values` then has the stack of all. */
  add(node: Node, time: Time, values: Values, key: string): void {
    const { length } = time;
    const rolled = isRolled(this.#shown);
    const readings = readingsOf(node, length)!;
    const groups = this.#drawing.groupsOf(node);
    const steps = rolled ? [0] : stepsShown(this.#shown, length);
    const operands = node.inputs.map((input) => values.get(input)!);
    const stage = operands.reduce((least, operand, i) => {
      const rows = readings[i] === "step" && isAligned(operand, length) ? operand.rows! : undefined;
      const stages = rows ? rows.flatMap((row) => row?.stage ?? []) : [operand.stage];
      return stages.reduce((most, own) => Math.max(most, rowStage(own, rows !== undefined)), least);
    }, 1);
    const rows: (Vertex | undefined)[] = new Array(length).fill(undefined);
    const block = node.results[0]!.shape[0]! / length;
    for (const t of steps) {
      const at: Where = {
        part: [t * block, (t + 1) * block],
        stage,
        step: t,
        fixed: false,
        key,
        groups: groups.map((group) => ({ ...group, id: `${group.id}@${t}`, whole: group.id })),
        ...(rolled && { times: length }),
      };
      const own: Values = new Map();
      node.inputs.forEach((input, i) => {
        const operand = operands[i]!;
        own.set(
          input,
          readings[i] === "whole"
            ? operand
            : this.#rowOf(operand, node, i, t, time, { ...at, key: `${key} x${i}` }),
        );
      });
      this.#drawing.addNode(node, own, at);
      const made = own.get(node.result())!;
      rows[t] = made;
      if (rolled) rows.fill(made);
    }
    const rest =
      rolled || steps.length === length
        ? undefined
        : this.#restOf(node, time, operands, readings, { stage, key, groups, range: missing(steps, length) });
    values.set(node.result(), this.#drawing.add(stackOf(node, rows, rest, stage, key)));
  }

  #rowOf(operand: Vertex, node: Node, i: number, t: number, { length }: Time, at: Where): Vertex {
    if (operand.kind === "literal") return operand;
    const row = isAligned(operand, length) ? operand.rows![t] : undefined;
    if (row) return row;
    const input = node.inputs[i]!;
    const block = input.shape[0]! / length;
    const part = [t * block, (t + 1) * block] as const;
    const arc = { from: operand, float: isFloat(input) };
    const described = slice(
      operand,
      undefined,
      arc,
      at.times === undefined ? t : "t",
      showShape(partShape(input.shape, part)),
      block === 1,
    );
    const name = `${at.stage} ${t} ${described.label}`;
    operand.slices ??= new Map();
    const known =
      operand.slices.get(name) ??
      this.#drawing.add({
        ...described,
        ...at,
        groups: [],
        node: undefined,
        tensor: input,
        part,
        derived: isDerived(node),
      });
    operand.slices.set(name, known);
    return known;
  }

  #restOf(
    node: Node,
    { length }: Time,
    operands: readonly Vertex[],
    readings: readonly string[],
    {
      stage,
      key,
      groups,
      range,
    }: Pick<Where, "stage" | "key" | "groups"> & {
      readonly range: readonly [from: number, to: number];
    },
  ): Vertex | undefined {
    const place = {
      stage,
      step: undefined,
      fixed: false,
      groups,
      node: undefined,
      tensor: undefined,
      derived: isDerived(node),
      after: range[0],
    };
    const arcs = operands.flatMap((operand, i): Arc[] => {
      const float = isFloat(node.inputs[i]!);
      if (operand.kind === "literal") return [];
      if (readings[i] === "whole") return [{ from: operand, float }];
      if (isAligned(operand, length)) return operand.rest ? [{ from: operand.rest, float }] : [];
      const own = { ...place, key: `${key} x${i}`, groups: [] };
      return [
        {
          from: restSlice(this.#drawing, operand, range, { shape: node.inputs[i]!.shape.slice(1) }, own),
          float,
        },
      ];
    });
    if (arcs.length === 0) return undefined;
    // What joins the loops of a stack is none of them: together they would read each other.
    const layer = layerOf(groups.filter(({ key }) => !this.#drawing.around.has(key)));
    const id = layer?.key ?? key;
    const known = this.#rests.get(id);
    if (known) {
      known.vertex.stage = Math.max(known.vertex.stage, stage);
      for (const arc of arcs) {
        if (arc.from !== known.vertex && !known.inputs.some(({ from }) => from === arc.from))
          known.inputs.push(arc);
      }
      return known.vertex;
    }
    // What only arranges is what it arranges.
    const [only] = arcs;
    const plain = only!.from.kind === "more" || isArranging(node.op.name);
    if (!layer && arcs.length === 1 && plain) return only!.from;
    const vertex = this.#drawing.add({
      kind: "more",
      label: "⋯",
      caption: showRange(range),
      inputs: arcs,
      ...place,
      key: `${layer?.key ?? key} more`,
    });
    this.#rests.set(id, { vertex, inputs: arcs });
    return vertex;
  }
}

/** The outermost region that is a layer. */
export const layerOf = (groups: readonly Group[]): Group | undefined =>
  groups.find(({ name, cell }) => !cell && !containers.has(name));

const rowStage = (stage: number, row: boolean): number =>
  stage % 2 === 1 ? (row ? stage : stage + 2) : stage + 1;

function stackOf(
  node: Node,
  rows: readonly (Vertex | undefined)[],
  rest: Vertex | undefined,
  stage: number,
  key: string,
): Vertex {
  const float = isFloat(node.result());
  const shown = [...new Set(rows)].filter((row) => row !== undefined);
  return {
    kind: "operator",
    label: "stack",
    caption: showShape(node.results[0]!.shape),
    inputs: (rest ? [...shown, rest] : shown).map((from) => ({ from, float })),
    stage: stage + 1,
    step: undefined,
    fixed: false,
    key: `${key} stack`,
    groups: [],
    node: undefined,
    tensor: node.result(),
    derived: isDerived(node),
    rows,
    ...(rest && { rest }),
  };
}
