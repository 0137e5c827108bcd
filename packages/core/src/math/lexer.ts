import { EquationError } from "../errors.ts";

/** A piece of an equation; `column` counts from 1 in the equation as a message shows it. */
export interface Token {
  readonly kind: "number" | "name" | "operand" | "symbol" | "end";
  readonly text: string;
  readonly column: number;
  /** Which `${…}` it is. */
  readonly operand?: number;
}

const SPACE = /\s+/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_][A-Za-z_0-9]*|σ/y;
const SYMBOLS = "+-*/^@⊙ᵀ()−·";

/** The equation as a message shows it: `${…}` by the operands' labels. */
export const showEquation = (strings: readonly string[], labels: readonly string[]): string =>
  strings.map((text, i) => flatten(text) + (i < labels.length ? labels[i]! : "")).join("");

const flatten = (text: string): string => text.replaceAll(/\s/g, " ");

/** Tokens of the text between operands and of the operands, in order. @throws EquationError */
export function tokenize(strings: readonly string[], labels: readonly string[]): Token[] {
  const equation = showEquation(strings, labels);
  const tokens: Token[] = [];
  let column = 1;
  strings.forEach((text, i) => {
    let at = 0;
    while (at < text.length) {
      const token = readToken(text, at, column + at);
      if (!token)
        throw new EquationError(
          `unknown symbol ${JSON.stringify(symbolAt(text, at))}`,
          equation,
          column + at,
        );
      if (token !== "space") tokens.push(token);
      at += token === "space" ? match(SPACE, text, at)!.length : token.text.length;
    }
    column += text.length;
    if (i >= labels.length) return;
    tokens.push({ kind: "operand", text: labels[i]!, column, operand: i });
    column += labels[i]!.length;
  });
  tokens.push({ kind: "end", text: "", column });
  return tokens;
}

const symbolAt = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at)!);

function readToken(text: string, at: number, column: number): Token | "space" | undefined {
  if (match(SPACE, text, at)) return "space";
  const number = match(NUMBER, text, at);
  if (number) return { kind: "number", text: number, column };
  const name = match(NAME, text, at);
  if (name) return { kind: "name", text: name, column };
  const symbol = text[at]!;
  return SYMBOLS.includes(symbol) ? { kind: "symbol", text: symbol, column } : undefined;
}

/** Whether a text can be the name of a function. */
export const isName = (text: string): boolean => text !== "" && match(NAME, text, 0) === text;

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
