import { ancestors, evaluate, type NDArray, type Node, Parameter, type Tensor } from "@org/core";

/** What a tensor is made of, without what only arranges its elements. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "call"; readonly op: string; readonly parts: readonly Expression[] };

const number = (value: number): Expression => ({ kind: "number", value });
const call = (op: string, ...parts: Expression[]): Expression => ({ kind: "call", op, parts });
const is = (part: Expression | undefined, value: number): boolean =>
  part?.kind === "number" && part.value === value;

/** Ops that pass on what they are given. */
const passing = new Set(["broadcastTo", "reshape", "cast", "named", "stopGradient"]);

/**
 * Tensors as expressions, simplified: numbers are computed and stand in front, `1 · a`, `a + 0` and choices that are settled
 * go away. What several of them use is the same object.
 */
export function expressionsOf(tensors: readonly Tensor[]): Expression[] {
  const known = new Map<Node, Expression>();
  const same = new Map<string, Expression>();
  const places = new Map<Expression, number>();
  for (const node of ancestors(tensors)) {
    const inputs = node.inputs.map((input) => known.get(input.node)!);
    known.set(node, shared(simplified(node, inputs), same, places));
  }
  return tensors.map(({ node }) => known.get(node)!);
}

/** The expression that was met before, if one is equal: gradients write much down twice. */
function shared(
  expression: Expression,
  same: Map<string, Expression>,
  places: Map<Expression, number>,
): Expression {
  if (places.has(expression)) return expression;
  const parts = expression.kind === "call" ? expression.parts.map((part) => shared(part, same, places)) : [];
  const made: Expression = expression.kind === "call" ? { ...expression, parts } : expression;
  const key =
    made.kind === "call"
      ? `${made.op}(${parts.map((part) => places.get(part)).join()})`
      : made.kind === "name"
        ? made.name
        : `number ${made.value}`;
  const before = same.get(key);
  if (before) return before;
  same.set(key, made);
  places.set(made, places.size);
  return made;
}

function simplified(node: Node, parts: readonly Expression[]): Expression {
  const result = node.result();
  if (result instanceof Parameter) return { kind: "name", name: result.name ?? "parameter" };
  const settled = parts.every(({ kind }) => kind === "number") ? uniform(result) : undefined;
  if (settled !== undefined) return number(settled);
  if (node.op.name === "constant") return { kind: "name", name: plain(evaluate(result)) };
  const [a, b, c] = parts;
  const op = node.op.name;
  if (passing.has(op)) return a!;
  if (op === "where" && a!.kind === "number") return a!.value ? b! : c!;
  if (op === "logicalAnd") {
    if (is(a, 0) || is(b, 0)) return number(0);
    if (is(a, 1)) return b!;
    if (is(b, 1)) return a!;
  }
  if (op === "mul") {
    if (is(a, 0) || is(b, 0)) return number(0);
    if (is(a, 1)) return b!;
    if (is(b, 1)) return a!;
    return scaled(a!, b!);
  }
  if (op === "add" && is(a, 0)) return b!;
  if (op === "add" && a === b) return scaled(number(2), a!);
  if ((op === "add" || op === "sub") && is(b, 0)) return a!;
  if (op === "sub" && is(a, 0)) return call("neg", b!);
  if ((op === "div" || op === "pow") && is(b, 1)) return a!;
  if (op === "pow" && is(b, 2)) return call("square", a!);
  if (op === "neg" && a!.kind === "call" && a!.op === "neg") return a!.parts[0]!;
  return call(op, ...parts);
}

/** `a ⊙ b` with the numbers of both in front. */
function scaled(a: Expression, b: Expression): Expression {
  const [[m, p], [n, q]] = [factor(a), factor(b)];
  const rest = p && q ? call("mul", p, q) : (p ?? q);
  if (!rest) return number(m * n);
  if (m * n === 1) return rest;
  return m * n === -1 ? call("neg", rest) : call("mul", number(m * n), rest);
}

/** A number, and what it multiplies. */
function factor(part: Expression): readonly [number, Expression | undefined] {
  if (part.kind === "number") return [part.value, undefined];
  if (part.kind === "call" && part.op === "neg") return [-1, part.parts[0]];
  const [first, second] = part.kind === "call" && part.op === "mul" ? part.parts : [];
  return first?.kind === "number" ? [first.value, second] : [1, part];
}

/** Several numbers, as `math` has no word for them. */
const plain = (value: NDArray): string =>
  value.data.every(Number.isNaN) ? "NaN" : JSON.stringify(value.toNested());

/** The one number of which a tensor of plain numbers is full. */
function uniform(tensor: Tensor): number | undefined {
  const { data } = evaluate(tensor);
  const [first] = data;
  return first !== undefined && data.every((value) => value === first) ? Number(first) : undefined;
}
