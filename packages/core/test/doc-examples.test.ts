/**
 * Runs every `@example` in the docstrings of all packages, in a scope that holds the exports of the file's package
 * and of core. `expression; // → value` asserts a value, numbers to a relative 1e-6; `statement; // throws Name` an error.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as core from "@org/core";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { AsyncFunction, loading } from "./loaded-imports.ts";

const root = join(import.meta.dirname, "../../..");

interface Example {
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

const sources = readdirSync(join(root, "packages")).flatMap((name) =>
  readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join("packages", name, "src", path)),
);
const examples = sources.sort().flatMap(examplesIn);

/** An example is what follows `@example` up to the next tag or the end of its docblock. */
function examplesIn(file: string): Example[] {
  const found: { line: number; lines: string[] }[] = [];
  const text = readFileSync(join(root, file), "utf8");
  for (const block of text.matchAll(/^[ \t]*\/\*\*[\s\S]*?\*\//gm)) {
    const first = text.slice(0, block.index).split("\n").length;
    let open = false;
    block[0].split("\n").forEach((raw, index) => {
      const line = raw.replace(/^\s*(\/\*\*|\*(?!\/)) ?/, "").replace(/\s*\*\/$/, "");
      const tag = /^\s*@(\w+)(.*)$/.exec(line);
      if (tag) {
        open = tag[1] === "example";
        if (open) found.push({ line: first + index, lines: [tag[2] ?? ""] });
      } else if (open) found.at(-1)?.lines.push(line.startsWith("```") ? "" : line);
    });
  }
  return found.map(({ line, lines }) => ({ file, line, code: lines.join("\n") }));
}

/** The example as the body of an async function: imports become calls of `$load`, comments calls of `$is` and `$throws`. */
function program({ code, line: first }: Example): string {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);
  let claims = 0;
  const statements = source.statements.map((statement) => {
    const text = statement.getText();
    if (ts.isImportDeclaration(statement)) return loading(statement);
    const comment = ts.getTrailingCommentRanges(code, statement.end)?.[0];
    const claim = comment && /^\/\/\s*(→|throws)\s+(.+)$/.exec(code.slice(comment.pos, comment.end));
    if (!claim) return text;
    claims++;
    const [, kind, value] = claim;
    const line = first + source.getLineAndCharacterOfPosition(statement.end).line;
    if (kind === "throws") return `await $throws(async () => { ${text} }, "${value?.trim()}", ${line});`;
    const subject = ts.isExpressionStatement(statement)
      ? statement.expression.getText()
      : ts.isVariableStatement(statement) && statement.declarationList.declarations[0]?.name.getText();
    if (!subject) throw new Error(`line ${line}: "// →" follows an expression or a const`);
    const check = `await $is(async () => (${subject}), async () => (${value}), ${line});`;
    return ts.isExpressionStatement(statement) ? check : `${text}\n${check}`;
  });
  const written = code.match(/\/\/\s*(→|throws\s+[A-Z])/g)?.length ?? 0;
  if (written !== claims)
    throw new Error(`${written - claims} "// →" or "// throws" do not end a statement's line`);
  const { outputText, diagnostics = [] } = ts.transpileModule(statements.join("\n"), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    reportDiagnostics: true,
  });
  for (const { messageText } of diagnostics)
    throw new SyntaxError(ts.flattenDiagnosticMessageText(messageText, "\n"));
  return outputText;
}

/** Tensors as their values, and values as nested arrays, at any depth of arrays and records. */
function shown(value: unknown): unknown {
  if (value instanceof core.Tensor) return shown(core.evaluate(value));
  if (value instanceof core.NDArray) return value.toNested();
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  return mapped(value, shown);
}

function mapped(value: unknown, map: (element: unknown, key: string | number) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, map(element, key)]));
}

/** The actual value with the expected number in every place where the two are close, so that only real differences stay. */
function settled(actual: unknown, expected: unknown): unknown {
  if (typeof actual === "number" && typeof expected === "number") {
    return Math.abs(actual - expected) <= (1e-6 * Math.abs(expected) || 1e-7) ? expected : actual;
  }
  const beside = (Object(expected) ?? {}) as Record<string | number, unknown>;
  return mapped(actual, (element, key) => settled(element, beside[key]));
}

async function run(example: Example): Promise<void> {
  const folder = join(root, ...example.file.split("/").slice(0, 2));
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entries = Object.values<string>(manifest.exports).map((entry) => import(join(folder, entry)));
  const scope: Record<string, unknown> = Object.assign({}, core, ...(await Promise.all(entries)), {
    $load: (name: string) => import(name.startsWith(".") ? join(root, example.file, "..", name) : name),
    $is: async (actual: () => Promise<unknown>, expected: () => Promise<unknown>, line: number) => {
      const value = shown(await expected());
      expect(settled(shown(await actual()), value), `${example.file}:${line}`).toEqual(value);
    },
    $throws: async (body: () => Promise<void>, name: string, line: number) => {
      const error = await body().then(
        () => "nothing",
        (thrown) => thrown?.constructor?.name,
      );
      expect(error, `what ${example.file}:${line} throws`).toBe(name);
    },
  });
  const names = Object.keys(scope);
  const body = new AsyncFunction(...names, `"use strict"; {\n${program(example)}\n}`);
  await body(...names.map((name) => scope[name]));
}

test("the docstrings hold examples", () => expect(examples).not.toEqual([]));

describe("examples", () => {
  for (const example of examples) {
    test(`${example.file}:${example.line}`, () => run(example));
  }
});
