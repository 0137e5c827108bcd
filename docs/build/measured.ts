/** The sections of the benchmarks' results as files of their own, which pages include: no number is written by hand. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { out, root } from "./places.ts";

const folder = join(out, "measured");
const benchmarks = join(root, "benchmarks");
/** All parts on one processor, and the training steps on all of them. */
const text = readFileSync(join(benchmarks, "results", "amd-epyc.md"), "utf8");
const overview = readFileSync(join(benchmarks, "RESULTS.md"), "utf8");

/** `W1, one thread: LSTM, hidden 128` → `w1-one-thread`. */
const nameOf = (title: string): string =>
  title
    .split(":")[0]!
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const details = /<details>[\s\S]*?<\/details>/g;
const busy = /^\*\*The machine was busy.*$/m;

for (const chapter of text.split(/^(?=## )/m).slice(1)) {
  const disturbed = busy.exec(chapter)?.[0] ?? "";
  for (const part of chapter.split(/^(?=### )/m)) {
    const [heading = "", ...lines] = part.split("\n");
    const title = heading.replace(/^#+ /, "");
    // Goals are the project's own affair. What disturbed a run is said of each of its tables.
    const body = lines
      .join("\n")
      .replace(details, "")
      .replace(busy, "")
      .replace(/^\| goal .*\n(\|.*\n)*/gm, "")
      .trim();
    writeFileSync(join(folder, `${nameOf(title)}.md`), `**${title}**\n\n${body}\n\n${disturbed}\n`);
  }
}
/** The cells of a section's first table, without its head: a row for each contestant. */
function rowsOf(title: string): Map<string, string[]> {
  const section = text.slice(text.indexOf(`# ${title}`));
  const table = /^\|.*\|\n\|[-:| ]+\|\n((?:\|.*\|\n)+)/m.exec(section)?.[1] ?? "";
  const rows = table
    .trim()
    .split("\n")
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  if (!rows.some(([name]) => name === "Unroll")) throw new Error(`the results have no table of ${title}`);
  return new Map(rows.map(([name, ...cells]) => [name!, cells]));
}

/** One line for each contestant: the middle of what the sections say, without ranges. */
const columns: readonly (readonly [head: string, title: string, column: number])[] = [
  ["LSTM 128", "W1, one thread", 0],
  ["tanh RNN 64", "W2, one thread", 0],
  ["GRU 256", "W3, one thread", 0],
  ["LSTM 128, two threads", "W1, two threads", 0],
  ["first step", "Cold start", 0],
  ["memory", "Peak memory", 1],
];
const found = columns.map(([, title, column]) => [rowsOf(title), column] as const);
const glance = [...found[0]![0].keys()].map((name) => [
  name,
  ...found.map(([rows, column]) => rows.get(name)?.[column]?.replace(/ \(.*\)$/, "") ?? "–"),
]);
const lines = [["", ...columns.map(([head]) => head)], ["---", ...columns.map(() => "---:")], ...glance];
writeFileSync(
  join(folder, "at-a-glance.md"),
  `${lines.map((line) => `| ${line.join(" | ")} |`).join("\n")}\n`,
);

const machine = details.exec(text)?.[0].match(/^\|.*\|$/gm) ?? [];
writeFileSync(join(folder, "machine.md"), `${machine.join("\n")}\n`);

const besides = overview.slice(overview.indexOf("### ")).replace(/^### (.*)$/gm, "**$1**");
writeFileSync(join(folder, "side-by-side.md"), besides);
