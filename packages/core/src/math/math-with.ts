import { GraphError } from "../errors.ts";
import { drawnAtOnce } from "../graph/provenance.ts";
import { Tensor } from "../graph/tensor.ts";
import { add, div, mul, neg, sub } from "../ops/arithmetic.ts";
import { pow } from "../ops/exponential.ts";
import { matmul } from "../ops/matmul.ts";
import { type Operand, requireOperand, toTensor } from "../ops/operand.ts";
import { transpose } from "../ops/reshape.ts";
import { foldPlain } from "./fold.ts";
import { isName } from "./lexer.ts";
import { type Call, type Expression, parse } from "./parser.ts";

/** A function that an equation may call. */
export type EquationFunction = (x: Operand) => Tensor;

/** What stands before the text of an equation. */
export type EquationTag = (strings: TemplateStringsArray, ...operands: readonly Operand[]) => Tensor;

type Functions = Readonly<Record<string, EquationFunction>>;

/** The signs, which every equation may use. */
const unarySigns: Functions = { "-": neg, ᵀ: transpose };

const binarySigns: Readonly<Record<string, (a: Operand, b: Operand) => Tensor>> = {
  add,
  sub,
  mul,
  div,
  pow,
  matmul,
};

/**
 * A tag for equations, as `math` is, that knows functions by the names you give them, and no others: for functions of
 * your own, and for small bundles, since `math` brings along every function that there is.
 * @throws GraphError for what is no function, and for a name that cannot stand in an equation
 * @example
 * const swish = (x: Operand) => mul(x, sigmoid(x));
 * const equation = mathWith({ swish, σ: sigmoid });
 * evaluate(equation`2 * swish(${[0, 1]}) - σ(0)`); // → [-0.5, 0.9621172]
 */
export function mathWith(functions: Readonly<Record<string, EquationFunction>>): EquationTag {
  checkFunctions(functions);
  const unary = { ...functions, ...unarySigns };
  const isFunction = (name: string): boolean => Object.hasOwn(functions, name);
  const parsed = new WeakMap<TemplateStringsArray, Expression>();
  return (strings, ...operands) => {
    if (!Array.isArray(strings) || !strings.every((text) => typeof text === "string")) {
      const hint = "write math`…`, without parentheses";
      throw new GraphError({
        op: "math",
        problem: `a tag for a template, received ${Array.isArray(strings) ? "an array" : typeof strings}`,
        hint,
      });
    }
    const expression = parsed.get(strings) ?? parse(strings, operands.map(label), isFunction);
    parsed.set(strings, expression);
    for (const [i, x] of operands.entries()) requireOperand("math", x, `${label(x, i)}: `);
    return drawnAtOnce(() => toTensor("math", build(expression, operands, unary)));
  };
}

function checkFunctions(functions: unknown): void {
  const op = "mathWith";
  if (typeof functions !== "object" || functions === null)
    throw new GraphError({ op, problem: `expected functions by their names, received ${String(functions)}` });
  for (const [name, f] of Object.entries(functions)) {
    const shown = JSON.stringify(name);
    if (typeof f !== "function")
      throw new GraphError({ op, problem: `${shown}: expected a function, received ${typeof f}` });
    if (!isName(name))
      throw new GraphError({
        op,
        problem: `${shown} cannot stand in an equation`,
        hint: "letters and digits, or σ",
      });
  }
}

/** What an error calls an operand. */
const label = (operand: Operand, i: number): string =>
  operand instanceof Tensor && operand.name
    ? `\${${operand.name}}`
    : typeof operand === "number"
      ? `\${${operand}}`
      : `\${${i}}`;

/** Chains, which may be long, are deep on the left: those are gone through, and only what is right of them is called for. */
function build(expression: Expression, operands: readonly Operand[], unary: Functions): Operand {
  const calls: Call[] = [];
  let first = expression;
  for (; first.kind === "call"; first = first.operands[0]!) calls.push(first);
  let value: Operand = first.kind === "number" ? first.value : operands[first.operand]!;
  for (const { name, operands: parts } of calls.reverse()) {
    const [, right] = parts;
    value =
      right === undefined
        ? foldPlain(unary[name]!, [value])
        : foldPlain(binarySigns[name]!, [value, build(right, operands, unary)]);
  }
  return value;
}
