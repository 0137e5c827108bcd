import type { Expression, View } from "./kernel.ts";

/** The value of a view's elements, which is known where it is one literal number. */
export function load(view: View): Expression {
  const { buffer } = view;
  if (buffer.literal === undefined) return { kind: "load", view };
  return { kind: "constant", value: buffer.literal, dtype: buffer.dtype };
}

/** What an expression is computed from. */
export function operandsOf(expression: Expression): readonly Expression[] {
  if (expression.kind === "lookup") return [expression.index];
  return expression.kind === "apply" ? expression.operands : [];
}

/** Every part of some expressions once, operands before what reads them. No recursion over a user's graph. */
export function parts(roots: readonly Expression[]): Expression[] {
  const found = new Set<Expression>();
  const open: Expression[] = [];
  for (const root of roots) {
    open.push(root);
    for (let next = open.at(-1); next; next = open.at(-1)) {
      const before = open.length;
      if (!found.has(next)) {
        const operands = operandsOf(next);
        for (let i = operands.length - 1; i >= 0; i--) if (!found.has(operands[i]!)) open.push(operands[i]!);
      }
      if (open.length > before) continue;
      found.add(next);
      open.pop();
    }
  }
  return [...found];
}

const known = new WeakMap<Expression, readonly View[]>();

/** Views that expressions load, each once. Expressions do not change, so each is looked at once. */
export function loadsOf(roots: readonly Expression[]): readonly View[] {
  const only = roots.length === 1 ? roots[0]! : undefined;
  const earlier = only && known.get(only);
  if (earlier) return earlier;
  const found = new Set<View>();
  for (const part of parts(roots)) {
    if (part.kind === "load") found.add(part.view);
    else if (part.kind === "lookup") found.add(part.whole);
  }
  const views = [...found];
  if (only) known.set(only, views);
  return views;
}

/** The expressions with their loads replaced; parts that are shared stay shared. */
export function mapLoads(
  roots: readonly Expression[],
  replace: (view: View, load: Expression) => Expression,
): Expression[] {
  const made = new Map<Expression, Expression>();
  for (const part of parts(roots)) {
    if (part.kind === "load") made.set(part, replace(part.view, part));
    else if (part.kind === "constant") made.set(part, part);
    else if (part.kind === "lookup") {
      const index = made.get(part.index)!;
      made.set(part, index === part.index ? part : { ...part, index });
    } else {
      const operands = part.operands.map((operand) => made.get(operand)!);
      const same = operands.every((operand, i) => operand === part.operands[i]);
      made.set(part, same ? part : { ...part, operands });
    }
  }
  return roots.map((root) => made.get(root)!);
}

/** The expressions with every view replaced: of loads, and of what look-ups take. `known`: parts that have been replaced already. */
export function viewsReplaced(
  roots: readonly Expression[],
  replace: (view: View) => View,
  known: ReadonlyMap<Expression, Expression> = new Map(),
): Expression[] {
  const made = new Map(known);
  for (const part of parts(roots)) {
    if (made.has(part)) continue;
    if (part.kind === "load") made.set(part, { ...part, view: replace(part.view) });
    else if (part.kind === "lookup")
      made.set(part, { ...part, table: replace(part.table), index: made.get(part.index)! });
    else if (part.kind === "apply")
      made.set(part, { ...part, operands: part.operands.map((operand) => made.get(operand)!) });
    else made.set(part, part);
  }
  return roots.map((root) => made.get(root)!);
}

/** Whether an element may depend on its place in the row-major order. */
export const usesPosition = (values: readonly Expression[]): boolean =>
  parts(values).some(
    (part) => part.kind === "apply" && (part.operands.length === 0 || part.rule.operands !== undefined),
  );
