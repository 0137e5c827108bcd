import { EquationError } from "../errors.ts";
import { showEquation, type Token, tokenize } from "./lexer.ts";

/** A parsed equation. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "operand"; readonly operand: number }
  | Call;

export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly operands: readonly Expression[];
}

/** Parentheses, signs and powers within each other: more than anybody writes, and far fewer than overflow the stack. */
const MOST_LEVELS = 200;

const SUMS: Readonly<Record<string, string>> = { "+": "add", "-": "sub", "−": "sub" };
const PRODUCTS: Readonly<Record<string, string>> = {
  "*": "mul",
  "·": "mul",
  "⊙": "mul",
  "/": "div",
  "@": "matmul",
};

/**
 * Recursive descent over
 *
 *     sum     = product (("+" | "-") product)*
 *     product = unary (("*" | "⊙" | "/" | "@") unary)*
 *     unary   = "-" unary | power
 *     power   = postfix ("^" unary)?          right to left; -a^2 is -(a^2)
 *     postfix = atom "ᵀ"*
 *     atom    = number | operand | name "(" sum ")" | "(" sum ")"
 *
 * @throws EquationError pointing at the column, for what is nested more than 200 deep too
 */
export function parse(
  strings: readonly string[],
  labels: readonly string[],
  isFunction: (name: string) => boolean,
): Expression {
  const tokens = tokenize(strings, labels);
  let at = 0;
  const peek = (): Token => tokens[at]!;
  const fail = (problem: string, token: Token): never => {
    throw new EquationError(problem, showEquation(strings, labels), token.column);
  };
  const accept = (symbols: string | Readonly<Record<string, string>>): string | undefined => {
    const { kind, text } = peek();
    const listed =
      kind === "symbol" && (typeof symbols === "string" ? symbols.includes(text) : text in symbols);
    if (!listed) return undefined;
    at++;
    return text;
  };
  const call = (name: string, ...operands: Expression[]): Expression => ({ kind: "call", name, operands });

  const chain = (operators: Readonly<Record<string, string>>, part: () => Expression): Expression => {
    let left = part();
    for (let operator = accept(operators); operator; operator = accept(operators)) {
      left = call(operators[operator]!, left, part());
    }
    return left;
  };
  const sum = (): Expression => chain(SUMS, product);
  const product = (): Expression => chain(PRODUCTS, unary);
  // Whatever is nested passes here.
  let level = 0;
  const unary = (): Expression => {
    if (++level > MOST_LEVELS) fail(`nested more than ${MOST_LEVELS} deep`, peek());
    const operand = accept("-−") ? call("-", unary()) : power();
    level--;
    return operand;
  };
  const power = (): Expression => {
    const base = postfix();
    return accept("^") ? call("pow", base, unary()) : base;
  };
  const postfix = (): Expression => {
    let operand = atom();
    while (accept("ᵀ")) operand = call("ᵀ", operand);
    return operand;
  };
  const close = (open: Token): void => {
    if (!accept(")"))
      fail(`expected ")" for the "(" at column ${open.column}, found ${showToken(peek())}`, peek());
  };
  const atom = (): Expression => {
    const token = peek();
    if (accept("(")) {
      const inner = sum();
      close(token);
      return inner;
    }
    at++;
    if (token.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token.kind === "operand") return { kind: "operand", operand: token.operand! };
    if (token.kind !== "name") return fail(`expected an operand, found ${showToken(token)}`, token);
    const open = peek();
    if (!isFunction(token.text)) {
      const remedy = open.text === "(" ? "" : `; a tensor of this name is written \${${token.text}}`;
      return fail(`no function is called ${JSON.stringify(token.text)}${remedy}`, token);
    }
    if (!accept("(")) return fail(`expected "(" after ${token.text}, found ${showToken(open)}`, open);
    const inner = sum();
    close(open);
    return call(token.text, inner);
  };

  const expression = sum();
  if (peek().kind !== "end") fail(`expected an operator, found ${showToken(peek())}`, peek());
  return expression;
}

const showToken = ({ kind, text }: Token): string => (kind === "end" ? "the end" : JSON.stringify(text));
