/**
 * Runs every `@example` in the docstrings of all packages, in a scope that holds the exports of the file's package
 * and of core, and holds them to what they claim (`claims.ts`).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as core from "@org/core";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { claimChecks, withClaims } from "./claims.ts";
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
function program({ code, line }: Example): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(withClaims(code, line, loading), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    reportDiagnostics: true,
  });
  for (const { messageText } of diagnostics)
    throw new SyntaxError(ts.flattenDiagnosticMessageText(messageText, "\n"));
  return outputText;
}

async function run(example: Example): Promise<void> {
  const folder = join(root, ...example.file.split("/").slice(0, 2));
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entries = Object.values<string>(manifest.exports).map((entry) => import(join(folder, entry)));
  const scope: Record<string, unknown> = Object.assign({}, core, ...(await Promise.all(entries)), {
    $load: (name: string) => import(name.startsWith(".") ? join(root, example.file, "..", name) : name),
    ...claimChecks((line) => `${example.file}:${line}`),
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
