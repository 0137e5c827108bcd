import { checkOptionNames } from "@org/core";
import type { Callback } from "../training/callback.ts";
import {
  type MetricsLogOptions,
  type MetricsRow,
  metricsLog,
  type RowFormat,
  wholeLines,
} from "./metrics-log.ts";

/**
 * A callback that writes metrics as a table: `step,epoch,loss,validation.loss`, numbers exactly. A metric that comes
 * later becomes a column, and the file is written anew. Training that goes on from a checkpoint appends, without rows
 * twice; training that begins anew replaces the file.
 */
export const csvLog = (path: string, options: MetricsLogOptions = {}): Callback =>
  metricsLog(path, csv(), checkOptionNames("csvLog", options, "rows"));

/** Rows as a table, whose columns are those of the rows written first. */
export function csv(): RowFormat {
  let columns: string[] = [];
  const line = (row: MetricsRow): string => `${columns.map((name) => row[name] ?? "").join(",")}\n`;
  return {
    file(rows) {
      columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      if (rows.length === 0) return "";
      return `${columns.map(quoted).join(",")}\n${rows.map(line).join("")}`;
    },
    line: (row) => (Object.keys(row).every((name) => columns.includes(name)) ? line(row) : undefined),
    parse(text) {
      const [head = "", ...rows] = wholeLines(text);
      const names = cellsOf(head);
      return rows.map((row) => {
        const cells = cellsOf(row).map((cell, i) => [names[i], cell] as const);
        return Object.fromEntries(
          cells.flatMap(([name, cell]) => (name === undefined || cell === "" ? [] : [[name, Number(cell)]])),
        );
      });
    },
  };
}

/** RFC 4180: a cell with a comma, a quote or a new line stands in quotes, its quotes twice. Ours have no new lines. */
const quoted = (name: string): string =>
  /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""').replace(/[\r\n]+/g, " ")}"` : name;

/** No regular expression over quotes: a cell may be longer than what those can go through. */
function cellsOf(line: string): string[] {
  const cells: string[] = [];
  let start = 0;
  let inQuotes = false;
  for (let i = 0; i < line.length; i++) {
    // A quote right behind one that closed is the second of two: a quote of the cell's own.
    if (line[i] === '"') inQuotes = !inQuotes;
    if (line[i] !== "," || inQuotes) continue;
    cells.push(line.slice(start, i));
    start = i + 1;
  }
  return [...cells, line.slice(start)].map((text) =>
    text.startsWith('"')
      ? text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined).replaceAll('""', '"')
      : text,
  );
}
