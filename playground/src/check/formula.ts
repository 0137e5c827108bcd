import type { Tensor } from "@org/core";
import { type Expression, expressionsOf } from "./expression.ts";

/** How strongly a text holds together: sums the least, names and calls the most. */
const [SUM, PRODUCT, SIGN, POWER, ATOM] = [1, 2, 3, 4, 5];

type Shown = readonly [text: string, strength: number];

const signs: Readonly<Record<string, readonly [sign: string, strength: number]>> = {
  add: [" + ", SUM],
  sub: [" − ", SUM],
  mul: [" ⊙ ", PRODUCT],
  matmul: [" @ ", PRODUCT],
  div: [" / ", PRODUCT],
  greater: [" > ", SUM],
  greaterEqual: [" ≥ ", SUM],
  less: [" < ", SUM],
  lessEqual: [" ≤ ", SUM],
  equal: [" = ", SUM],
  notEqual: [" ≠ ", SUM],
  logicalAnd: [" ∧ ", SUM],
  logicalOr: [" ∨ ", SUM],
};

/** Letters for what is used in several places. */
const letters = ["a", "b", "c", "d", "e", "k", "l", "m", "p", "q", "r", "s", "u", "v"];

/**
 * Tensors as equations: first a line for each part that is used in several places, then a line for each tensor,
 * `∂y/∂W = …`.
 */
export function formulas(tensors: Readonly<Record<string, Tensor>>, taken: readonly string[]): string[] {
  const expressions = expressionsOf(Object.values(tensors));
  const wanted = Object.keys(tensors).map((name, i) => [name, expressions[i]!] as const);
  const uses = new Map<Expression, number>();
  for (const [, expression] of wanted) count(expression, uses);
  const free = letters.filter((letter) => !taken.includes(letter));
  const names = new Map<Expression, string>();
  const lines: string[] = [];
  const show = (expression: Expression, at: number): string => {
    const name = names.get(expression);
    if (name !== undefined) return name;
    const [text, strength] = write(expression, show);
    if (expression.kind === "call" && uses.get(expression)! > 1 && text.length > 6) {
      const given = free.shift();
      if (given !== undefined) {
        names.set(expression, given);
        lines.push(`${given} = ${text}`);
        return given;
      }
    }
    return strength < at ? `(${text})` : text;
  };
  const last = wanted.map(([name, expression]) => `${name} = ${show(expression, 0)}`);
  return [...lines, ...last];
}

function count(expression: Expression, uses: Map<Expression, number>): void {
  const before = uses.get(expression) ?? 0;
  uses.set(expression, before + 1);
  if (before === 0 && expression.kind === "call") for (const part of expression.parts) count(part, uses);
}

function write(expression: Expression, show: (part: Expression, at: number) => string): Shown {
  if (expression.kind === "name") return [expression.name, ATOM];
  if (expression.kind === "number") {
    const text = Number.isInteger(expression.value)
      ? String(expression.value)
      : String(Number(expression.value.toPrecision(6)));
    return [text.replace("-", "−"), expression.value < 0 ? SIGN : ATOM];
  }
  const { op, parts } = expression;
  const [a, b] = parts;
  const sign = signs[op];
  // What is on the right of − and / keeps its parentheses.
  if (sign && a && b) return [`${show(a, sign[1])}${sign[0]}${show(b, sign[1] + 1)}`, sign[1]];
  if (op === "neg" && a) return [`−${show(a, SIGN)}`, SIGN];
  if (op === "square" && a) return [`${show(a, ATOM)}²`, POWER];
  if (op === "pow" && a && b) return [`${show(a, ATOM)}^${show(b, ATOM)}`, POWER];
  if (op === "transpose" && a) return [`${show(a, ATOM)}ᵀ`, ATOM];
  if (op === "sigmoid" && a) return [`σ(${show(a, 0)})`, ATOM];
  return [`${op}(${parts.map((part) => show(part, 0)).join(", ")})`, ATOM];
}
