import { ancestors, isLoop, type Loop, type Node } from "@org/core";
import { isFloat, slice } from "./describe.ts";
import { showShape, stateName } from "./labels.ts";
import { type Drawing, isAligned, isRolled, missing, showRange, type Where } from "./loop-columns.ts";
import { type Arc, type Shown, stepsShown, type Values, type Vertex } from "./vertex.ts";

/** At most so many steps of a loop that runs in each step of another one. */
const MOST = 4;

/** A loop in a step of another loop: its steps stand in the step's column, each behind the one before. */
export function expandInner(drawing: Drawing, node: Node, values: Values, at: Where, shown: Shown): void {
  const { body, constants, carries, length, reverse } = node.attributes as Loop;
  if (isRolled(shown) || length === 0) {
    drawing.addNode(node, values, at);
    return;
  }
  const operands = node.inputs.map((input) => values.get(input)!);
  const steps = stepsShown({ first: Math.min(shown.first, MOST), last: Math.min(shown.last, MOST) }, length);
  const order = reverse ? steps.toReversed() : steps;
  const inner = ancestors(body.outputs);
  let carry = operands.slice(constants, constants + carries);
  const rows: Values[] = [];
  let rest: Vertex | undefined;
  const skip = (): void => {
    const arcs = operands
      .flatMap((from, i): Arc[] => {
        const carried = i >= constants && i < constants + carries;
        return [{ from: carried ? carry[i - constants]! : from, float: isFloat(node.inputs[i]!) }];
      })
      .filter(({ from }) => from.kind !== "literal");
    const more = drawing.add({
      ...at,
      inner: length,
      kind: "more",
      label: "⋯",
      caption: showRange(missing(steps, length)).replace("t", "s"),
      inputs: arcs,
      key: `${at.key} more`,
      node: undefined,
      tensor: undefined,
      derived: false,
    });
    rest = more;
    carry = carry.map(() => more);
  };
  order.forEach((s, i) => {
    const before = order[i - 1];
    const expected = before === undefined ? (reverse ? length - 1 : 0) : before + (reverse ? -1 : 1);
    if (s !== expected) skip();
    const own: Values = new Map();
    const where = (name: string): Where => ({ ...at, inner: s, key: `${at.key} ${s} ${name}` });
    body.inputs.forEach((inside, k) => {
      const operand = operands[k]!;
      const place = { node: undefined, tensor: undefined, derived: false };
      if (k < constants) own.set(inside, operand);
      else if (k < constants + carries) {
        const from = carry[k - constants]!;
        const name = stateName(body.outputs[k - constants]!.name ?? inside.name ?? "state");
        const first = from.kind === "literal";
        own.set(
          inside,
          i > 0 || !first
            ? from
            : drawing.add({
                kind: "variable",
                label: `${name}₋₁`,
                caption: `= ${from.label}`,
                inputs: [],
                ...where(`c${k}`),
                ...place,
              }),
        );
      } else {
        const row = isAligned(operand, length) ? operand.rows![s] : undefined;
        const arc = { from: operand, float: isFloat(inside) };
        const made = slice(operand, undefined, arc, s, showShape(inside.shape));
        own.set(inside, row ?? drawing.add({ ...made, ...where(`x${k}`), ...place }));
      }
    });
    inner.forEach((each, k) => {
      if (own.has(each.result())) return;
      if (isLoop(each)) drawing.addInner(each, own, where(`n${k}`));
      else drawing.addNode(each, own, where(`n${k}`));
    });
    carry = body.outputs.slice(0, carries).map((output) => own.get(output)!);
    rows[s] = own;
  });
  const last = reverse ? 0 : length - 1;
  if (order.at(-1) !== last) skip();
  carry.forEach((vertex, k) => {
    values.set(node.result(k), vertex);
  });
  body.outputs.slice(carries).forEach((output, k) => {
    const all = Array.from({ length }, (_, t) => rows[t]?.get(output));
    const own = [...new Set(all)].filter((row) => row !== undefined);
    const float = isFloat(output);
    const inputs = (rest ? [...own, rest] : own).map((from) => ({ from, float }));
    values.set(
      node.result(carries + k),
      drawing.add({
        ...at,
        inner: length,
        kind: "operator",
        label: "stack",
        caption: showShape(node.results[carries + k]!.shape),
        inputs,
        key: `${at.key} y${k}`,
        node: undefined,
        tensor: undefined,
        derived: false,
        rows: all,
        ...(rest && { rest }),
      }),
    );
  });
}
