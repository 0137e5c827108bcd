import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, type as systemName, totalmem } from "node:os";
import { join } from "node:path";
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

/** `AMD EPYC`, `Intel Xeon`: results of other processors stay. */
export const processorName = (): string =>
  (cpus()[0]?.model ?? "unknown")
    .replace(/\((R|TM)\)/g, "")
    .replace(/ (Processor|CPU)\b.*/, "")
    .trim();

/** `AMD EPYC` → `amd-epyc.md` */
export const fileOf = (processor: string): string =>
  `${processor.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.md`;

const heading = (processor: string): string => `# Results: ${processor}

Written by \`npx -y pnpm@12 bench\`. What is measured, and how, is in [README.md](../README.md). A part that is measured
again on such a processor replaces its section.
`;

/** The sections of a file, by their titles. */
function sectionsOf(path: string): Map<string, string> {
  if (!existsSync(path)) return new Map();
  const [, ...sections] = readFileSync(path, "utf8").split(/^## /m);
  return new Map(sections.map((text) => [text.slice(0, text.indexOf("\n")), `## ${text.trimEnd()}\n`]));
}

/** Puts a section into the file of this processor, in the order of `titles`. */
export function writeSection(path: string, title: string, text: string, titles: readonly string[]): void {
  const sections = sectionsOf(path);
  sections.set(title, text);
  const known = [...sections].sort(([a], [b]) => titles.indexOf(a) - titles.indexOf(b));
  writeFileSync(path, [heading(processorName()), ...known.map(([, each]) => each)].join("\n"));
}

/** Rows of the tables of training steps in a file, by the workload and threads, then by the contestant. */
function stepsIn(text: string): Map<string, Map<string, string[]>> {
  const [, ...parts] = text.split(/^### (?=W\d, )/m);
  return new Map(
    parts.map((part) => {
      const rows = [...part.split(/^## /m)[0]!.matchAll(/^\| (?!-| {2})(.+?) \|(.*)\|$/gm)];
      const cells = rows.map(
        ([, name, rest]) => [name!, rest!.split("|").map((cell) => cell.trim())] as const,
      );
      return [
        part.slice(0, part.indexOf(":")),
        new Map(cells.filter(([, [median]]) => / (ms|µs|s) \(/.test(median!))),
      ];
    }),
  );
}

const withoutRange = (cell: string | undefined): string => cell?.replace(/ \(.*\)$/, "") ?? "–";

/** The overview: training steps on all processors side by side, made of the files in `folder`. */
export function overviewOf(folder: string): string {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .sort();
  const processors = files.map((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    return { file, name: /^# Results: (.*)$/m.exec(text)?.[1] ?? file, steps: stepsIn(text) };
  });
  const workloads = [...new Set(processors.flatMap(({ steps }) => [...steps.keys()]))];
  const parts = workloads.map((workload) => {
    const of = processors.filter(({ steps }) => steps.has(workload));
    const names = [...new Set(of.flatMap(({ steps }) => [...steps.get(workload)!.keys()]))];
    const rows = names.map((name) => [
      name,
      ...of.map(({ steps }) => withoutRange(steps.get(workload)!.get(name)?.[0])),
    ]);
    return `### ${workload}\n\n${table(["", ...of.map(({ name }) => name)], rows)}`;
  });
  return `# Results

Written by \`npx -y pnpm@12 bench\`; what is measured, and how, is in [README.md](README.md). Everything that was measured,
with ranges, ratios and the machine: ${processors.map(({ name, file }) => `[${name}](results/${file})`).join(", ")}.

## Training steps side by side

The median step: forward, backward, clipping and Adam. W1: LSTM, hidden 128, batch 32, T 64. W2: tanh RNN, hidden 64,
batch 1, T 25. W3: GRU, hidden 256, batch 64, T 32.

${parts.join("\n\n")}
`;
}
