/**
 * What code in documents claims about itself: `expression; // → value` and `const x = expression; // → value` a value,
 * numbers to a relative 1e-6; `// ≈ value` the same to the digits that are written; `statement; // throws Name` an error.
 */
import { deepStrictEqual } from "node:assert/strict";
import { evaluate, NDArray, Tensor } from "@org/core";
import ts from "typescript";

/**
 * The code with calls of `$is` and `$throws` for claims, every line where it was, and imports as `importing` has them.
 * @throws Error for a claim that does not end the line of a statement
 */
export function withClaims(
  code: string,
  first: number,
  importing: (statement: ts.ImportDeclaration) => string,
): string {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);
  let claims = 0;
  let written = "";
  let at = 0;
  for (const statement of source.statements) {
    const text = statement.getText();
    const comment = ts.getTrailingCommentRanges(code, statement.end)?.[0];
    const claim = comment && /^\/\/\s*(→|≈|throws)\s+(.+)$/.exec(code.slice(comment.pos, comment.end));
    written += code.slice(at, statement.getStart());
    at = statement.end;
    if (ts.isImportDeclaration(statement)) {
      const lines = text.replace(/[^\n]/g, "");
      written += importing(statement) + lines;
    } else if (claim) {
      claims++;
      const line = first + source.getLineAndCharacterOfPosition(statement.end).line;
      written += claimed(statement, claim[1]!, claim[2]!.trim(), line);
    } else written += text;
  }
  const marks = code.match(/\/\/\s*(→|≈|throws\s+[A-Z])/g)?.length ?? 0;
  if (marks !== claims) throw new Error(`${marks - claims} claims do not end a statement's line`);
  return written + code.slice(at);
}

function claimed(statement: ts.Statement, kind: string, value: string, line: number): string {
  const text = statement.getText();
  if (kind === "throws") return `await $throws(async () => { ${text} }, "${value}", ${line});`;
  const subject = subjectOf(statement);
  if (!subject) throw new Error(`line ${line}: "// ${kind}" follows an expression or a const`);
  const expected = kind === "≈" ? value.replace(/-?\d[\d_]*(\.\d+)?(e-?\d+)?/g, `$near("$&")`) : value;
  const check = `await $is(async () => (${subject}), async () => (${expected}), ${line});`;
  return ts.isExpressionStatement(statement) ? check : `${text} ${check}`;
}

/** What a statement shows: the expression, what `console.log` prints, the const. */
function subjectOf(statement: ts.Statement): string | undefined {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations[0]?.name.getText();
  if (!ts.isExpressionStatement(statement)) return undefined;
  const { expression } = statement;
  const printed =
    ts.isCallExpression(expression) &&
    expression.expression.getText() === "console.log" &&
    expression.arguments.length === 1;
  return printed ? expression.arguments[0]!.getText() : expression.getText();
}

/** A number that was rounded to the digits written. */
class Near {
  readonly value: number;
  readonly within: number;

  constructor(text: string) {
    const digits = text.replaceAll("_", "");
    const [mantissa, exponent = "0"] = digits.split("e");
    const places = mantissa!.split(".")[1]?.length ?? 0;
    this.value = Number(digits);
    this.within = 0.5000001 * 10 ** (Number(exponent) - places);
  }
}

/** What code with claims calls. */
export interface ClaimChecks {
  $near(text: string): unknown;
  $is(actual: () => unknown, expected: () => unknown, line: number): Promise<void>;
  $throws(body: () => unknown, name: string, line: number): Promise<void>;
}

/** `where` tells a line of the document. */
export const claimChecks = (where: (line: number) => string): ClaimChecks => ({
  $near: (text) => new Near(text),
  $is: async (actual, expected, line) => {
    const value = shown(await expected());
    deepEqual(shown(await actual()), value, where(line));
  },
  $throws: async (body, name, line) => {
    let error: unknown = "nothing";
    try {
      await body();
    } catch (thrown) {
      error = (thrown as Error | undefined)?.constructor?.name;
    }
    deepEqual(error, name, `what ${where(line)} throws`);
  },
});

function deepEqual(actual: unknown, expected: unknown, message: string): void {
  try {
    deepStrictEqual(settled(actual, expected), numbers(expected));
  } catch (error) {
    throw new Error(`${message}: ${(error as Error).message}`);
  }
}

/** Tensors as their values, and values as nested arrays, at any depth of arrays and records. */
function shown(value: unknown): unknown {
  if (value instanceof Tensor) return shown(evaluate(value));
  if (value instanceof NDArray) return value.toNested();
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  return mapped(value, shown);
}

function mapped(value: unknown, map: (element: unknown, key: string | number) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, map(element, key)]));
}

const numbers = (expected: unknown): unknown =>
  expected instanceof Near ? expected.value : mapped(expected, numbers);

/** The actual value with the expected number in every place where the two are close, so that only real differences stay. */
function settled(actual: unknown, expected: unknown): unknown {
  if (typeof actual === "number" && expected instanceof Near)
    return Math.abs(actual - expected.value) <= expected.within ? expected.value : actual;
  if (typeof actual === "number" && typeof expected === "number")
    return Math.abs(actual - expected) <= (1e-6 * Math.abs(expected) || 1e-7) ? expected : actual;
  const beside = (Object(expected) ?? {}) as Record<string | number, unknown>;
  return mapped(actual, (element, key) => settled(element, beside[key]));
}
