import type { Expression, View } from "./kernel.ts";
import { isDense } from "./view.ts";

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
  const pending: { expression: Expression; open: boolean }[] = [...roots]
    .reverse()
    .map((expression) => ({ expression, open: false }));
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { expression, open } = next;
    if (found.has(expression)) continue;
    const operands = operandsOf(expression);
    if (open || operands.length === 0) {
      found.add(expression);
      continue;
    }
    pending.push({ expression, open: true });
    for (const operand of operands)
      if (!found.has(operand)) pending.push({ expression: operand, open: false });
  }
  return [...found];
}

/** Views that expressions load. */
export const loadsOf = (roots: readonly Expression[]): View[] =>
  parts(roots).flatMap((part) =>
    part.kind === "load" ? [part.view] : part.kind === "lookup" ? [part.whole] : [],
  );

/** The expressions with their loads replaced; parts that are shared stay shared. */
export function mapLoads(
  roots: readonly Expression[],
  replace: (view: View, load: Expression) => Expression,
  known: Map<Expression, Expression> = new Map(),
): Expression[] {
  for (const part of parts(roots)) {
    if (known.has(part)) continue;
    if (part.kind === "load") known.set(part, replace(part.view, part));
    else if (part.kind === "constant") known.set(part, part);
    else if (part.kind === "lookup") known.set(part, { ...part, index: known.get(part.index)! });
    else {
      const operands = part.operands.map((operand) => known.get(operand)!);
      const same = operands.every((operand, i) => operand === part.operands[i]);
      known.set(part, same ? part : { ...part, operands });
    }
  }
  return roots.map((root) => known.get(root)!);
}

/** Whether views of one number of elements can be seen in another shape without moving anything. */
export const isFlat = (view: View): boolean => isDense(view) || view.strides.every((stride) => stride === 0);
