import { ancestors, type Loop, type Node, type Tensor } from "@org/core";
import { isDerived, isFloat, slice } from "./describe.ts";
import { showShape, stateName, subscripted } from "./labels.ts";

import type { Values, Vertex } from "./vertex.ts";

type Where = Pick<Vertex, "stage" | "step" | "fixed" | "key">;

/** Where vertices go as they are made. */
interface Drawing {
  add(vertex: Vertex): Vertex;
  addNode(node: Node, values: Values, at: Where): void;
  /** A number that counts the calls with the same name. */
  count(name: string): number;
}

/** A loop with what its operands and its own vertices have to know. */
interface Unrolled extends Loop {
  readonly id: string;
  readonly node: Node;
  readonly operands: readonly Vertex[];
  readonly stage: number;
  /** Whether differentiation made it. */
  readonly derived: boolean;
}

/** Draws the steps 0, 1, … of a loop, `most` of them at most, and what the others are as one vertex. */
export function expandLoop(drawing: Drawing, node: Node, values: Values, most: number): void {
  const attributes = node.attributes as Loop;
  const { body, constants, carries, length, reverse } = attributes;
  const operands = node.inputs.map((input) => values.get(input)!);
  const stage = loopStage(operands, constants + carries, length);
  const id = `l${drawing.count("loop")}`;
  const loop: Unrolled = { ...attributes, id, node, operands, stage, derived: isDerived(node) };
  const shown = Math.min(most, length);
  let carry = operands.slice(constants, constants + carries);
  let rest: Vertex | undefined;
  const skip = (): void => {
    if (shown === length) return;
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
    const steps = Array.from({ length }, (_, t) => rows[t]?.get(output));
    values.set(node.result(carries + k), drawing.add(stackOf(loop, k, steps, rest)));
  });
}

/** Loops run together when one only reads what the other gave at the same step. */
function loopStage(operands: readonly Vertex[], xs: number, length: number): number {
  const before = operands.flatMap((operand, i) => {
    if (i < xs || !isAligned(operand, length)) return operand.stage + (operand.stage % 2 === 1 ? 2 : 1);
    return operand.rows!.map((row) => (row ? row.stage + (row.stage % 2 === 1 ? 0 : 1) : 1));
  });
  return before.reduce((a, b) => Math.max(a, b), 1);
}

const isAligned = ({ rows }: Vertex, length: number): boolean => rows?.length === length;

/** One step: its vertices, and what stands for the tensors of the body in it. */
function drawStep(drawing: Drawing, loop: Unrolled, t: number, carry: readonly Vertex[]): Values {
  const { body, constants, carries, length, operands, id, stage, derived } = loop;
  const where = (name: string): Where => ({ stage, fixed: true, step: t, key: `${id} ${name}` });
  const values: Values = new Map();
  body.inputs.forEach((inside, i) => {
    const operand = operands[i]!;
    if (i < constants) {
      values.set(inside, operand);
    } else if (i < constants + carries) {
      const vertex = { ...carryIn(loop, inside, t, carry[i - constants]!), ...where(`c${i}`) };
      values.set(inside, drawing.add({ ...vertex, node: undefined, tensor: inside, derived }));
    } else {
      const row = isAligned(operand, length) ? operand.rows![t] : undefined;
      const arc = { from: operand, float: isFloat(inside) };
      const vertex = slice(operand, inside.name, arc, t, showShape(inside.shape));
      const at = where(`x${i}`);
      values.set(inside, row ?? drawing.add({ ...vertex, ...at, node: undefined, tensor: inside, derived }));
    }
  });
  ancestors(body.outputs).forEach((inner, i) => {
    if (!values.has(inner.result())) drawing.addNode(inner, values, where(`n${i}`));
  });
  return values;
}

/** The state that a step starts from. */
function carryIn(
  { derived, reverse }: Unrolled,
  inside: Tensor,
  t: number,
  from: Vertex,
): Pick<Vertex, "kind" | "label" | "caption" | "inputs"> {
  const name = inside.name ?? (derived ? "∂" : "state");
  const label = subscripted(stateName(name), reverse ? t + 1 : t - 1);
  if (from.kind === "literal") return { kind: "variable", label, caption: `= ${from.label}`, inputs: [] };
  const caption = showShape(inside.shape);
  return { kind: "variable", label, caption, inputs: [{ from, float: isFloat(inside) }] };
}

/** The steps from `shown` on, as one vertex. */
function restOf(loop: Unrolled, shown: number, carry: readonly Vertex[]): Vertex {
  const { body, constants, carries, length, operands, id, stage, derived } = loop;
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
    node: undefined,
    tensor: undefined,
    derived,
  };
}

/** What every step gave, as one tensor. */
function stackOf(
  { node, body, carries, id, stage, derived }: Unrolled,
  k: number,
  rows: readonly (Vertex | undefined)[],
  rest: Vertex | undefined,
): Vertex {
  const float = isFloat(body.outputs[carries + k]!);
  const shown = rows.filter((row) => row !== undefined);
  return {
    kind: "operator",
    label: "stack",
    caption: showShape(node.results[carries + k]!.shape),
    inputs: (rest ? [...shown, rest] : shown).map((from) => ({ from, float })),
    stage: stage + 1,
    step: undefined,
    fixed: false,
    key: `${id} y${k}`,
    node: undefined,
    tensor: node.result(carries + k),
    derived,
    rows,
    ...(rest && { rest }),
  };
}
