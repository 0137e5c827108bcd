import { ancestors, isLoop, type Loop, type Node, type Tensor } from "@org/core";
import { isDerived, isFloat, slice } from "./describe.ts";
import { showShape, stateName, subscripted } from "./labels.ts";
import { type Arc, type Group, type Shown, stepsShown, type Values, type Vertex } from "./vertex.ts";

export type Where = Pick<Vertex, "stage" | "step" | "fixed" | "key" | "groups" | "times" | "inner" | "part">;

/** Where vertices go as they are made. */
export interface Drawing {
  add(vertex: Vertex): Vertex;
  addNode(node: Node, values: Values, at: Where): void;
  /** Draws a loop in a step of another one. */
  addInner(node: Node, values: Values, at: Where): void;
  /** Keys of the groups that loops lie in. */
  readonly around: Set<string>;
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

/** Whether one column stands for all steps. */
export const isRolled = ({ first, last }: Shown): boolean => first + last === 0;

/**
 * Draws the steps of a loop that are shown, and what the others are as one vertex; where none is, one step that stands
 * for all, its state going on to itself.
 */
export function expandLoop(drawing: Drawing, node: Node, values: Values, shown: Shown): void {
  const attributes = node.attributes as Loop;
  const { body, constants, carries, length, reverse } = attributes;
  const operands = node.inputs.map((input) => values.get(input)!);
  const stage = loopStage(operands, constants + carries, length);
  const id = `l${drawing.count("loop")}`;
  const [derived, rolled] = [isDerived(node), isRolled(shown) && length > 0];
  const outer = drawing.groupsOf(node);
  for (const { key } of outer) drawing.around.add(key);
  const inner = ancestors(body.outputs).map((each) => [each, drawing.groupsOf(each, node)] as const);
  const loop: Drawn = { ...attributes, id, node, operands, stage, derived, rolled, outer, inner };
  const steps = rolled ? [0] : stepsShown(shown, length);
  let carry = operands.slice(constants, constants + carries);
  let rest: Vertex | undefined;
  const rows: Values[] = [];
  const order = reverse ? steps.toReversed() : steps;
  const skip = (before: number): void => {
    if (rolled || steps.length === length || before !== gap(order, reverse, length)) return;
    const more = drawing.add(restOf(drawing, loop, missing(steps, length), carry));
    rest = more;
    carry = carry.map(() => more);
  };
  order.forEach((t, i) => {
    skip(i);
    const row = drawStep(drawing, loop, t, carry);
    carry = body.outputs.slice(0, carries).map((output) => row.get(output)!);
    rows[t] = row;
  });
  skip(order.length);
  carry.forEach((vertex, k) => {
    values.set(node.result(k), vertex);
  });
  body.outputs.slice(carries).forEach((output, k) => {
    const all = Array.from({ length }, (_, t) => rows[rolled ? 0 : t]?.get(output));
    values.set(node.result(carries + k), drawing.add(stackOf(loop, k, all, rest)));
  });
}

/** How many of the shown steps come before those that are not, in the order they are run in. */
function gap(order: readonly number[], reverse: boolean, length: number): number {
  const expected = (i: number): number => (reverse ? length - 1 - i : i);
  const found = order.findIndex((t, i) => t !== expected(i));
  return found < 0 ? order.length : found;
}

/** The first and the last step that is not shown; one run of steps is left out at most. */
export function missing(steps: readonly number[], length: number): readonly [from: number, to: number] {
  const from = steps.findIndex((t, i) => t !== i);
  const first = from < 0 ? steps.length : from;
  return [first, first + (length - steps.length) - 1];
}

export const showRange = ([from, to]: readonly [number, number]): string =>
  from === to ? `t = ${from}` : `t = ${from} … ${to}`;

/** Loops run together when one only reads what the other gave at the same step. */
function loopStage(operands: readonly Vertex[], xs: number, length: number): number {
  const before = operands.flatMap((operand, i) => {
    if (i < xs || !isAligned(operand, length)) return operand.stage + (operand.stage % 2 === 1 ? 2 : 1);
    const rows = new Set(operand.rows!);
    return [...rows].map((row) => (row ? row.stage + (row.stage % 2 === 1 ? 0 : 1) : 1));
  });
  return before.reduce((a, b) => Math.max(a, b), 1);
}

export const isAligned = ({ rows }: Vertex, length: number): boolean => rows?.length === length;

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
      const vertex = { ...carryIn(loop, i - constants, t, carry[i - constants]!), ...where(`c${i}`) };
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
    if (values.has(each.result())) return;
    if (isLoop(each)) drawing.addInner(each, values, where(`n${i}`, inner));
    else drawing.addNode(each, values, where(`n${i}`, inner));
  });
  if (rolled) {
    carried.forEach((vertex, k) => {
      const output = body.outputs[k]!;
      vertex.carry = { from: values.get(output)!, float: isFloat(output) };
    });
  }
  return values;
}

/** The state that a step starts from, by its own name or that of what becomes of it. */
function carryIn(
  { body, constants, derived, reverse, rolled }: Drawn,
  k: number,
  t: number,
  from: Vertex,
): Pick<Vertex, "kind" | "label" | "caption" | "inputs"> {
  const inside = body.inputs[constants + k]!;
  const given = inside.name === "carry" ? undefined : inside.name;
  const name = stateName(body.outputs[k]!.name ?? given ?? (derived ? "∂" : "state"));
  const index = rolled ? (reverse ? "t+1" : "t-1") : reverse ? t + 1 : t - 1;
  const label = subscripted(name, index);
  const first = from.kind === "literal" && !rolled;
  if (first) return { kind: "variable", label, caption: `= ${from.label}`, inputs: [] };
  const caption = showShape(inside.shape);
  if (from.kind === "literal") return { kind: "variable", label, caption, inputs: [] };
  return { kind: "variable", label, caption, inputs: [{ from, float: isFloat(inside) }] };
}

/** The steps that are not shown, as one vertex: it reads what they read. */
function restOf(
  drawing: Drawing,
  loop: Drawn,
  range: readonly [from: number, to: number],
  carry: readonly Vertex[],
): Vertex {
  const { body, constants, carries, length, operands, id, stage, derived, outer } = loop;
  const arc = (from: Vertex, i: number): Arc => ({ from, float: isFloat(body.inputs[i]!) });
  const place = {
    stage,
    step: undefined,
    fixed: true,
    groups: outer,
    node: undefined,
    tensor: undefined,
    derived,
    after: range[0],
  };
  const below = operands.slice(constants + carries).map((x, k) => {
    if (isAligned(x, length) && x.rest) return arc(x.rest, constants + carries + k);
    return arc(
      restSlice(drawing, x, range, body.inputs[constants + carries + k]!, {
        ...place,
        key: `${id} x${constants + carries + k}`,
      }),
      constants + carries + k,
    );
  });
  const inputs = [
    ...carry.map((from, i) => arc(from, constants + i)),
    ...below,
    ...operands.slice(0, constants).map(arc),
  ].filter(({ from }) => from.kind !== "literal");
  return { kind: "more", label: "⋯", caption: showRange(range), inputs, ...place, key: `${id} more` };
}

type Elsewhere = Pick<
  Vertex,
  "stage" | "step" | "fixed" | "groups" | "node" | "tensor" | "derived" | "after" | "key"
>;

/** What steps that are not shown read of a sequence that is fed; else the sequence itself. */
export function restSlice(
  drawing: Drawing,
  sequence: Vertex,
  range: readonly [from: number, to: number],
  inside: Pick<Tensor, "shape">,
  at: Elsewhere,
): Vertex {
  const fed = sequence.kind === "variable" && sequence.inputs.length === 0;
  if (!fed) return sequence;
  const label = `${subscripted(sequence.label, range[0])}…${subscripted("", range[1])}`;
  const name = `${at.stage} rest ${label}`;
  sequence.slices ??= new Map();
  const known =
    sequence.slices.get(name) ??
    drawing.add({
      kind: "variable",
      label: range[0] === range[1] ? subscripted(sequence.label, range[0]) : label,
      caption: showShape(inside.shape),
      inputs: [],
      slice: true,
      ...at,
    });
  sequence.slices.set(name, known);
  return known;
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
