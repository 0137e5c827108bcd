import { ancestors, type Node, type Tensor } from "@org/core";
import { isFloat, slice } from "./describe.ts";
import { showShape, stateName, subscripted } from "./labels.ts";
import type { Loop } from "./loop.ts";
import type { Arc, Values, Vertex } from "./vertex.ts";

/** Where vertices go as they are made. */
interface Drawing {
  add(vertex: Vertex): Vertex;
  addNode(node: Node, values: Values, at: Pick<Vertex, "stage" | "step" | "fixed" | "key">): void;
  /** A number that counts the calls with the same name. */
  count(name: string): number;
}

/** Draws the steps 0, 1, … of a loop, `most` of them at most, and what the others are as one vertex. */
export function expandLoop(drawing: Drawing, node: Node, values: Values, most: number): void {
  const { body, constants, carries, length, reverse } = node.attributes as Loop;
  const operands = node.inputs.map((input) => values.get(input)!);
  const id = `l${drawing.count("loop")}`;
  const shown = Math.min(most, length);
  const place = { stage: loopStage(operands, constants + carries, length), fixed: true } as const;
  const arc = (from: Vertex, tensor: Tensor): Arc => ({ from, float: isFloat(tensor) });
  const carryTypes = body.inputs.slice(constants, constants + carries);
  const below = operands.slice(constants + carries).flatMap((x) => (isAligned(x, length) && x.rest) || []);
  const more = (carry: readonly Vertex[]): Vertex =>
    drawing.add({
      ...place,
      kind: "more",
      step: undefined,
      label: "⋯",
      caption: shown + 1 === length ? `t = ${shown}` : `t = ${shown} … ${length - 1}`,
      key: `${id} more`,
      inputs: [
        ...carry.map((from, i) => arc(from, carryTypes[i]!)),
        ...below.map((from) => ({ from, float: true })),
      ],
      node: undefined,
    });

  const nodes = ancestors(body.outputs).filter(({ op }) => op.name !== "placeholder");
  const rows: Values[] = [];
  let carry = operands.slice(constants, constants + carries);
  let rest: Vertex | undefined;
  if (shown < length && reverse) {
    rest = more(carry);
    carry = carry.map(() => rest!);
  }
  for (let i = 0; i < shown; i++) {
    const t = reverse ? shown - 1 - i : i;
    const local: Values = new Map(body.inputs.slice(0, constants).map((inside, k) => [inside, operands[k]!]));
    const at = { ...place, step: t };
    carryTypes.forEach((inside, k) => {
      local.set(
        inside,
        drawing.add(carryIn(inside, carry[k]!, reverse ? t + 1 : t - 1, { ...at, key: `${id} c${k}` })),
      );
    });
    body.inputs.slice(constants + carries).forEach((inside, k) => {
      const sequence = operands[constants + carries + k]!;
      const row = isAligned(sequence, length) ? sequence.rows![t] : undefined;
      const name = inside.name ?? sequence.label;
      local.set(
        inside,
        row ??
          drawing.add({
            ...slice({ ...sequence, label: name }, arc(sequence, inside), t, showShape(inside.shape)),
            ...at,
            key: `${id} x${k}`,
            node: undefined,
          }),
      );
    });
    nodes.forEach((inner, k) => {
      drawing.addNode(inner, local, { ...at, key: `${id} n${k}` });
    });
    carry = body.outputs.slice(0, carries).map((output) => local.get(output)!);
    rows[t] = local;
  }
  if (shown < length && !reverse) {
    rest = more(carry);
    carry = carry.map(() => rest!);
  }
  carry.forEach((vertex, k) => {
    values.set(node.result(k), vertex);
  });
  body.outputs.slice(carries).forEach((output, k) => {
    const steps = Array.from({ length }, (_, t) => rows[t]?.get(output));
    const inputs = [...steps.filter((row) => row !== undefined), ...(rest ? [rest] : [])];
    values.set(
      node.result(carries + k),
      drawing.add({
        kind: "operator",
        label: "stack",
        caption: showShape(node.results[carries + k]!.shape),
        stage: place.stage + 1,
        step: undefined,
        fixed: false,
        key: `${id} y${k}`,
        inputs: inputs.map((from) => arc(from, output)),
        node: undefined,
        rows: steps,
        ...(rest && { rest }),
      }),
    );
  });
}

/** Loops run together when one only reads what the other gave at the same step. */
function loopStage(operands: readonly Vertex[], xs: number, length: number): number {
  const least = operands.map((operand, i) => {
    if (i >= xs && isAligned(operand, length)) return operand.stage - 1;
    return operand.stage + (operand.stage % 2 === 1 ? 2 : 1);
  });
  return Math.max(1, ...least);
}

const isAligned = ({ rows }: Vertex, length: number): boolean => rows?.length === length;

/** The state that a step starts from. */
function carryIn(
  inside: Tensor,
  from: Vertex,
  step: number,
  at: Pick<Vertex, "stage" | "step" | "fixed" | "key">,
): Vertex {
  const label = subscripted(stateName(inside.name ?? "state"), step);
  const given = from.kind === "literal";
  return {
    ...at,
    kind: "variable",
    label,
    caption: given ? `= ${from.label}` : showShape(inside.shape),
    inputs: given ? [] : [{ from, float: isFloat(inside) }],
    node: undefined,
  };
}
