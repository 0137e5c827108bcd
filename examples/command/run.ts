/**
 * `npx -y pnpm@12 examples` lists them. `… --quick` runs all in their short form and fails if one does; `… memory` runs one
 * in its short form; `… memory --full` runs it as it is and writes its lines of RESULTS.md anew; `… --full` does that for all.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Reported, readResults, resultPath } from "../shared/result.ts";
import { readArguments } from "./arguments.ts";
import { updateGallery } from "./gallery.ts";
import { type Example, findExamples, folder } from "./heads.ts";
import { rowsOf, updateResults } from "./results.ts";

process.chdir(join(folder, ".."));
const examples = findExamples();
const names = examples.map(({ name }) => name);
const resultsPath = join(folder, "RESULTS.md");
const readmePath = join(folder, "README.md");
const figures = join(folder, "figures");

function list(): void {
  const width = Math.max(...names.map((name) => name.length));
  for (const { name, title } of examples) console.log(`${name.padEnd(width)}  ${title}`);
  console.log("\nnpx -y pnpm@12 examples NAME           runs one in its short form, seconds");
  console.log(
    "npx -y pnpm@12 examples NAME --full    runs all of it, a minute or two; writes its lines of RESULTS.md",
  );
  console.log("npx -y pnpm@12 examples --quick        runs all, each in its short form");
}

/** Packages that are too large for everyone's install. */
function install(what: string): void {
  const command = `npx -y pnpm@12 --dir examples/${what} install --frozen-lockfile --prefer-offline`;
  const { status } = spawnSync(command, { shell: true, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`packages of ${what} could not be installed: ${command}`);
}

/** Runs it; what it found, unless it failed. Alone it is shown as it goes, among others only where it fails. */
function runExample({ name }: Example, args: readonly string[], alone: boolean): Reported | undefined {
  rmSync(resultPath(name), { force: true });
  const start = performance.now();
  const run = spawnSync(process.execPath, ["--import", "tsx", `examples/${name}/main.ts`, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    stdio: alone ? "inherit" : "pipe",
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const failure = run.error ?? (run.status === 0 ? undefined : `${run.stdout ?? ""}${run.stderr ?? ""}`);
  const silent = failure === undefined && !existsSync(resultPath(name));
  const passed = failure === undefined && !silent;
  console.log(`${passed ? "ok    " : "FAILED"} ${seconds.padStart(6)} s  ${name}`);
  if (passed) return readResults(name);
  console.log(
    silent ? `${name} did not save its results: saveResults of examples/shared/result.ts` : failure,
  );
  process.exitCode = 1;
  return undefined;
}

/** Writes the lines of what ran, keeps the pictures that stand for it, and shows both in the gallery. */
function record(reports: ReadonlyMap<string, Reported>): void {
  const before = existsSync(resultsPath) ? readFileSync(resultsPath, "utf8") : "";
  writeFileSync(resultsPath, updateResults(before, reports, names));
  mkdirSync(figures, { recursive: true });
  for (const [name, { picture }] of reports) {
    if (picture) copyFileSync(join("out", name, picture), join(figures, `${name}.svg`));
  }
  const drawn = readdirSync(figures).map((file) => file.replace(/\.svg$/, ""));
  const rows = rowsOf(readFileSync(resultsPath, "utf8"));
  const gallery = updateGallery(readFileSync(readmePath, "utf8"), examples, rows, new Set(drawn));
  writeFileSync(readmePath, gallery);
}

function main(): void {
  const asked = readArguments(process.argv.slice(2), names);
  if (!asked.run) {
    list();
    return;
  }
  const chosen = examples.filter(({ name }) => asked.names.length === 0 || asked.names.includes(name));
  for (const what of new Set(chosen.flatMap(({ installs }) => installs))) install(what);
  const args = [...(asked.full ? [] : ["--quick"]), ...asked.others];
  for (const example of chosen) {
    const report = runExample(example, args, asked.names.length > 0);
    // What came of other data or settings is the reader's.
    if (report && asked.full && asked.others.length === 0) record(new Map([[example.name, report]]));
  }
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
