/** Writes the script of viz's HTML page, packages/viz/src/html/page-script.ts, from its sources in packages/viz/page. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";

const viz = join(import.meta.dirname, "../packages/viz");

/** In an order in which every file stands behind those it imports. */
const files = [
  "elements",
  "numbers",
  "reach",
  "camera",
  "gradient-colours",
  "details",
  "bundle",
  "folding",
  "picture",
  "panel",
  "search",
  "tooltip",
  "main",
];

/** One line of JavaScript: types, comments, imports and indentation gone. */
function strip(name: string): string {
  const source = readFileSync(join(viz, "page", `${name}.ts`), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      removeComments: true,
      verbatimModuleSyntax: true,
    },
  });
  return outputText
    .replace(/^import .*$/gm, "")
    .replace(/^export /gm, "")
    .replace(/\s*\n\s*/g, " ")
    .trim();
}

/** The module that holds the page's script as text, a line per file. */
export function pageScriptModule(): string {
  const lines = ['"use strict";', "{", ...files.map(strip), "}"];
  const text = lines.join("\n").replace(/[\\`]|\$\{/g, "\\$&");
  return [
    "/** The page's script. Made from packages/viz/page by `npx tsx scripts/write-page.ts`: change it there. */",
    `export const pageScript: string = \`${text}\n\`;\n`,
  ].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(join(viz, "src/html/page-script.ts"), pageScriptModule());
}
