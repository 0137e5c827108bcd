/**
 * Every block of code in every README runs as it is printed, imports included. The blocks of one file are one program: a
 * later one may use what an earlier one has made, and nothing else.
 */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AsyncFunction, loading } from "../packages/core/test/loaded-imports.ts";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "unroll-readmes-"));

const documents = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".md") && !/(^|\/)(node_modules|out|dist|\.git)\//.test(path))
  .filter((path) => !path.startsWith("docs/")) // `docs` runs those
  .filter((path) => blocksIn(path).length > 0)
  .sort();

interface Block {
  readonly line: number;
  readonly code: string;
}

function blocksIn(path: string): Block[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/^ *```(?:ts|js|tsx|jsx|typescript|javascript|mjs)\b.*\n([\s\S]*?)^ *```/gm)].map(
    (match) => ({
      line: text.slice(0, match.index).split("\n").length,
      code: match[1]!,
    }),
  );
}

/** Each block in the scope of the one before it, and after all of them a note of having come to the end. */
function program(blocks: readonly Block[]): string {
  const text = blocks.map(({ code, line }) => {
    const source = ts.createSourceFile("block.ts", code, ts.ScriptTarget.ES2022, true);
    const statements = source.statements.map((statement) =>
      ts.isImportDeclaration(statement) ? loading(statement) : statement.getText(),
    );
    return `$at(${line});\n${statements.join("\n")}\n`;
  });
  const nested = text.reduceRight((inner, block) => `{\n${block}${inner}\n}`, "$at(0);");
  const { outputText, diagnostics = [] } = ts.transpileModule(nested, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    reportDiagnostics: true,
  });
  for (const { messageText } of diagnostics)
    throw new SyntaxError(ts.flattenDiagnosticMessageText(messageText, "\n"));
  return `"use strict";\n${outputText}`;
}

/** What pictures of a README are drawn with beside our own: the packages that viz installs for its tests. */
const others: Readonly<Record<string, string>> = {
  "@viz-js/viz": "@viz-js/viz/dist/viz.js",
  "graphviz-wasm": "graphviz-wasm/dist/index.js",
};

function load(name: string, path: string): Promise<object> {
  const other = others[name];
  if (other !== undefined) return import(join(root, "packages/viz/node_modules", other));
  return import(name.startsWith(".") ? join(root, dirname(path), name) : name);
}

const home = process.cwd();

beforeAll(() => {
  const fonts = "packages/viz/node_modules/@fontsource/dejavu-mono/files";
  copyFileSync(
    join(root, fonts, "dejavu-mono-latin-400-normal.woff2"),
    join(folder, "NotoSansSC-Regular.ttf"),
  );
  process.chdir(folder);
});

afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

test("documents with code are found", () => {
  expect(documents).toContain("README.md");
  for (const name of ["core", "nn", "optim", "viz"])
    expect(documents).toContain(`packages/${name}/README.md`);
});

test("the comparison in the README is what was measured", () => {
  const [readme, ...results] = [
    "README.md",
    "benchmarks/results/amd-epyc.md",
    "benchmarks/results/intel-xeon.md",
  ].map((path) => readFileSync(join(root, path), "utf8")) as [string, string, string];
  const measured = results.flatMap((text) =>
    ["W1", "W2", "W3"].map((name) => text.split(`### ${name}, one thread`)[1]!.split("###")[0]!),
  );
  for (const name of ["Unroll", "Unroll, Node 24, wide", "PyTorch fused", "jax-js", "TensorFlow.js wasm"]) {
    const medians = measured.map(
      (part) => new RegExp(`^\\| ${name} \\| ([\\d.]+ \\S+)`, "m").exec(part)?.[1],
    );
    const row = new RegExp(`^\\| ${name} +\\|(.*)\\|$`, "m").exec(readme)?.[1]?.split("|");
    expect(
      row?.map((cell) => cell.trim()),
      name,
    ).toEqual(medians);
  }
});

test.each(documents)("%s", async (path) => {
  let at: number | undefined;
  const scope = {
    $at: (line: number) => {
      at = line;
    },
    $load: (name: string) => load(name, path),
  };
  try {
    await new AsyncFunction(...Object.keys(scope), program(blocksIn(path)))(...Object.values(scope));
  } catch (error) {
    throw new Error(`${path}:${at}: ${error}`, { cause: error });
  }
  expect(at).toBe(0);
});
