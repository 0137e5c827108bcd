import { isLoop, type Loop, type Node, type Tensor, take } from "@org/core";
import { isInfix, several, showShape, signOf, subscripted, uniformValue } from "./labels.ts";

import type { Arc, Vertex } from "./vertex.ts";

const arcsFrom = (inputs: readonly Vertex[], node: Node): Arc[] =>
  inputs.map((from, i) => ({ from, float: isFloat(node.inputs[i]!) }));

export const isFloat = ({ dtype }: Tensor): boolean => dtype === "f32" || dtype === "f64";

/** A row, at a literal index, of a stack: its vertex where the rows are known. */
export function rowOf(
  node: Node,
  inputs: readonly Vertex[],
): { index: number; vertex: Vertex | undefined } | undefined {
  const index = inputs[1];
  if (node.op.name !== "take" || index?.kind !== "literal" || node.inputs[1]!.shape.length > 0)
    return undefined;
  const at = Number(index.label);
  return Number.isNaN(at) ? undefined : { index: at, vertex: inputs[0]!.rows?.[at] };
}

/** Whether a gradient rule made a node. */
export const isDerived = (node: Node): boolean => node.origin.gradientOf !== undefined;

type Description = Pick<Vertex, "kind" | "label" | "caption" | "inputs" | "rows" | "slice" | "stateless">;

/** How a node is drawn; `row` is the index of the row it takes, `step` the time step it lies in. */
export function describe(
  node: Node,
  inputs: readonly Vertex[],
  row: number | undefined,
  step: number | "t" | undefined,
): Description {
  const { op, name } = node;
  const arcs = arcsFrom(inputs, node);
  const caption = showShape(node.results[0]?.shape ?? []);
  if (isLoop(node)) {
    const { length, carries } = node.attributes as Loop;
    const caption = several(length, "step");
    return { kind: "loop", label: "scan", caption, inputs: arcs, ...(carries === 0 && { stateless: true }) };
  }
  if (op.name === "parameter") return { kind: "parameter", label: name ?? "parameter", caption, inputs: [] };
  if (op.name === "constant") {
    const value = uniformValue(node.result());
    return value === undefined
      ? { kind: "variable", label: name ?? "constant", caption, inputs: [] }
      : { kind: "literal", label: value, caption: "", inputs: [] };
  }
  if (inputs.length === 0) return { kind: "variable", label: name ?? op.name, caption, inputs: [] };
  if (row !== undefined && step !== undefined) return slice(inputs[0]!, name, arcs[0]!, row, caption);
  if (name !== undefined) {
    const label = step === undefined ? name : subscripted(name, step);
    return { kind: "variable", label, caption, inputs: arcs };
  }
  if (op.name === "stopGradient") return { kind: "cut", label: "cut", caption: "", inputs: arcs };
  const stacked = op.name === "concat" && node.inputs.every(isRow);
  if (stacked) return { kind: "operator", label: "stack", caption, inputs: arcs, rows: inputs };
  // What `cond` gives: one of what its branches give.
  if (op.name === "where" && node.origin.scope?.label === "cond" && !isDerived(node))
    return { kind: "operator", label: "cond", inputs: arcs, caption };
  return { kind: "operator", ...infixLabel(op.name, arcs), caption };
}

/** What a step gets of a sequence. A sequence that is fed is drawn as its slices alone. */
export function slice(
  sequence: Vertex,
  name: string | undefined,
  arc: Arc,
  index: number | "t",
  caption: string,
  single = true,
): Description {
  const fed = sequence.kind === "variable" && sequence.inputs.length === 0;
  const inputs = fed || sequence.kind === "literal" ? [] : [arc];
  const value = single && index !== "t" && index >= 0 ? rowValue(sequence.node, index) : undefined;
  if (value !== undefined) return { kind: "literal", label: value, caption: "", inputs: [] };
  const label = subscripted(name ?? (fed || sequence.slice ? sequence.label : "x"), index);
  return { kind: "variable", label, caption, inputs, slice: true };
}

/** What a row of a constant holds, where that can be said in a word. */
function rowValue(node: Node | undefined, index: number): string | undefined {
  const rows = node?.op.name === "constant" ? node.result() : undefined;
  return rows && uniformValue(take(rows, index));
}

/** Whether a tensor is a step's result made into a row. */
const isRow = ({ op, shape, inputs }: Tensor): boolean =>
  op.name === "reshape" && shape[0] === 1 && inputs[0]!.shape.length === shape.length - 1;

/** The sign of an op; a number among its two operands becomes part of it. */
function infixLabel(op: string, arcs: readonly Arc[]): { label: string; inputs: readonly Arc[] } {
  const [a, b] = arcs;
  if (!isInfix(op) || !a || !b || (a.from.kind === "literal") === (b.from.kind === "literal")) {
    return { label: signOf(op), inputs: arcs };
  }
  const sign = op === "mul" ? "×" : op === "pow" ? "^" : signOf(op);
  if (a.from.kind === "literal") return { label: `${a.from.label} ${sign}`, inputs: [b] };
  return { label: `${sign} ${b.from.label}`, inputs: [a] };
}
