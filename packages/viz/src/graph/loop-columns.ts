import { ancestors, type Loop, type Node, type Tensor } from "@org/core";
import { isDerived, isFloat, slice } from "./describe.ts";
import { showShape, stateName, subscripted } from "./labels.ts";
import type { Arc, Group, Values, Vertex } from "./vertex.ts";

type Where = Pick<Vertex, "stage" | "step" | "fixed" | "key" | "groups" | "times">;

/** Where vertices go as they are made. */
interface Drawing {
  add(vertex: Vertex): Vertex;
  addNode(node: Node, values: Values, at: Where): void;
  /** A number that counts the calls with the same name. */
  count(name: string): number;
  /** The groups of a node; within a loop only those of the loop's body. */
  groupsOf(node: Node, loop?: Node): Group[];
}

/** A loop with what its operands and its own vertices have to know. */
interface Drawn extends Loop {
  readonly id: string;
  readonly node: Node;
  readonly operands: readonly Vertex[];
  readonly stage: number;
  /** Whether differentiation made it. */
  readonly derived: boolean;
  /** Whether one column stands for all steps. */
  readonly rolled: boolean;
  readonly outer: readonly Group[];
  /** The nodes of the body with their groups in it. */
  readonly inner: readonly (readonly [node: Node, groups: readonly Group[]])[];
}

/**
 * Draws the steps 0, 1, … of a loop, `most` of them at most, and what the others are as one vertex; for `most = 0` one
 * step that stands for all, its state going on to itself.
 */
export function expandLoop(drawing: Drawing, node: Node, values: Values, most: number): void {
  const attributes = node.attributes as Loop;
  const { body, constants, carries, length, reverse } = attributes;
  const operands = node.inputs.map((input) => values.get(input)!);
  const stage = loopStage(operands, constants + carries, length);
  const id = `l${drawing.count("loop")}`;
  const [derived, rolled] = [isDerived(node), most === 0 && length > 0];
  const outer = drawing.groupsOf(node);
  const inner = ancestors(body.outputs).map((each) => [each, drawing.groupsOf(each, node)] as const);
  const loop: Drawn = { ...attributes, id, node, operands, stage, derived, rolled, outer, inner };
  const shown = rolled ? 1 : Math.min(most, length);
  let carry = operands.slice(constants, constants + carries);
  let rest: Vertex | undefined;
  const skip = (): void => {
    if (rolled || shown === length) return;
    const more = drawing.add(restOf(loop, shown, carry));
    rest = more;
    carry = carry.map(() => more);
  };

  const rows: Values[] = [];
  if (reverse) skip();
  for (let i = 0; i < shown; i++) {
    const t = reverse ? shown - 1 - i : i;
    const row = drawStep(drawing, loop, t, carry);
    carry = body.outputs.slice(0, carries).map((output) => row.get(output)!);
    rows[t] = row;
  }
  if (!reverse) skip();
  carry.forEach((vertex, k) => {
    values.set(node.result(k), vertex);
  });
  body.outputs.slice(carries).forEach((output, k) => {
    const steps = Array.from({ length }, (_, t) => rows[rolled ? 0 : t]?.get(output));
    values.set(node.result(carries + k), drawing.add(stackOf(loop, k, steps, rest)));
  });
}

/** Loops run together when one only reads what the other gave at the same step. */
function loopStage(operands: readonly Vertex[], xs: number, length: number): number {
  const before = operands.flatMap((operand, i) => {
    if (i < xs || !isAligned(operand, length)) return operand.stage + (operand.stage % 2 === 1 ? 2 : 1);
    const rows = new Set(operand.rows!);
    return [...rows].map((row) => (row ? row.stage + (row.stage % 2 === 1 ? 0 : 1) : 1));
  });
  return before.reduce((a, b) => Math.max(a, b), 1);
}

const isAligned = ({ rows }: Vertex, length: number): boolean => rows?.length === length;

/** The innermost group that a loop lies in gives its steps their name. */
const cellOf = ({ id, outer }: Drawn, t: number): Group => ({
  id: `${id}@${t}`,
  key: id,
  name: outer.at(-1)?.name ?? "cell",
  cell: true,
});

/** One step: its vertices, and what stands for the tensors of the body in it. */
function drawStep(drawing: Drawing, loop: Drawn, t: number, carry: readonly Vertex[]): Values {
  const { body, constants, carries, length, operands, id, stage, derived, rolled, outer } = loop;
  const groups = [...outer, cellOf(loop, t)];
  const where = (name: string, inner: readonly Group[] = []): Where => ({
    stage,
    fixed: true,
    step: t,
    key: `${id} ${name}`,
    groups: [...groups, ...inner.map((group) => ({ ...group, id: `${group.id} ${id}@${t}` }))],
    ...(rolled && { times: length }),
  });
  const values: Values = new Map();
  const carried: Vertex[] = [];
  body.inputs.forEach((inside, i) => {
    const operand = operands[i]!;
    const own = { node: undefined, tensor: inside, derived };
    if (i < constants) {
      values.set(inside, operand);
    } else if (i < constants + carries) {
      const vertex = { ...carryIn(loop, inside, t, carry[i - constants]!), ...where(`c${i}`) };
      carried.push(drawing.add({ ...vertex, ...own }));
      values.set(inside, carried.at(-1)!);
    } else {
      const row = isAligned(operand, length) ? operand.rows![t] : undefined;
      const arc = { from: operand, float: isFloat(inside) };
      const vertex = {
        ...slice(operand, inside.name, arc, rolled ? "t" : t, showShape(inside.shape)),
        ...own,
      };
      // Loops that run together share what they read of a sequence.
      const name = `${stage} ${t} ${vertex.label}`;
      const known = row ?? operand.slices?.get(name);
      const made = known ?? drawing.add({ ...vertex, ...where(`x${i}`) });
      operand.slices ??= new Map();
      operand.slices.set(name, made);
      values.set(inside, made);
    }
  });
  loop.inner.forEach(([each, inner], i) => {
    if (!values.has(each.result())) drawing.addNode(each, values, where(`n${i}`, inner));
  });
  if (rolled) {
    carried.forEach((vertex, k) => {
      const output = body.outputs[k]!;
      vertex.carry = { from: values.get(output)!, float: isFloat(output) };
    });
  }
  return values;
}

/** The state that a step starts from. */
function carryIn(
  { derived, reverse, rolled }: Drawn,
  inside: Tensor,
  t: number,
  from: Vertex,
): Pick<Vertex, "kind" | "label" | "caption" | "inputs"> {
  const name = stateName(inside.name ?? (derived ? "∂" : "state"));
  const index = rolled ? (reverse ? "t+1" : "t-1") : reverse ? t + 1 : t - 1;
  const label = subscripted(name, index);
  const first = from.kind === "literal" && !rolled;
  if (first) return { kind: "variable", label, caption: `= ${from.label}`, inputs: [] };
  const caption = showShape(inside.shape);
  if (from.kind === "literal") return { kind: "variable", label, caption, inputs: [] };
  return { kind: "variable", label, caption, inputs: [{ from, float: isFloat(inside) }] };
}

/** The steps from `shown` on, as one vertex. */
function restOf(loop: Drawn, shown: number, carry: readonly Vertex[]): Vertex {
  const { body, constants, carries, length, operands, id, stage, derived, outer } = loop;
  const below = operands.slice(constants + carries).flatMap((x) => (isAligned(x, length) && x.rest) || []);
  return {
    kind: "more",
    label: "⋯",
    caption: shown + 1 === length ? `t = ${shown}` : `t = ${shown} … ${length - 1}`,
    inputs: [
      ...carry.map((from, i) => ({ from, float: isFloat(body.inputs[constants + i]!) })),
      ...below.map((from) => ({ from, float: true })),
    ],
    stage,
    step: undefined,
    fixed: true,
    key: `${id} more`,
    groups: outer,
    node: undefined,
    tensor: undefined,
    derived,
  };
}

/** What every step gave, as one tensor. */
function stackOf(
  { node, body, carries, id, stage, derived, outer }: Drawn,
  k: number,
  rows: readonly (Vertex | undefined)[],
  rest: Vertex | undefined,
): Vertex {
  const float = isFloat(body.outputs[carries + k]!);
  const shown = [...new Set(rows)].filter((row) => row !== undefined);
  const inputs: Arc[] = (rest ? [...shown, rest] : shown).map((from) => ({ from, float }));
  return {
    kind: "operator",
    label: "stack",
    caption: showShape(node.results[carries + k]!.shape),
    inputs,
    stage: stage + 1,
    step: undefined,
    fixed: false,
    key: `${id} y${k}`,
    groups: outer,
    node: undefined,
    tensor: node.result(carries + k),
    derived,
    rows,
    ...(rest && { rest }),
  };
}
