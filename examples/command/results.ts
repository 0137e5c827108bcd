/** RESULTS.md: one table, of which an example's lines can be replaced by themselves. */
import type { Reported } from "../shared/result.ts";
import { linkTo } from "./heads.ts";

const columns = ["example", "seeds", "CPU time", "metric", "result", "baseline", "published"];

const preface = `# Results

Written by \`npx -y pnpm@12 examples --full\`; \`npx -y pnpm@12 examples NAME --full\` replaces the lines of one. The time is
the processor's, of all threads, for everything that the example does.
`;

/**
 * The text of RESULTS.md with other lines for some examples.
 * @param before The text so far, or nothing.
 * @param examples All that exist; lines of others are left out.
 */
export function updateResults(
  before: string,
  reports: ReadonlyMap<string, Reported>,
  examples: readonly string[],
): string {
  const kept = rowsOf(before);
  const rows = examples.flatMap((name) => {
    const report = reports.get(name);
    return report ? linesOf(name, report) : kept.filter(([first]) => first === linkTo(name));
  });
  return `${preface}\n${markdownTable(rows)}\n`;
}

function linesOf(name: string, { seeds, cpuSeconds, results }: Reported): string[][] {
  return results.map(({ metric, value, baseline, published = "" }) =>
    [linkTo(name), `${seeds}`, `${Math.ceil(cpuSeconds)} s`, metric, `${value}`, baseline, published].map(
      (cell) => cell.replaceAll("|", "\\|").replaceAll(/\s+/g, " ").trim(),
    ),
  );
}

/** The cells of a table's rows, without its head. */
export function rowsOf(markdown: string): string[][] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = columns.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [columns, rule, ...rows].map(line).join("\n");
}
