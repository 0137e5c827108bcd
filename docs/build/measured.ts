/** The sections of the benchmarks' results as files of their own, which pages include: no number is written by hand. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { out, root } from "./places.ts";

const folder = join(out, "measured");
const text = readFileSync(join(root, "benchmarks", "RESULTS.md"), "utf8");

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
const machine = details.exec(text)?.[0].match(/^\|.*\|$/gm) ?? [];
writeFileSync(join(folder, "machine.md"), `${machine.join("\n")}\n`);
