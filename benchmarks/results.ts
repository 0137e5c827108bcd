import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, type as systemName, totalmem } from "node:os";
import { table } from "./tables.ts";

/** What ran, where and when. Each section has its own, since parts can be measured again. */
export function showMachine(versions: ReadonlyMap<string, string>, busy: number, rounds: number): string {
  const processors = cpus();
  const rows = [
    ["processor", `${processors[0]?.model.trim() ?? "unknown"}, ${processors.length} cores`],
    ["memory", `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ["system", `${systemName()} ${release()}, ${process.arch}`],
    ["Node", process.version],
    ["load before it began", busy.toFixed(2)],
    ["rounds", String(rounds)],
    ["date", new Date().toISOString().slice(0, 10)],
    ...[...versions].map(([name, version]) => [name, version]),
  ];
  const warning = `**The machine was busy with something else (load ${busy.toFixed(1)}): numbers to be measured again.**`;
  const remarks = busy > processors.length / 4 ? [warning, ""] : [];
  return [
    ...remarks,
    "<details><summary>What it ran on</summary>",
    "",
    table(["", ""], rows),
    "",
    "</details>",
    "",
  ].join("\n");
}

export const load = (): number => loadavg()[0] ?? 0;

const heading = `# Results

Written by \`npx -y pnpm@12 bench\`. What is measured, and how, is in [README.md](README.md). A part that is measured
again replaces its section.
`;

/** The sections of a file, by their titles. */
function sectionsOf(path: string): Map<string, string> {
  if (!existsSync(path)) return new Map();
  const [, ...sections] = readFileSync(path, "utf8").split(/^## /m);
  return new Map(sections.map((text) => [text.slice(0, text.indexOf("\n")), `## ${text.trimEnd()}\n`]));
}

/** Puts a section into the file, in the order of `titles`. */
export function writeSection(path: string, title: string, text: string, titles: readonly string[]): void {
  const sections = sectionsOf(path);
  sections.set(title, text);
  const known = [...sections].sort(([a], [b]) => titles.indexOf(a) - titles.indexOf(b));
  writeFileSync(path, [heading, ...known.map(([, each]) => each)].join("\n"));
}
