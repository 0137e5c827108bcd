/** Type-checks and runs the code of all pages, or of those that the command line names, and keeps the pictures that it draws. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { program } from "./blocks.ts";
import { begin, reached } from "./claimed.ts";
import { docs, out, pages, pictures } from "./places.ts";

const chosen = process.argv.slice(2);
const folder = join(out, "blocks");
rmSync(folder, { recursive: true, force: true });
if (chosen.length === 0) rmSync(pictures, { recursive: true, force: true });

/** Program of each page; flat, so that all lie two folders below this package. */
const programs = new Map<string, string>();
for (const page of pages) {
  if (chosen.length > 0 && !chosen.some((part) => page.includes(part))) continue;
  const text = program(page);
  if (text === undefined) continue;
  const file = join(folder, `${page.replace(/\.md$/, "").replaceAll("/", "--")}.ts`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  programs.set(page, file);
}
const config = {
  extends: relative(folder, join(docs, "tsconfig.json")),
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    verbatimModuleSyntax: false,
    isolatedDeclarations: false,
    declaration: false,
    incremental: true,
    tsBuildInfoFile: "../blocks.tsbuildinfo",
  },
  include: ["*.ts"],
  exclude: [],
};
writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));

/** What the compiler says, by page and line. */
function typeErrors(): string[] {
  try {
    execFileSync("npx", ["tsc", "--noEmit", "-p", folder], { cwd: docs, encoding: "utf8" });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout: string };
    return stdout
      .trim()
      .split("\n")
      .map((text) =>
        text.replace(
          /^.*?blocks\/([^(]*)\.ts\((\d+),/,
          (_, name, at) => `${name.replaceAll("--", "/")}.md:${at} (column `,
        ),
      );
  }
}

const failures: string[] = [];
const home = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), "unroll-docs-"));
const { log, table } = console;
process.chdir(scratch);
for (const [page, file] of programs) {
  const begun = performance.now();
  begin(page);
  console.log = console.table = () => {};
  try {
    await import(file);
    if (reached().line !== 0) throw new Error("did not come to its end");
  } catch (error) {
    failures.push(`${page}:${reached().line}: ${(error as Error).stack ?? error}`);
  } finally {
    Object.assign(console, { log, table });
  }
  console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${page}`);
}
process.chdir(home);
rmSync(scratch, { recursive: true });
if (!process.env.DOCS_UNTYPED) failures.push(...typeErrors());
for (const failure of failures) console.error(`\n${failure}`);
if (failures.length > 0)
  console.error(`\n${failures.filter((text) => /^\S/.test(text)).length} faults in the code of pages`);
process.exit(failures.length > 0 ? 1 : 0);
